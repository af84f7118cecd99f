/** The arithmetic of samples: the middle, the spread, and ratios taken pair by pair. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle value; of an even number the mean of the two in the middle. Throws RangeError without values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of no values');
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[upper]! : (sorted[upper - 1]! + sorted[upper]!) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** values[i] / by[i]. Throws RangeError where the two do not come in pairs. */
export function pairwise(values: readonly number[], by: readonly number[]): number[] {
  if (values.length !== by.length) throw new RangeError(`${values.length} samples and ${by.length} of the baseline are no pairs: measure both by turns`);
  return values.map((value, i) => value / by[i]!);
}

/** exp of the mean logarithm, of positive values. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
