/**
 * Sampling on a worker. A sub-round draws topics for the tokens of each shard's cell from frozen counts less the token itself, then
 * the rows and the documents' lists take the changes over; Metropolis–Hastings meets documents once a sweep, and lists them then.
 * In: the sweep and the step. Out: new topics, and the changes of each shard's topic counts.
 */
import { lda } from '#kernels';
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, ShardParcel, Task } from '../../../src/program.js';
import { noteBytes } from '../../worker-memory.js';
import { cellsOfStep, cellTable, type Cell, type CellWork } from './cells.js';
import { type Counted, countsOfCells, countsOfDocumentPieces, countsOfListing } from './counts.js';
import { DRAWS } from './proposals.js';
import { groupsOf } from './scratch.js';
import type { Shards } from './shard.js';
import { tablesOf, type Tables } from './tables.js';
import { handOver } from './turn.js';

/** A sub-round. */
export async function* sampleStep(engine: Engine, { ids: [step, sweep], values: [beta] }: Task, shards: Shards): AsyncGenerator<ShardChunk | ShardParcel> {
  const tables = tablesOf(shards);
  const { copies, lagged, priors, description } = tables;
  const cells = cellsOfStep(tables, step);
  const steps = tables.travel.steps;
  if (lagged) lagged.look(priors.truth, priors.views);
  else priors.synchronize();
  priors.refresh(beta);
  await copies?.refresh(engine, tables, cells, steps);
  if (step === 0) beginSweep(engine, tables, sweep);
  sampleCells(engine, tables, cells, sweep);
  // Copies are overwritten by what comes from home before they are used again.
  if (!copies) updateRows(engine, tables, cells);
  const deltas = await takeDeltas(engine, tables);
  lagged?.changed(deltas);
  yield* deltaChunks(tables, deltas);
  if (copies) {
    yield* copies.sendRows(engine, tables, shards, step, steps, description.lag);
    yield* copies.sendChanges(engine, tables, shards, cells, steps + 1);
  }
  if (isListingDue(tables, step)) listDocuments(engine, tables);
  yield* handOver(engine, shards, step);
}

/** How often exact sampling lists the documents in a sweep, at most: with many short sub-rounds it would do little else. */
const LISTINGS = 8;

function isListingDue({ proposals, rotation: { blocks } }: Tables, step: number): boolean {
  if (step === blocks - 1) return true;
  return !proposals && (step + 1) % Math.ceil(blocks / LISTINGS) === 0;
}

/** Metropolis–Hastings begins a sweep with the documents: what words proposed is accepted or not, and documents propose. */
function beginSweep(engine: Engine, tables: Tables, sweep: number): void {
  const { description, proposals, priors, documents, documentCount, topics, tokenStarts, scratch, bits } = tables;
  if (!proposals) return;
  const { shards, pieces, shardCount, count } = proposals;
  const common = { shardCount, count, topicCount: description.topics, draws: DRAWS, seed: description.seed, sweep };
  engine.dispatch({
    kernel: lda.acceptInDocuments,
    buffers: { shards, pieces, documents, priors: priors.table, proposals: proposals.topics, topics, scratch },
    parameters: { ...common, documentCount, bits },
    workgroups: count,
    ...countsOfDocumentPieces(proposals, tables),
  });
  engine.dispatch({
    kernel: lda.proposeInDocuments,
    buffers: { shards, pieces, tokenStarts, aliases: priors.aliases, topics, proposals: proposals.topics },
    parameters: { ...common, alphaSum: priors.alphaSum },
    workgroups: count,
    ...countsOfDocumentPieces(proposals, tables),
  });
}

/** Draws topics for the tokens of these cells. */
function sampleCells(engine: Engine, tables: Tables, cells: readonly Cell[], sweep: number): void {
  const cellWork = cellTable(engine, tables, cells, 'pieces');
  const counted = countsOfCells(tables, cells, 'pieces');
  if (tables.proposals) sampleWords(engine, tables, { ...cellWork, ...counted }, sweep);
  else sampleExactly(engine, tables, { ...cellWork, ...counted }, sweep);
}

function sampleExactly(engine: Engine, tables: Tables, { cells, cellCount, count, ...counted }: CellWork & Counted, sweep: number): void {
  const { work, documents, rows, priors, topics, deltas, scratch, bits, documentCount, description } = tables;
  engine.dispatch({
    kernel: lda.exact,
    buffers: { cells, work, documents, rows: rows.buffer, priors: priors.table, topics, deltas, scratch },
    parameters: { cellCount, count, documentCount, topicCount: description.topics, bits, beta: priors.sampledBeta, seed: description.seed, sweep },
    workgroups: count,
    ...counted,
  });
}

function sampleWords(engine: Engine, tables: Tables, { cells, cellCount, count, ...counted }: CellWork & Counted, sweep: number): void {
  const { work, rows, priors, topics, deltas, wordScratch, bits, proposals, description } = tables;
  engine.dispatch({
    kernel: lda.sampleWords,
    buffers: { cells, work, rows: rows.buffer, priors: priors.table, topics, proposals: proposals!.topics, deltas, scratch: wordScratch! },
    parameters: { cellCount, count, topicCount: description.topics, bits, beta: priors.sampledBeta, draws: DRAWS, seed: description.seed, sweep },
    workgroups: count,
    ...counted,
  });
}

/** The rows of these cells take over what their tokens have become. */
export function updateRows(engine: Engine, tables: Tables, cells: readonly Cell[]): void {
  const { work, topics, rows, scratch, bits, description } = tables;
  const { cells: table, cellCount, count } = cellTable(engine, tables, cells, 'runs');
  const groups = groupsOf(engine, description.topics);
  engine.dispatch({
    kernel: lda.updateRows,
    buffers: { cells: table, work, topics, rows: rows.buffer, scratch },
    parameters: { cellCount, count, groups, topicCount: description.topics, bits },
    workgroups: groups,
    ...countsOfCells(tables, cells, 'runs'),
  });
}

/** The documents' lists anew, and every token counted under its topic. */
export function listDocuments(engine: Engine, { tokenStarts, topics, documents, scratch, documentCount, bits, description }: Tables): void {
  const groups = groupsOf(engine, description.topics);
  engine.dispatch({
    kernel: lda.listDocuments,
    buffers: { tokenStarts, topics, documents, scratch },
    parameters: { documentCount, groups, topicCount: description.topics, bits },
    workgroups: groups,
    ...countsOfListing({ topics, documents, documentCount }),
  });
}

/** The changes of each shard's topic counts; they start anew. */
async function takeDeltas(engine: Engine, { deltas, places, description: { topics } }: Tables): Promise<Float64Array[]> {
  const [bytes] = await engine.read([{ buffer: deltas }]);
  noteBytes(engine, [bytes]);
  engine.write(deltas, new Int32Array(bytes.byteLength / 4));
  return places.map(({ row }) => Float64Array.from(new Int32Array(bytes, row * topics * 4, topics)));
}

/** On the channel of each shard's number. */
function* deltaChunks({ places, description: { topics } }: Tables, deltas: readonly Float64Array[]): Generator<ShardChunk> {
  for (const { shard, row } of places) {
    const values = deltas[row];
    yield { shard: shard.number, chunk: { channel: shard.number, keys: { first: 0, count: topics }, width: 1, values } };
  }
}
