/**
 * The joint likelihood of words and topics (Griffiths and Steyvers 2004, with alpha by topic), as far as a worker's documents and the rows
 * at home go; the topics' totals are the scheduler's.
 *   documents: Σ_d [ln Γ(A) - ln Γ(N_d + A) + Σ_k (ln Γ(D_dk + alpha_k) - ln Γ(alpha_k))], A = Σ alpha
 *   rows:      Σ_w Σ_k (ln Γ(B_wk + beta) - ln Γ(beta))
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, Task } from '../../../src/program.js';
import { logGamma, tableOf } from '../gamma.js';
import { blockLists, documentLists, visitCounts } from './lists.js';
import type { Shards } from './shard.js';
import { tablesOf, type Place, type Tables } from './tables.js';

/** Both terms of every shard, by its number. */
export async function* likelihood(engine: Engine, _task: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  const tables = tablesOf(shards);
  const ofCount = tableOf(logGamma, tables.priors.beta);
  for (const place of tables.places) {
    const values = Float64Array.of(await ofDocuments(engine, tables, place), await ofRows(tables, place, ofCount));
    yield { shard: place.shard.number, chunk: { channel: 0, keys: Uint32Array.of(place.shard.number), width: 2, values } };
  }
}

async function ofDocuments(engine: Engine, tables: Tables, place: Place): Promise<number> {
  const { priors: { alpha, alphaSum }, bits } = tables;
  const tablesByAlpha = new Map<number, (count: number) => number>();
  const ofCount = Array.from(alpha, (value) => {
    if (!tablesByAlpha.has(value)) tablesByAlpha.set(value, tableOf(logGamma, value));
    return tablesByAlpha.get(value)!;
  });
  const ofLength = tableOf(logGamma, alphaSum);
  let sum = 0;
  for await (const lists of documentLists(engine, tables, place)) {
    const lengths = new Float64Array(lists.begins.length);
    visitCounts(lists, bits, (list, topic, count) => {
      lengths[list] += count;
      sum += ofCount[topic](count) - ofCount[topic](0);
    });
    for (const length of lengths) sum += ofLength(0) - ofLength(length);
  }
  return sum;
}

async function ofRows(tables: Tables, { shard }: Place, ofCount: (count: number) => number): Promise<number> {
  let sum = 0;
  for (const block of tables.rotation.held(shard.number, 0)) {
    visitCounts(await blockLists(tables, block), tables.bits, (_list, _topic, count) => (sum += ofCount(count) - ofCount(0)));
  }
  return sum;
}
