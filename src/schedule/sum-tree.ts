/**
 * Weights of n items in the leaves of a binary tree whose inner nodes are the sums of their two children. A change
 * recomputes the O(log n) sums above it from what is there, instead of adding a difference: rounding can't build up, and
 * no sum is ever negative, after any number of changes.
 */
export class SumTree {
  /** Node i has the children 2i and 2i + 1; leaf k is node n + k. */
  readonly #nodes: Float64Array;
  readonly #count: number;

  /** `nodes`: room for two numbers an item, at least one item. The items' weights are its second half. */
  constructor(nodes: Float64Array) {
    this.#nodes = nodes;
    this.#count = nodes.length / 2;
    this.#rebuild();
  }

  get total(): number {
    return this.#nodes[1]!;
  }

  weight(item: number): number {
    return this.#nodes[this.#count + item]!;
  }

  /** Weights are finite and at least 0. */
  set(item: number, weight: number): void {
    const nodes = this.#nodes;
    let node = this.#count + item;
    nodes[node] = weight;
    for (node >>= 1; node > 0; node >>= 1) nodes[node] = nodes[2 * node]! + nodes[2 * node + 1]!;
  }

  /** Sets all weights, in O(n). */
  fill(weightOf: (item: number) => number): void {
    for (let item = 0; item < this.#count; item++) this.#nodes[this.#count + item] = weightOf(item);
    this.#rebuild();
  }

  /** The item at `point` in [0, total) when the weights lie end to end; never one of weight 0 while the total is above 0. */
  find(point: number): number {
    const nodes = this.#nodes;
    let node = 1;
    let rest = point;
    while (node < this.#count) {
      node *= 2;
      const left = nodes[node]!;
      // Rounding may leave `rest` at or above the right child's sum, so an empty right side is looked at as well.
      if (rest < left || nodes[node + 1] === 0) continue;
      rest -= left;
      node++;
    }
    return node - this.#count;
  }

  #rebuild(): void {
    const nodes = this.#nodes;
    for (let node = this.#count - 1; node > 0; node--) nodes[node] = nodes[2 * node]! + nodes[2 * node + 1]!;
  }
}
