/**
 * Skewed shares, and draws by them. In: how many, and a Zipf–Mandelbrot law, share r ∝ (r + 1 + q)^-s. Out: shares in order of rank;
 * their running sums; a table that draws in constant time (Walker 1977, in Vose's form).
 */
export interface Skew {
  readonly q: number;
  readonly s: number;
}

/** 0 and the running sums of the shares of the first 1, 2, … ranks; the last is 1. */
export function cumulativeShares(count: number, { q, s }: Skew): Float64Array {
  const sums = new Float64Array(count + 1);
  for (let rank = 0; rank < count; rank++) sums[rank + 1] = sums[rank] + (rank + 1 + q) ** -s;
  return sums.map((sum) => sum / sums[count]);
}

/** Share of each rank; they add up to 1. */
export function shares(count: number, skew: Skew): Float64Array {
  const sums = cumulativeShares(count, skew);
  return Float64Array.from({ length: count }, (_, rank) => sums[rank + 1] - sums[rank]);
}

/** Draws ranks by their shares. */
export class AliasTable {
  /** By rank: how much of its cell, of 2^32, is its own; who has the rest. */
  readonly #own: Uint32Array;
  readonly #other: Uint32Array;

  constructor(shares: Float64Array) {
    const count = shares.length;
    this.#own = new Uint32Array(count).fill(0xffff_ffff);
    this.#other = Uint32Array.from({ length: count }, (_, rank) => rank);
    const left = shares.map((share) => share * count);
    const small: number[] = [];
    const large: number[] = [];
    for (let rank = count - 1; rank >= 0; rank--) (left[rank] < 1 ? small : large).push(rank);
    while (small.length > 0 && large.length > 0) {
      const poor = small.pop()!;
      const rich = large.at(-1)!;
      this.#own[poor] = Math.round(left[poor] * 0xffff_ffff);
      this.#other[poor] = rich;
      left[rich] -= 1 - left[poor];
      if (left[rich] < 1) small.push(large.pop()!);
    }
  }

  /** The rank for a number in [0, 1) and 32 random bits. */
  at(unit: number, bits: number): number {
    const cell = Math.floor(unit * this.#own.length);
    return bits <= this.#own[cell] ? cell : this.#other[cell];
  }
}
