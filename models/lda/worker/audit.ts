/** What the lists count. In: nothing. Out: tokens of every topic by documents and by rows at home: each token must be in both once. */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, Task } from '../../../src/program.js';
import { blockLists, documentLists, visitCounts, type Lists } from './lists.js';
import type { Shards } from './shard.js';
import { tablesOf } from './tables.js';

/** Tokens of every topic in the lists of documents (channel 0) and in rows (channel 1). */
export async function* audit(engine: Engine, _task: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  const tables = tablesOf(shards);
  for (const place of tables.places) {
    const { number: shard } = place.shard;
    const [inDocuments, inRows] = [new Float64Array(tables.description.topics), new Float64Array(tables.description.topics)];
    for await (const lists of documentLists(engine, tables, place)) addUp(lists, tables.bits, inDocuments);
    for (const block of tables.rotation.held(shard, 0)) addUp(await blockLists(tables, block), tables.bits, inRows);
    for (const [channel, values] of [inDocuments, inRows].entries()) yield { shard, chunk: { channel, keys: { first: 0, count: values.length }, width: 1, values } };
  }
}

function addUp(lists: Lists, bits: number, sums: Float64Array): void {
  visitCounts(lists, bits, (_list, topic, count) => (sums[topic] += count));
}
