/**
 * Rank-wise coordinate descent (CCD++, Yu et al., ICDM 2012) on a worker. The residual of every rating is kept, once by user
 * and once by item. A pass over one of them brings it up to date with the steps taken since its last pass and sums what the
 * next step needs, so that a visit of a rank reads each residual once. Users' steps are taken here; of the items a worker
 * sums its ratings' part, and the scheduler takes the step.
 */
import { mf } from '#kernels';
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import type { ShardChunk, Task } from '../../../src/program.js';
import { ItemRankChannel, SPAN_COLUMNS, SUMS_WIDTH, UserRankChannel } from '../operations.js';
import { unpacked } from '../packed.js';
import { fixedColumn, NO_COLUMN } from '../shape.js';
import { firstShardOf, subtreeSums } from '../shard-tree.js';
import { contentsOf } from './contents.js';
import { rowsOfTable } from './counts.js';
import { overPieces } from './pieces.js';
import { cellAt, itemsOfBlock, type MfShard, type Shards } from './shard.js';
import { spanOf } from './shared.js';

/** Takes the columns of a task in, and stores the newest of the rank before in the blocks that are at home here. */
function takeColumns(engine: Engine, shards: Shards, { span, before, values }: { span: number; before: number; values: Float64Array }): void {
  const { columnTerms, rowTerms, gramColumn } = spanOf(engine, shards);
  const [{ description: { spanStarts, blockStarts, shape } }] = shards.values();
  const begin = blockStarts[spanStarts[span]];
  const items = blockStarts[spanStarts[span + 1]] - begin;
  const numbers = unpacked(values);
  const [newest, older, now] = Array.from({ length: SPAN_COLUMNS }, (_, k) => numbers.subarray(k * items, (k + 1) * items));
  const columns = new Float32Array(items * 4);
  const rows = new Float32Array(items * 2);
  for (let j = 0; j < items; j++) {
    columns[4 * j] = newest[j];
    columns[4 * j + 1] = older[j];
    columns[4 * j + 2] = now[j];
    rows[2 * j] = newest[j] - older[j];
    rows[2 * j + 1] = now[j];
  }
  engine.write(columnTerms, columns);
  engine.write(rowTerms, rows);
  const gram = numbers.subarray(SPAN_COLUMNS * items, SPAN_COLUMNS * items + shape.stride);
  if (gram.length === shape.stride) engine.write(gramColumn, gram);
  if (before === NO_COLUMN || before === fixedColumn(shape, 'item')) return;
  for (const shard of shards.values()) {
    for (const block of blocksOfSpan(shard, span)) {
      const first = blockStarts[block] - begin;
      storeColumn(engine, shard, block, before, newest.subarray(first, first + itemsOfBlock(shard, block)), shards);
    }
  }
}

function storeColumn(engine: Engine, shard: MfShard, block: number, rank: number, column: Float32Array<ArrayBuffer>, shards: Shards): void {
  const { values } = spanOf(engine, shards);
  engine.write(values, column);
  const rows = column.length;
  engine.dispatch({ kernel: mf.columnIn, buffers: { values, factors: shard.blocks.get(block)!.get('factors')! }, parameters: { rows, stride: shard.description.shape.stride, rank }, workgroups: Math.ceil(rows / 64) });
}

/** Blocks of a span whose home is this shard. */
function blocksOfSpan({ rotation, number, description: { spanStarts } }: MfShard, span: number): number[] {
  return rotation.held(number, 0).filter((block) => block >= spanStarts[span] && block < spanStarts[span + 1]);
}

/** The pass over the ratings by user, and after the last span the users' steps. */
export async function* visitUsers(engine: Engine, { ids: [rank, before, span, update], values }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  takeColumns(engine, shards, { span, before, values });
  for (const shard of shards.values()) passOverUsers(engine, shard, span, shards);
  const [{ description: { spanStarts, shape, implicit, tellsDecrease } }] = shards.values();
  spanOf(engine, shards).isAwaited = spanStarts.length === 2;
  if (span !== spanStarts.length - 2) return;
  for (const shard of shards.values()) solveUsers(engine, shard, { rank, update: update === 1 && rank !== fixedColumn(shape, 'user') }, shards);
  if (implicit) yield* gramColumns(engine, shards, { channel: UserRankChannel.Gram, rank, tables: (shard) => [[shard.users.get('factors')!, shard.description.users]] });
  if (tellsDecrease) yield* decreases(engine, shards);
}

