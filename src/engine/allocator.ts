/**
 * Hands out regions of a growing memory. In: sizes in bytes. Out: 16-byte aligned offsets; freed regions join their
 * free neighbours and are used again, the lowest that fits first. It keeps numbers only; whoever owns the memory
 * grows it to `end`.
 */

const ALIGNMENT = 16;

interface Region {
  readonly offset: number;
  readonly bytes: number;
}

export interface Allocator {
  /** Regions below this offset have been handed out at some time. */
  readonly end: number;
  /** Offset of a fresh region, or null when nothing that large is left. */
  allocate(bytes: number): number | null;
  /** Gives a region back, by the offset and size it was made with. */
  free(offset: number, bytes: number): void;
  /** Size of the largest region that `allocate` would grant now. */
  largest(): number;
}

/** Even an empty region has an address of its own. */
const align = (bytes: number) => Math.ceil(Math.max(bytes, 1) / ALIGNMENT) * ALIGNMENT;

/** Regions lie in [begin, limit). */
export function createAllocator(begin: number, limit: number): Allocator {
  /** Free regions below `end`, by offset; no two touch, and none touches `end`. */
  const holes: Region[] = [];
  let end = Math.ceil(begin / ALIGNMENT) * ALIGNMENT;

  /** Where a region from `offset` belongs among the holes. */
  const place = (offset: number) => {
    const index = holes.findIndex((hole) => hole.offset > offset);
    return index < 0 ? holes.length : index;
  };

  const fromHole = (bytes: number) => {
    const index = holes.findIndex((hole) => hole.bytes >= bytes);
    if (index < 0) return null;
    const { offset, bytes: size } = holes[index];
    if (size === bytes) holes.splice(index, 1);
    else holes[index] = { offset: offset + bytes, bytes: size - bytes };
    return offset;
  };

  const fromEnd = (bytes: number) => {
    if (end + bytes > limit) return null;
    end += bytes;
    return end - bytes;
  };

  return {
    get end() {
      return end;
    },
    allocate(bytes) {
      const size = align(bytes);
      return fromHole(size) ?? fromEnd(size);
    },
    free(offset, bytes) {
      let begin = offset;
      let stop = offset + align(bytes);
      const index = place(offset);
      const after = holes[index]?.offset === stop ? holes[index] : null;
      const before = index > 0 && holes[index - 1].offset + holes[index - 1].bytes === begin ? holes[index - 1] : null;
      if (after) stop += after.bytes;
      if (before) begin = before.offset;
      const joined = stop === end ? [] : [{ offset: begin, bytes: stop - begin }];
      holes.splice(before ? index - 1 : index, (before ? 1 : 0) + (after ? 1 : 0), ...joined);
      if (stop === end) end = begin;
    },
    largest() {
      return Math.max(Math.floor((limit - end) / ALIGNMENT) * ALIGNMENT, ...holes.map((hole) => hole.bytes));
    },
  };
}
