/**
 * Quantiles of any number of durations in bounded memory. Buckets grow by 2 %, so a quantile is within 1 % of the duration that has its rank
 * (the geometric middle of the bucket is told).
 */

/** A quantile's largest relative error. */
export const QUANTILE_ERROR = 0.01;

const GROWTH = Math.log((1 + QUANTILE_ERROR) ** 2);

export class Histogram {
  readonly #counts = new Map<number, number>();
  #total = 0;

  /** Takes a duration above 0. */
  add(duration: number): void {
    const bucket = Math.floor(Math.log(duration) / GROWTH);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
    this.#total++;
  }

  /** The duration that has rank ⌈q · n⌉ of n; null where there is none. */
  quantile(q: number): number | null {
    let rank = Math.max(1, Math.ceil(q * this.#total));
    for (const [bucket, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      rank -= count;
      if (rank <= 0) return Math.exp((bucket + 0.5) * GROWTH);
    }
    return null;
  }
}