function passOverUsers(engine: Engine, shard: MfShard, span: number, shards: Shards): void {
  const { arrays, users, description: { users: rows, implicit } } = shard;
  const { columnTerms } = spanOf(engine, shards);
  const sums = users.get('sums')!;
  const ids = arrays.get('userIds')!;
  overPieces(engine, cellAt(shard, 'user', span), {
    kernel: mf.residualDots,
    buffers: { pieces: arrays.get('userPieces')!, ids, residual: arrays.get('userValues')!, confidence: arrays.get('userConfidence') ?? ids, rowTerms: users.get('rowTerms')!, columnTerms, sums },
    parameters: { accumulate: 1, implicit: Number(implicit) },
    columns: rowsOfTable(columnTerms, 4), table: sums, rows, width: SUMS_WIDTH, accumulate: true, binned: true,
  });
}

/** Of rank-solve and column-out: with implicit feedback a row is a dot product. */
function rowsAWorkgroup(implicit: boolean): number {
  return implicit ? 4 : 64;
}

function solveUsers(engine: Engine, { users, description }: MfShard, { rank, update }: { rank: number; update: boolean }, shards: Shards): void {
  const { shape: { stride, ranks }, users: rows, implicit, nonNegative } = description;
  const table = (name: 'sums' | 'factors' | 'penalties' | 'rowTerms' | 'columnTerms' | 'decrease') => users.get(name)!;
  engine.dispatch({
    kernel: mf.rankSolve,
    buffers: { sums: table('sums'), factors: table('factors'), penalties: table('penalties'), gramColumn: spanOf(engine, shards).gramColumn, rowTerms: table('rowTerms'), columnTerms: table('columnTerms'), decrease: table('decrease') },
    parameters: { rows, stride, rank, implicit: Number(implicit), nonnegative: Number(nonNegative && rank < ranks), update: Number(update) },
    workgroups: Math.ceil(rows / rowsAWorkgroup(implicit)),
  });
}

async function* decreases(engine: Engine, shards: Shards): AsyncGenerator<ShardChunk> {
  const bytes = await engine.read(Array.from(shards.values(), ({ users }) => ({ buffer: users.get('decrease')! })));
  for (const [at, number] of [...shards.keys()].entries()) {
    const values = Float64Array.of(new Float32Array(bytes[at]).reduce((sum, value) => sum + value, 0));
    yield { shard: number, chunk: { channel: UserRankChannel.Decrease, keys: { first: 0, count: 1 }, width: 1, values } };
  }
}

interface GramColumns {
  readonly channel: number;
  readonly rank: number;
  /** A shard's tables of factors, and their numbers of rows. */
  tables(shard: MfShard): readonly (readonly [EngineBuffer, number])[];
}

/** One column of the Gram matrix of each shard's tables, by column. */
async function* gramColumns(engine: Engine, shards: Shards, { channel, rank, tables }: GramColumns): AsyncGenerator<ShardChunk> {
  for (const [number, shard] of shards) {
    const { stride } = shard.description.shape;
    const sum = new Float64Array(stride);
    for (const [factors, rows] of tables(shard)) {
      const gramColumn = engine.createBuffer('mf partial Gram column', stride * 4);
      engine.dispatch({ kernel: mf.gramColumn, buffers: { factors, gramColumn }, parameters: { rows, stride, rank }, workgroups: rows === 0 ? 0 : Math.ceil(stride / 8) });
      const [bytes] = await engine.read([{ buffer: gramColumn }]);
      gramColumn.destroy();
      for (const [k, value] of new Float32Array(bytes).entries()) sum[k] += value;
    }
    yield { shard: number, chunk: { channel, keys: { first: 0, count: stride }, width: 1, values: sum } };
  }
}

/** The pass over the ratings by item: numerators and denominators of a span's items; with them the columns of the next rank. */
export async function* visitItems(engine: Engine, { ids: [rank, next, span], values }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  if (values.length > 0) takeColumns(engine, shards, { span, before: NO_COLUMN, values });
  for (const shard of shards.values()) passOverItems(engine, shard, span, shards);
  spanOf(engine, shards).isAwaited = false;
  const [{ description: { spanStarts, blockStarts }, rotation: { shards: shardCount } }] = shards.values();
  const first = blockStarts[spanStarts[span]];
  const count = blockStarts[spanStarts[span + 1]] - first;
  const sums = await contentsOf(engine, Array.from(shards.values(), ({ users }) => ({ buffer: users.get('itemSums')!, bytes: count * SUMS_WIDTH * 4 })));
  const parts = new Map([...shards.keys()].map((number, at) => [number, sums[at]]));
  for (const [node, values] of subtreeSums(parts, shardCount)) {
    yield { shard: firstShardOf(node, shardCount), chunk: { channel: ItemRankChannel.Sums + node, keys: { first, count }, width: SUMS_WIDTH, values } };
  }
  yield* columnsAt(engine, shards, { rank, next, span });
}

