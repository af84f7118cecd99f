/**
 * Twin of sparse-gram.wgsl, same formula and packing. A column is scattered into `scratch`, then every column with fewer
 * entries (or as many, and no later place) is gathered from it: the shorter of two columns is the one that is walked.
 * `scratch` is zero on entry and left zero.
 */

/** Puts a column into scratch, row by row. */
function scatter(rowIds: usize, x: usize, scratch: usize, begin: u32, end: u32): void {
  for (let e = begin; e < end; e++) store<f32>(scratch + (load<u32>(rowIds + (e << 2)) << 2), load<f32>(x + (e << 2)));
}

function clear(rowIds: usize, scratch: usize, begin: u32, end: u32): void {
  for (let e = begin; e < end; e++) store<f32>(scratch + (load<u32>(rowIds + (e << 2)) << 2), 0);
}

// @ts-ignore: decorator
@inline
function term(rowIds: usize, x: usize, scratch: usize, e: u32): f32 {
  return load<f32>(x + (e << 2)) * load<f32>(scratch + (load<u32>(rowIds + (e << 2)) << 2));
}

function gather(rowIds: usize, x: usize, scratch: usize, begin: u32, end: u32): f32 {
  let s0: f32 = 0;
  let s1: f32 = 0;
  let e = begin;
  for (; e + 2 <= end; e += 2) {
    s0 += term(rowIds, x, scratch, e);
    s1 += term(rowIds, x, scratch, e + 1);
  }
  if (e < end) s0 += term(rowIds, x, scratch, e);
  return s0 + s1;
}

/** Address of the pair (p, q) in the packed triangle. */
// @ts-ignore: decorator
@inline
function packed(gram: usize, p: u32, q: u32, first: u32): usize {
  const i = max(p, q);
  return gram + ((i * (i + 1) / 2 + min(p, q) - first * (first + 1) / 2) << 2);
}

export function run(
  starts: usize, rowIds: usize, x: usize, ids: usize, gram: usize, scratch: usize, count: u32, first: u32,
): void {
  for (let p: u32 = 0; p < count; p++) {
    const long = starts + (load<u32>(ids + (p << 2)) << 2);
    const longBegin = load<u32>(long);
    const longEnd = load<u32>(long, 4);
    scatter(rowIds, x, scratch, longBegin, longEnd);
    for (let q: u32 = p < first ? first : 0; q < count; q++) {
      const short = starts + (load<u32>(ids + (q << 2)) << 2);
      const begin = load<u32>(short);
      const end = load<u32>(short, 4);
      const surplus = longEnd - longBegin - (end - begin);
      if (<i32>surplus < 0 || (surplus == 0 && q > p)) continue;
      store<f32>(packed(gram, p, q, first), gather(rowIds, x, scratch, begin, end));
    }
    clear(rowIds, scratch, longBegin, longEnd);
  }
}
