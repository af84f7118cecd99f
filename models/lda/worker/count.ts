/** The first topics of all tokens get into rows and documents' lists. In: tokens that have a topic and are counted nowhere. Out: each shard's topic counts. */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, ShardParcel, Task } from '../../../src/program.js';
import { noteBytes } from '../../worker-memory.js';
import { cellsOfStep } from './cells.js';
import { listDocuments, updateRows } from './sample.js';
import type { Shards } from './shard.js';
import { tablesOf, type Tables } from './tables.js';
import { handOver } from './turn.js';

/** A step of the turn in which every row takes in its tokens. */
export async function* countStep(engine: Engine, { ids: [step] }: Task, shards: Shards): AsyncGenerator<ShardChunk | ShardParcel> {
  const tables = tablesOf(shards);
  const cells = cellsOfStep(tables, step);
  if (tables.copies) yield* tables.copies.sendChanges(engine, tables, shards, cells, tables.travel.steps + 1);
  else updateRows(engine, tables, cells);
  if (step === 0) yield* topicCounts(engine, tables);
  if (step === tables.rotation.blocks - 1) listDocuments(engine, tables);
  yield* handOver(engine, shards, step);
}

/** Data-parallel: a step of a turn, and one more, in which homes tell every shard the rows that it has copies of. */
export async function* shareStep(engine: Engine, { ids: [step] }: Task, shards: Shards): AsyncGenerator<ShardParcel> {
  const tables = tablesOf(shards);
  const copies = tables.copies!;
  const steps = tables.travel.steps;
  await copies.refresh(engine, tables, cellsOfStep(tables, step), steps);
  if (step < tables.rotation.blocks) yield* copies.sendRows(engine, tables, shards, step, steps, 1);
  yield* handOver(engine, shards, step);
}

/** Tokens that are read at a time. */
const TILE = 2 ** 20;

/** Tokens of each topic by shard, on the channel of its number. */
async function* topicCounts(engine: Engine, { topics, places, description }: Tables): AsyncGenerator<ShardChunk> {
  for (const { shard, firstToken, tokens } of places) {
    const values = new Float64Array(description.topics);
    for (let begin = firstToken; begin < firstToken + tokens; begin += TILE) {
      const count = Math.min(TILE, firstToken + tokens - begin);
      const [bytes] = await engine.read([{ buffer: topics, byteOffset: begin * 4, bytes: count * 4 }]);
      noteBytes(engine, [bytes]);
      for (const token of new Uint32Array(bytes)) values[token >>> 16]++;
    }
    yield { shard: shard.number, chunk: { channel: shard.number, keys: { first: 0, count: values.length }, width: 1, values } };
  }
}
