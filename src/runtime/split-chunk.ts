/** A chunk of any size as chunks that a link carries one by one. In: a chunk. Out: the same keys and values in the same order, in pieces. */
import type { Chunk } from '../program.js';

/** Yields the chunk itself where its values take no more than `bytes`, else pieces of at most that many, and one key at the least. */
export function* splitChunk(chunk: Chunk, bytes: number): Generator<Chunk> {
  const { channel, keys, width, values } = chunk;
  if (values.byteLength <= bytes) return yield chunk;
  const isList = keys instanceof Uint32Array;
  const count = isList ? keys.length : keys.count;
  const step = Math.max(1, Math.floor(bytes / (width * values.BYTES_PER_ELEMENT)));
  for (let at = 0; at < count; at += step) {
    const end = Math.min(count, at + step);
    yield { channel, width, keys: isList ? keys.subarray(at, end) : { first: keys.first + at, count: end - at }, values: values.subarray(at * width, end * width) };
  }
}
