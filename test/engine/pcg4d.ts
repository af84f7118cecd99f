/** pcg4d (Jarzynski and Olano 2020, JCGT 9(3)) in plain TypeScript, for oracles: four random u32 from four counters. */
export function pcg4d(...counters: readonly [number, number, number, number]): number[] {
  const v = counters.map((counter) => (Math.imul(counter, 1664525) + 1013904223) >>> 0);
  const mix = () => {
    for (const [into, a, b] of [[0, 1, 3], [1, 2, 0], [2, 0, 1], [3, 1, 2]]) v[into] = (v[into] + Math.imul(v[a], v[b])) >>> 0;
  };
  mix();
  v.forEach((bits, j) => (v[j] = (bits ^ (bits >>> 16)) >>> 0));
  mix();
  return v;
}

/** A number in [0, 1) from 24 of the bits. */
export const unit = (bits: number): number => (bits >>> 8) / 2 ** 24;
