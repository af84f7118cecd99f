/** Errors of the factors on a worker: each shard judges its ratings as the blocks come by, and tells after the last step. */
import { mf } from '#kernels';
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, ShardParcel, Task } from '../../../src/program.js';
import { ERRORS_WIDTH, ErrorsChannel, SETS, type HeldOutName, type SetName } from '../operations.js';
import { entriesOfPieces, rowsOfTable } from './counts.js';
import { cellAt, type Block, type MfShard, type Shards } from './shard.js';
import { readTiles, type Numbers } from './tiles.js';
import { handOver, workOnBlocks } from './turn.js';

/** A piece's errors are two numbers that stay together. */
const PAIR = 2;

/** What is read back for a set, and how it becomes sums of squares and of sizes. */
interface Judged {
  readonly shard: MfShard;
  readonly set: number;
  readonly numbers: readonly Numbers[];
  readonly count: number;
  addTo(tally: Float64Array, numbers: readonly Float32Array[]): void;
  release(): void;
}

export async function* judge(engine: Engine, { ids: [step] }: Task, shards: Shards): AsyncGenerator<ShardChunk | ShardParcel> {
  const judged: Judged[] = [];
  workOnBlocks(shards, step, (shard, block, number) => {
    if (step === 0) shard.errors = new Float64Array(SETS.length * ERRORS_WIDTH);
    judged.push(...judgeTraining(engine, shard, block, number));
    for (const name of shard.description.heldOut) judged.push(judgeCell(engine, shard, block, { set: name, group: number }));
  });
  for (const { shard, set, numbers, count, addTo, release } of judged) {
    const tally = shard.errors!.subarray(set * ERRORS_WIDTH, (set + 1) * ERRORS_WIDTH);
    for await (const tile of readTiles(engine, numbers, count, PAIR)) addTo(tally, tile);
    release();
  }
  yield* handOver(engine, shards, step, ['factors']);
  const [{ rotation }] = shards.values();
  if (step < rotation.blocks - 1) return;
  for (const [number, shard] of shards) {
    const values = shard.errors!;
    for (const [set, name] of SETS.entries()) values[set * ERRORS_WIDTH + 2] = countOf(shard.arrays, name);
    shard.errors = null;
    yield { shard: number, chunk: { channel: ErrorsChannel.Errors, keys: { first: 0, count: SETS.length }, width: ERRORS_WIDTH, values } };
  }
}

function countOf(arrays: MfShard['arrays'], set: SetName): number {
  const values = set === 'train' ? (arrays.get('descentValues') ?? arrays.get('userValues')) : arrays.get(`${set}Values`);
  return (values?.bytes ?? 0) / 4;
}

/** Training errors: of residuals that are kept, of predictions in the order of the descent, or of a cell like the others. */
function judgeTraining(engine: Engine, shard: MfShard, block: Block, number: number): Judged[] {
  switch (shard.description.algorithm) {
    case 'ccd':
      return number === shard.rotation.blockAt(shard.number, 0) ? [judgeResiduals(shard)] : [];
    case 'sgd':
      return [judgePredictions(engine, shard, block, number)];
    case 'als':
      return [judgeCell(engine, shard, block, { set: 'user', group: number })];
  }
}

function judgeCell(engine: Engine, shard: MfShard, block: Block, { set, group }: { set: 'user' | HeldOutName; group: number }): Judged {
  const { arrays, users, description: { shape: { stride }, implicit } } = shard;
  const { first, count } = cellAt(shard, set, group);
  const errors = engine.createBuffer('mf errors', count * 8);
  const array = (name: 'Pieces' | 'Ids' | 'Values') => arrays.get(`${set}${name}`)!;
  engine.dispatch({
    kernel: mf.errors,
    buffers: { pieces: array('Pieces'), ids: array('Ids'), values: array('Values'), columns: block.get('factors')!, rows: users.get('factors')!, errors },
    parameters: { first, count, stride, implicit: Number(implicit) }, workgroups: count,
    ...entriesOfPieces(array('Pieces'), first, count, rowsOfTable(block.get('factors')!, stride)),
  });
  return { shard, set: set === 'user' ? 0 : SETS.indexOf(set), numbers: [{ buffer: errors, first: 0 }], count: count * PAIR, addTo: addPairs, release: () => errors.destroy() };
}

function addPairs(tally: Float64Array, [pairs]: readonly Float32Array[]): void {
  for (let k = 0; k < pairs.length; k += 2) {
    tally[0] += pairs[k];
    tally[1] += pairs[k + 1];
  }
}

function judgePredictions(engine: Engine, shard: MfShard, block: Block, number: number): Judged {
  const { arrays, users, host, description: { shape: { stride } } } = shard;
  const [first, end] = host.get('descentCells')!.subarray(number, number + 2);
  const count = end - first;
  const predictions = engine.createBuffer('mf predictions', count * 4);
  engine.dispatch({
    kernel: mf.predict,
    buffers: { rowIds: arrays.get('descentRows')!, columnIds: arrays.get('descentColumns')!, rows: users.get('factors')!, columns: block.get('factors')!, predictions },
    parameters: { first, count, stride }, workgroups: Math.ceil(count / 4),
    counts: () => ({ rows: rowsOfTable(users.get('factors')!, stride), columns: rowsOfTable(block.get('factors')!, stride) }),
  });
  const numbers = [{ buffer: predictions, first: 0 }, { buffer: arrays.get('descentValues')!, first }];
  return { shard, set: 0, numbers, count, addTo: (tally, [predicted, rated]) => addErrors(tally, predicted, rated), release: () => predictions.destroy() };
}

/** Sums in float64 over differences from `rated`, or over the numbers themselves where nothing was rated. */
function addErrors(tally: Float64Array, predicted: Float32Array, rated: Float32Array | null): void {
  for (let e = 0; e < predicted.length; e++) {
    const error = rated === null ? predicted[e] : rated[e] - predicted[e];
    tally[0] += error * error;
    tally[1] += Math.abs(error);
  }
}

/** A confidence v in the preference 1 with residual r contributes (1 + v) r² - (1 - r)². */
function judgeResiduals(shard: MfShard): Judged {
  const { arrays, description: { implicit } } = shard;
  const values = arrays.get('userValues')!;
  const residuals = { buffer: values, first: 0 };
  const common = { shard, set: 0, count: values.bytes / 4, release: () => undefined };
  if (!implicit) return { ...common, numbers: [residuals], addTo: (tally, [errors]) => addErrors(tally, errors, null) };
  const confidence = { buffer: arrays.get('userConfidence')!, first: 0 };
  return { ...common, numbers: [residuals, confidence], addTo: (tally, [errors, weights]) => addImplicit(tally, errors, weights) };
}

function addImplicit(tally: Float64Array, residuals: Float32Array, confidence: Float32Array): void {
  for (let e = 0; e < residuals.length; e++) tally[0] += (1 + confidence[e]) * residuals[e] ** 2 - (1 - residuals[e]) ** 2;
}
