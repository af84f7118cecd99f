/**
 * What the fixed-point iteration for alpha and beta (Minka 2000, "Estimating a Dirichlet distribution", eq. 55) sums over documents and
 * rows. In: alpha, or beta. Out: Σ_d (ψ(D_dk + alpha_k) - ψ(alpha_k)) by topic and Σ_d (ψ(N_d + A) - ψ(A)); Σ_w Σ_k (ψ(B_wk + beta) - ψ(beta)).
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, Task } from '../../../src/program.js';
import { digamma, tableOf } from '../gamma.js';
import { blockLists, documentLists, visitCounts } from './lists.js';
import type { Shards } from './shard.js';
import { tablesOf } from './tables.js';

export async function* alphaTerms(engine: Engine, { values: alpha }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  const tables = tablesOf(shards);
  const ofCount = Array.from(alpha, (value) => tableOf(digamma, value));
  const ofLength = tableOf(digamma, alpha.reduce((sum, value) => sum + value, 0));
  for (const place of tables.places) {
    const { number: shard } = place.shard;
    const sums = new Float64Array(alpha.length);
    let ofLengths = 0;
    for await (const lists of documentLists(engine, tables, place)) {
      const lengths = new Float64Array(lists.begins.length);
      visitCounts(lists, tables.bits, (list, topic, count) => {
        lengths[list] += count;
        sums[topic] += ofCount[topic](count) - ofCount[topic](0);
      });
      for (const length of lengths) ofLengths += ofLength(length) - ofLength(0);
    }
    yield { shard, chunk: { channel: 0, keys: { first: 0, count: sums.length }, width: 1, values: sums } };
    yield { shard, chunk: { channel: 1, keys: Uint32Array.of(0), width: 1, values: Float64Array.of(ofLengths) } };
  }
}

export async function* betaTerms(_engine: Engine, { values: [beta] }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  const tables = tablesOf(shards);
  const ofCount = tableOf(digamma, beta);
  for (const { shard: { number: shard } } of tables.places) {
    let sum = 0;
    for (const block of tables.rotation.held(shard, 0)) {
      visitCounts(await blockLists(tables, block), tables.bits, (_list, _topic, count) => (sum += ofCount(count) - ofCount(0)));
    }
    yield { shard, chunk: { channel: 0, keys: Uint32Array.of(0), width: 1, values: Float64Array.of(sum) } };
  }
}