function passOverItems(engine: Engine, shard: MfShard, span: number, shards: Shards): void {
  const { arrays, users, description: { spanStarts, blockStarts, implicit } } = shard;
  const { rowTerms } = spanOf(engine, shards);
  const sums = users.get('itemSums')!;
  const ids = arrays.get('itemIds')!;
  const rows = blockStarts[spanStarts[span + 1]] - blockStarts[spanStarts[span]];
  if (spanStarts.length > 2) engine.write(sums, new Float32Array(rows * SUMS_WIDTH));
  overPieces(engine, cellAt(shard, 'item', span), {
    kernel: mf.residualDots,
    buffers: { pieces: arrays.get('itemPieces')!, ids, residual: arrays.get('itemValues')!, confidence: arrays.get('itemConfidence') ?? ids, rowTerms, columnTerms: users.get('columnTerms')!, sums },
    parameters: { accumulate: 0, implicit: Number(implicit) },
    columns: shard.description.users, table: sums, rows, width: SUMS_WIDTH, accumulate: false, binned: true,
  });
}

/** The blocks of a span that are at home here, and hold items. */
function homesIn(shards: Shards, span: number): { number: number; shard: MfShard; block: number }[] {
  return [...shards].flatMap(([number, shard]) => blocksOfSpan(shard, span).filter((block) => itemsOfBlock(shard, block) > 0).map((block) => ({ number, shard, block })));
}

/** Of the items at home: values at the next rank, and products with the users' Gram column at this rank. */
async function* columnsAt(engine: Engine, shards: Shards, { rank, next, span }: { rank: number; next: number; span: number }): AsyncGenerator<ShardChunk> {
  const homes = homesIn(shards, span);
  const [{ description: { implicit, blockStarts } }] = shards.values();
  const values = await readColumns(engine, shards, homes, { rank: next, implicit: false });
  const products = implicit ? await readColumns(engine, shards, homes, { rank, implicit }) : null;
  const width = implicit ? 2 : 1;
  for (const [at, { number, shard, block }] of homes.entries()) {
    const count = itemsOfBlock(shard, block);
    const columns = new Float32Array(count * width);
    for (let j = 0; j < count; j++) {
      columns[j * width] = values[at][2 * j];
      if (products) columns[j * width + 1] = products[at][2 * j + 1];
    }
    yield { shard: number, chunk: { channel: ItemRankChannel.Columns, keys: { first: blockStarts[block], count }, width, values: columns } };
  }
  const tables = (shard: MfShard) => blocksOfSpan(shard, span).map((block) => [shard.blocks.get(block)!.get('factors')!, itemsOfBlock(shard, block)] as const);
  if (implicit) yield* gramColumns(engine, shards, { channel: ItemRankChannel.Gram, rank: next, tables });
}

/** A column of each block, in pairs with the product of the row and the Gram column that is here. */
async function readColumns(engine: Engine, shards: Shards, homes: readonly { shard: MfShard; block: number }[], { rank, implicit }: { rank: number; implicit: boolean }): Promise<Float32Array[]> {
  const { gramColumn } = spanOf(engine, shards);
  const requests = homes.map(({ shard, block }) => {
    const rows = itemsOfBlock(shard, block);
    const out = shard.columns.get(block)!;
    engine.dispatch({ kernel: mf.columnOut, buffers: { factors: shard.blocks.get(block)!.get('factors')!, gramColumn, out }, parameters: { rows, stride: shard.description.shape.stride, rank, implicit: Number(implicit) }, workgroups: Math.ceil(rows / rowsAWorkgroup(implicit)) });
    return { buffer: out };
  });
  return (await engine.read(requests)).map((bytes) => new Float32Array(bytes));
}

/** The columns of a rank before its first visit, and the penalties. */
export async function* fetchRank(engine: Engine, { ids: [rank, span] }: Task, shards: Shards): AsyncGenerator<ShardChunk> {
  yield* columnsAt(engine, shards, { rank, next: rank, span });
  for (const { number, shard, block } of homesIn(shards, span)) {
    const values = shard.hostPenalties.get(block)!;
    yield { shard: number, chunk: { channel: ItemRankChannel.Penalties, keys: { first: shard.description.blockStarts[block], count: values.length }, width: 1, values } };
  }
}

/** The pass that brings the residuals by item up to date with the last visit; after the last span nothing is pending. */
export async function settleItems(engine: Engine, { ids: [span], values }: Task, shards: Shards): Promise<void> {
  if (values.length > 0) takeColumns(engine, shards, { span, before: NO_COLUMN, values });
  const [{ description: { spanStarts } }] = shards.values();
  const isLast = span === spanStarts.length - 2;
  for (const shard of shards.values()) {
    passOverItems(engine, shard, span, shards);
    if (isLast) engine.write(shard.users.get('rowTerms')!, new Float32Array(shard.description.users * 2));
  }
  spanOf(engine, shards).isAwaited = false;
}

/** Notes the users' values at a rank as if a step of 0 had been taken there. */
export async function recallRank(engine: Engine, { ids: [rank] }: Task, shards: Shards): Promise<void> {
  for (const shard of shards.values()) solveUsers(engine, shard, { rank, update: false }, shards);
}
