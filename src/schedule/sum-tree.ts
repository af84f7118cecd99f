/**
 * Weights of n items in the leaves of a tree whose inner nodes are the sums of their 16 children. A change recomputes the sums
 * above it from what is there, instead of adding a difference: rounding can't build up, no sum is ever negative, and the sums
 * depend on the weights alone, not on the order of the changes.
 *
 * Leaves are float32, sums float64: 4.53 bytes an item. So wide a tree is 7 levels high for 10^8 items, of which the upper five are
 * small enough for a cache. Memory starts as zeros, which the system hands out when something else is first written there: items
 * that never had a weight cost address space alone.
 */
const WIDTH = 16;
const SHIFT = 4;
const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** The numbers of a tree, level by level. */
export interface SumTreeMemory {
  /** As many as there are items, and zeros up to a multiple of the width. */
  readonly leaves: Float32Array;
  /** The sums of 16 leaves each, of 16 such sums each, … up to a single one. */
  readonly sums: readonly Float64Array[];
}

export function sumTreeMemory(count: number): SumTreeMemory {
  const padded = (length: number) => Math.ceil(length / WIDTH) * WIDTH;
  const sums: Float64Array[] = [];
  let length = count;
  do {
    length = Math.ceil(length / WIDTH);
    sums.push(new Float64Array(length === 1 ? 1 : padded(length)));
  } while (length > 1);
  return { leaves: new Float32Array(padded(count)), sums };
}

export class SumTree {
  readonly #leaves: Float32Array;
  readonly #sums: readonly Float64Array[];

  /** At least one item; all weigh 0. */
  constructor(count: number, { leaves, sums }: SumTreeMemory = sumTreeMemory(count)) {
    this.#leaves = leaves;
    this.#sums = sums;
  }

  get bytes(): number {
    return this.#sums.reduce((bytes, { byteLength }) => bytes + byteLength, this.#leaves.byteLength);
  }

  get total(): number {
    return this.#sums[this.#sums.length - 1]![0]!;
  }

  /** The weight as it is kept. */
  weight(item: number): number {
    return this.#leaves[item]!;
  }

  /** Weights are at least 0, and kept in float32, where the largest stands for all above it. */
  set(item: number, weight: number): void {
    this.#leaves[item] = Math.min(weight, LARGEST_FLOAT32);
    let node = item >>> SHIFT;
    this.#sums[0]![node] = sumOfLeaves(this.#leaves, node);
    for (let level = 1; level < this.#sums.length; level++) {
      node >>>= SHIFT;
      this.#sums[level]![node] = sumOfSums(this.#sums[level - 1]!, node);
    }
  }

  /** Sets the weights of all items, in O(n). Parts that were 0 and stay so are not written. */
  fill(weights: ArrayLike<number>): void {
    for (let item = 0; item < weights.length; item++) {
      const weight = Math.fround(Math.min(weights[item]!, LARGEST_FLOAT32));
      if (this.#leaves[item] !== weight) this.#leaves[item] = weight;
    }
    const [lowest, ...upper] = this.#sums;
    write(lowest!, (node) => sumOfLeaves(this.#leaves, node), this.#leaves.length >>> SHIFT);
    for (const [below, sums] of upper.entries()) write(sums, (node) => sumOfSums(this.#sums[below]!, node), this.#sums[below]!.length >>> SHIFT);
  }

  /** The item at `point` in [0, total) when the weights lie end to end; never one of weight 0 while the total is above 0. */
  find(point: number): number {
    let node = 0;
    let rest = point;
    for (let level = this.#sums.length - 2; level >= 0; level--) {
      const sums = this.#sums[level]!;
      const first = node << SHIFT;
      // Rounding may leave `rest` at or above the sum of all children: then it is the last one that weighs anything.
      let before = 0;
      for (let child = first, sum = 0; child < first + WIDTH && sum <= rest; child++) {
        const weight = sums[child]!;
        if (weight > 0) {
          node = child;
          before = sum;
        }
        sum += weight;
      }
      rest -= before;
    }
    const first = node << SHIFT;
    for (let child = first, sum = 0; child < first + WIDTH && sum <= rest; child++) {
      const weight = this.#leaves[child]!;
      if (weight > 0) node = child;
      sum += weight;
    }
    return node;
  }
}

// One function for both kinds of array would be compiled for neither.
/** Of the 16 leaves below a node, in their order. */
function sumOfLeaves(leaves: Float32Array, node: number): number {
  let sum = 0;
  for (let child = node << SHIFT, end = child + WIDTH; child < end; child++) sum += leaves[child]!;
  return sum;
}

/** Of the 16 sums below a node, in their order. */
function sumOfSums(sums: Float64Array, node: number): number {
  let sum = 0;
  for (let child = node << SHIFT, end = child + WIDTH; child < end; child++) sum += sums[child]!;
  return sum;
}

/** Writes where something changes. */
function write(sums: Float64Array, sumOf: (node: number) => number, nodes: number): void {
  for (let node = 0; node < nodes; node++) {
    const sum = sumOf(node);
    if (sums[node] !== sum) sums[node] = sum;
  }
}
