/** Selection in linear time: quickselect (Hoare, 1961) with the median of three, so the order of the input decides nothing but time. */

/** The `count`-th smallest of `values` (1 ≤ count ≤ length), which are put in another order. */
export function nthSmallest(values: Float64Array, count: number): number {
  let low = 0;
  let high = values.length - 1;
  const wanted = count - 1;
  while (low < high) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i]! < pivot) i++;
      while (values[j]! > pivot) j--;
      if (i > j) break;
      const held = values[i]!;
      values[i++] = values[j]!;
      values[j--] = held;
    }
    if (wanted <= j) high = j;
    else if (wanted >= i) low = i;
    else return values[wanted]!;
  }
  return values[wanted]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** Which of the keys are the `count` smallest, ties to the earlier position; positions ascending. All of them where there are no more. */
export function positionsOfSmallest(keys: Float64Array, count: number): Uint32Array {
  if (keys.length <= count) return Uint32Array.from(keys.keys());
  if (count === 0) return new Uint32Array(0);
  const limit = nthSmallest(keys.slice(), count);
  let ties = count;
  for (const key of keys) if (key < limit) ties--;
  const positions = new Uint32Array(count);
  let found = 0;
  for (let i = 0; i < keys.length && found < count; i++) if (keys[i]! < limit || (keys[i] === limit && ties-- > 0)) positions[found++] = i;
  return positions;
}
