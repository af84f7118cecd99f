/**
 * Which worker hosts which logical shards. A function of the workers' kinds and the shard count alone: no clock
 * and no measurement, so that a run with a mixture of engines gives the same bits when it is repeated.
 */

export interface Host {
  readonly kind: 'webgpu' | 'wasm';
  /** A software rasterizer stands in for the GPU. */
  readonly software: boolean;
}

/** Nominal rates: a GPU streams data about an order faster than a core with SIMD, a software rasterizer slower. */
function nominalRate({ kind, software }: Host): number {
  if (kind === 'wasm') return 4;
  return software ? 1 : 40;
}

/**
 * Shards 0 … shards - 1 in contiguous ranges by worker, in proportion to the workers' rates (largest remainder,
 * ties to the earlier worker), at least one each while there are enough.
 */
export function placeShards(shards: number, hosts: readonly Host[]): number[][] {
  const rates = hosts.map(nominalRate);
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  const floor = shards >= hosts.length ? 1 : 0;
  const spare = shards - floor * hosts.length;
  const ideal = rates.map((rate) => Math.max(0, (shards * rate) / total - floor));
  const idealTotal = ideal.reduce((sum, share) => sum + share, 0) || 1;
  const shares = ideal.map((share) => (spare * share) / idealTotal);
  const counts = shares.map((share) => floor + Math.floor(share));
  const left = shards - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = shares.map((share, host) => ({ host, remainder: share - Math.floor(share) })).sort((a, b) => b.remainder - a.remainder || a.host - b.host);
  for (const { host } of byRemainder.slice(0, left)) counts[host]!++;
  let next = 0;
  return counts.map((count) => Array.from({ length: count }, () => next++));
}

/** Logical shards for data of this many bytes: at least 4, and none above 64 MiB. A function of the data alone. */
export function shardCount(bytes: number): number {
  return Math.max(4, Math.ceil(bytes / 2 ** 26));
}

/** First row of shard `shard` when `rows` rows are cut into `shards` contiguous, nearly equal parts. */
export function shardBegin(shard: number, shards: number, rows: number): number {
  return Math.floor((shard * rows) / shards);
}
