/**
 * Sums over shards along a fixed binary tree. In: what each shard has. Out: on a worker the sums of the largest subtrees that it
 * hosts whole, on the scheduler the sum of all. Who hosts what decides where an addition is done, never which ones are: the
 * bits are the same, and of neighbouring shards one sum travels.
 *
 * Nodes are numbered as in a heap: 1 is the root, n has the children 2n and 2n + 1, and shard p is the leaf `leaves` + p.
 */

export type Numbers = Float32Array | Float64Array;

/** Leaves of the tree, of which the first `shards` are shards. */
function leavesOf(shards: number): number {
  return 2 ** Math.ceil(Math.log2(shards));
}

/** The first shard below a node. */
export function firstShardOf(node: number, shards: number): number {
  const leaves = leavesOf(shards);
  let first = node;
  while (first < leaves) first *= 2;
  return first - leaves;
}

/** The sums in float64 of the largest subtrees whose shards are all in `parts`, by node. A single shard's numbers stay as they are. */
export function subtreeSums(parts: ReadonlyMap<number, Numbers>, shards: number): Map<number, Numbers> {
  const leaves = leavesOf(shards);
  const sums = new Map<number, Numbers>();
  for (const [shard, numbers] of parts) sums.set(leaves + shard, numbers);
  for (let node = leaves - 1; node > 0; node--) {
    const left = sums.get(2 * node);
    const right = sums.get(2 * node + 1);
    if (!left || (!right && firstShardOf(2 * node + 1, shards) < shards)) continue;
    sums.delete(2 * node);
    sums.delete(2 * node + 1);
    sums.set(node, right ? added(left, right) : left);
  }
  return sums;
}

/** The sum over all shards of what `sumAt` has for some nodes that cover them. */
export function sumOfAll(sumAt: (node: number) => Numbers | undefined, shards: number, node = 1): Numbers {
  const known = sumAt(node);
  if (known) return known;
  if (node >= leavesOf(shards)) throw new RangeError(`no sum covers shard ${firstShardOf(node, shards)}`);
  const left = sumOfAll(sumAt, shards, 2 * node);
  return firstShardOf(2 * node + 1, shards) < shards ? added(left, sumOfAll(sumAt, shards, 2 * node + 1)) : left;
}

/** Into `left` where that is in float64 already. */
function added(left: Numbers, right: Numbers): Float64Array {
  const sums = left instanceof Float64Array ? left : Float64Array.from(left);
  for (let k = 0; k < sums.length; k++) sums[k] += right[k];
  return sums;
}
