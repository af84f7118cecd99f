/**
 * Which worker hosts which logical shards. At the beginning of a run it is a function of the workers' kinds and the shard count
 * alone: no clock and no measurement, so that a run with a mixture of engines gives the same bits when it is repeated. Later on shards
 * move among workers of one kind, where it makes no difference to a bit.
 */

export interface Host {
  readonly kind: 'webgpu' | 'wasm';
  /** A software rasterizer stands in for the GPU. */
  readonly software: boolean;
}

/** Nominal rates: a GPU streams data about an order faster than a core with SIMD, a software rasterizer slower. */
export function nominalRate({ kind, software }: Host): number {
  if (kind === 'wasm') return 4;
  return software ? 1 : 40;
}

/**
 * Shards 0 … shards - 1 in contiguous ranges by worker, in proportion to the workers' rates, at least one each while there are enough.
 */
export function placeShards(shards: number, hosts: readonly Host[]): number[][] {
  let next = 0;
  return shares(shards, hosts.map(nominalRate)).map((count) => Array.from({ length: count }, () => next++));
}

/** Whole shares of `total` in proportion to `rates` (largest remainder, ties to the earlier one), at least one for each rate above 0 while there are enough. */
export function shares(total: number, rates: readonly number[]): number[] {
  const takers = rates.filter((rate) => rate > 0).length;
  const sum = rates.reduce((all, rate) => all + rate, 0);
  const floor = total >= takers ? 1 : 0;
  const spare = total - floor * takers;
  const ideal = rates.map((rate) => (rate > 0 ? Math.max(0, (total * rate) / sum - floor) : 0));
  const idealTotal = ideal.reduce((all, share) => all + share, 0) || 1;
  const parts = ideal.map((share) => (spare * share) / idealTotal);
  const counts = parts.map((part, i) => (rates[i]! > 0 ? floor : 0) + Math.floor(part));
  const left = total - counts.reduce((all, count) => all + count, 0);
  const byRemainder = parts.map((part, host) => ({ host, remainder: part - Math.floor(part) })).filter(({ host }) => rates[host]! > 0).sort((a, b) => b.remainder - a.remainder || a.host - b.host);
  for (const { host } of byRemainder.slice(0, left)) counts[host]!++;
  return counts;
}

/**
 * The same shards among workers of which some came, went, or are slower than they were, with few of them moved: who has more than its
 * share gives away its last ones, and `orphans`, which nobody has, go where shares are short. A worker of rate 0 gives all away.
 */
export function replaceShards(hosted: readonly (readonly number[])[], orphans: readonly number[], rates: readonly number[]): number[][] {
  const total = hosted.reduce((sum, own) => sum + own.length, orphans.length);
  const wanted = shares(total, rates);
  const kept = hosted.map((own, host) => own.slice(0, wanted[host]));
  const free = [...orphans, ...hosted.flatMap((own, host) => own.slice(wanted[host]))].sort((a, b) => a - b);
  return kept.map((own, host) => [...own, ...free.splice(0, wanted[host]! - own.length)].sort((a, b) => a - b));
}

/** Logical shards for data of this many bytes: at least 4, and none above 64 MiB. A function of the data alone. */
export function shardCount(bytes: number): number {
  return Math.max(4, Math.ceil(bytes / 2 ** 26));
}

/** First row of shard `shard` when `rows` rows are cut into `shards` contiguous, nearly equal parts. */
export function shardBegin(shard: number, shards: number, rows: number): number {
  return Math.floor((shard * rows) / shards);
}
