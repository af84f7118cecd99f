/**
 * Rows dealt out to parts of nearly equal weight. In: how many entries each row has: a user's ratings, a word's tokens. Out:
 * positions, the order in which the model keeps its rows: the parts one after another, in each the rows with most entries
 * first. It depends on the data alone, never on the number of workers.
 */

export interface Partition {
  readonly parts: number;
  /** Part p has the positions starts[p] … starts[p + 1] - 1. */
  readonly starts: Uint32Array;
  /** Row at each position, and position of each row. */
  readonly rowAt: Uint32Array;
  readonly positionOf: Uint32Array;
  /** Entries of the row at each position. */
  readonly counts: Uint32Array;
}

/**
 * Longest first to the part with least so far (Graham 1969), of equal ones to the first. `rowWeight`: what a row weighs
 * beside its entries, in entries.
 */
export function partitionRows(counts: Uint32Array, parts: number, rowWeight: number): Partition {
  const byCount = Uint32Array.from(counts, (_, row) => row).sort((a, b) => counts[b] - counts[a] || a - b);
  const partOf = new Uint32Array(counts.length);
  const sizes = new Uint32Array(parts);
  const weights = new Float64Array(parts);
  for (const row of byCount) {
    const part = lightest(weights);
    partOf[row] = part;
    sizes[part]++;
    weights[part] += counts[row] + rowWeight;
  }
  const starts = runningSums(sizes);
  const next = starts.slice();
  const rowAt = new Uint32Array(counts.length);
  const positionOf = new Uint32Array(counts.length);
  for (const row of byCount) {
    const position = next[partOf[row]]++;
    rowAt[position] = row;
    positionOf[row] = position;
  }
  return { parts, starts, rowAt, positionOf, counts: Uint32Array.from(rowAt, (row) => counts[row]) };
}

/** The part that a position belongs to. */
export function partsOfPositions({ starts, parts }: Pick<Partition, 'starts' | 'parts'>): Uint32Array {
  const partOf = new Uint32Array(starts[parts]);
  for (let part = 0; part < parts; part++) partOf.fill(part, starts[part], starts[part + 1]);
  return partOf;
}

function lightest(weights: Float64Array): number {
  let best = 0;
  for (let part = 1; part < weights.length; part++) if (weights[part] < weights[best]) best = part;
  return best;
}

/** 0 and the sums of the first 1, 2, … sizes. */
export function runningSums(sizes: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const sums = new Uint32Array(sizes.length + 1);
  for (let at = 0; at < sizes.length; at++) sums[at + 1] = sums[at] + sizes[at];
  return sums;
}
