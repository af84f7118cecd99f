/**
 * Counts by topic, of many words or documents, as the kernels keep them. A region of an array of u32 holds n lists: their
 * starts (n + 1, relative to the region), their lengths (n), and room for each. An entry is topic | count << bits, topics
 * ascending; a count too large for its bits goes on in entries of the same topic.
 */

/** Bits of an entry that hold the topic. */
export function topicBits(topics: number): number {
  return Math.max(1, 32 - Math.clz32(topics - 1));
}

/** The largest count of one entry. */
export function mostCount(bits: number): number {
  return 2 ** (32 - bits) - 1;
}

/** Entries that a list of `tokens` tokens may come to. */
export function roomOf(tokens: number, topics: number): number {
  return Math.min(tokens, topics) + Math.floor(tokens / mostCount(topicBits(topics)));
}

/** u32 of a region whose lists have these numbers of tokens. */
export function regionLength(tokens: Uint32Array, topics: number): number {
  return tokens.reduce((length, count) => length + roomOf(count, topics), 2 * tokens.length + 1);
}

/** Starts and lengths of a region of empty lists, as it begins. */
export function emptyRegion(tokens: Uint32Array, topics: number): Uint32Array<ArrayBuffer> {
  const count = tokens.length;
  const head = new Uint32Array(2 * count + 1);
  head[0] = head.length;
  for (let list = 0; list < count; list++) head[list + 1] = head[list] + roomOf(tokens[list], topics);
  return head;
}

/** A region as it travels: the head, and the entries without the room between them. */
export function packRegion(region: Uint32Array, count: number): Uint32Array<ArrayBuffer> {
  const head = 2 * count + 1;
  let entries = 0;
  for (let list = 0; list < count; list++) entries += region[count + 1 + list];
  const packed = new Uint32Array(head + entries);
  packed.set(region.subarray(0, head));
  let at = head;
  for (let list = 0; list < count; list++) {
    const length = region[count + 1 + list];
    packed.set(region.subarray(region[list], region[list] + length), at);
    at += length;
  }
  return packed;
}

/** The other way; `region` is at least region starts[count] long. */
export function unpackRegion(packed: Uint32Array, count: number, region: Uint32Array): void {
  let at = 2 * count + 1;
  region.set(packed.subarray(0, at));
  for (let list = 0; list < count; list++) {
    const length = packed[count + 1 + list];
    region.set(packed.subarray(at, at + length), packed[list]);
    at += length;
  }
}
