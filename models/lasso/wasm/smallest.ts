/** Selection in linear time, as schedule/smallest.ts: quickselect (Hoare, 1961) with the median of three. */
import { at, put } from './shard';

function medianOfThree(a: f64, b: f64, c: f64): f64 {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** The `wanted`-th smallest of `count` values (1 ≤ wanted ≤ count), which are put in another order. */
export function nthSmallest(values: usize, count: u32, wanted: u32): f64 {
  let low: i32 = 0;
  let high = <i32>count - 1;
  const place = <i32>wanted - 1;
  while (low < high) {
    const pivot = medianOfThree(at(values, low), at(values, (low + high) >>> 1), at(values, high));
    let i = low;
    let j = high;
    while (i <= j) {
      while (at(values, i) < pivot) i++;
      while (at(values, j) > pivot) j--;
      if (i > j) break;
      const held = at(values, i);
      put(values, i++, at(values, j));
      put(values, j--, held);
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return at(values, place);
  }
  return at(values, place);
}
