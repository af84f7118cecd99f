/**
 * What a worker holds of a factorization. In: the parts of a shard's arrays. Out: the shard's users with their ratings and
 * factors, and the blocks of items that are with it.
 */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import { DataError } from '../../../src/data/dataset.js';
import type { ShardHeader, ShardPart } from '../../../src/program.js';
import { Rotation } from '../../../src/schedule/rotation.js';
import { initialItems, initialUsers } from '../initial.js';
import { ARRAYS, CELL_FIELDS, type ArrayName, type HeldOutName, type MfShardDescription } from '../operations.js';
import type { CellIndex } from '../cells.js';
import type { Shape } from '../shape.js';
import { holdBytes } from '../../worker-memory.js';

/** A block's buffers by name. `factors` is always one of them; what else there is belongs to the algorithm. */
export type Block = Map<BlockBuffer, EngineBuffer>;
export type BlockBuffer = 'factors' | 'states' | 'residuals' | 'directions' | 'products';

export interface MfShard {
  readonly number: number;
  readonly description: MfShardDescription;
  readonly rotation: Rotation;
  /** Arrays in engine memory, and those of the host. */
  readonly arrays: ReadonlyMap<ArrayName, EngineBuffer>;
  readonly host: ReadonlyMap<ArrayName, Uint32Array>;
  /** Tables of the users' rows by name: factors, penalties and what the algorithm keeps. */
  readonly users: Map<UserTable, EngineBuffer>;
  /** Blocks that are with the shard; a block at home while parts of it are away is here with the rest. */
  readonly blocks: Map<number, Block>;
  /** Penalties of the rows of the blocks whose home is here, by block: in engine memory, and for the host. */
  readonly itemPenalties: Map<number, EngineBuffer>;
  readonly hostPenalties: Map<number, Float32Array>;
  /** ccd: room for a column of each block whose home is here. */
  readonly columns: Map<number, EngineBuffer>;
  /** als: which solve is under way, and how far. */
  solving: SolverPhase | null;
  /** Errors of all sets of ratings, as far as a turn has summed them, in float64. */
  errors: Float64Array | null;
  /** Best items by held-out set, as far as a turn has found them. */
  readonly lists: Map<HeldOutName, Lists>;
  /** Gram matrices of which slices were told but not all, by side. */
  readonly grams: Map<number, EngineBuffer>;
  /** Factors that were kept. */
  kept: Kept | null;
}

/** The best items of a set's users: scores and positions. */
export interface Lists {
  readonly scores: EngineBuffer;
  readonly ids: EngineBuffer;
}

/** Users' factors, and those of the items at home by block. */
export interface Kept {
  readonly users: Float32Array<ArrayBuffer>;
  readonly blocks: Map<number, Float32Array<ArrayBuffer>>;
}

export type UserTable = 'factors' | 'penalties' | 'states' | 'residuals' | 'directions' | 'products' | 'sums' | 'rowTerms' | 'columnTerms' | 'decrease' | 'itemSums';
export type Shards = ReadonlyMap<number, MfShard>;

/** als: what a solve keeps of its rows from turn to turn. */
export const SOLVER_TABLES = ['residuals', 'directions', 'products'] as const;
/** In turn 0 the residuals are summed where products are later; then they are taken over, and steps follow. */
export const SOLVER_PHASES = ['userStart', 'userSteps', 'itemStart', 'itemSteps'] as const;
export type SolverPhase = (typeof SOLVER_PHASES)[number];

/** Arrays that the host reads: small ones, and those that only count. */
const HOST_ARRAYS = new Set<ArrayName>(ARRAYS.filter((name) => /Counts$|itemIndices|Cells$|Relevant|Users$|ExcludedStarts$/.test(name)));
const FLOATS = new Set<ArrayName>(ARRAYS.filter((name) => /Values$|Confidence$/.test(name)));

export async function openShard(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<MfShard> {
  const description = header.description as MfShardDescription;
  const arrays = new Map<ArrayName, EngineBuffer>();
  const host = new Map<ArrayName, Uint32Array>();
  for await (const part of parts) takePart(engine, part, arrays, host);
  holdBytes(engine, [...host.values()]);
  if (!host.has('userCounts') || !host.has('itemCounts') || !host.has('itemIndices')) throw new DataError(`shard ${header.shard} of the ratings came without its counts and indices`);
  const shard: MfShard = {
    number: header.shard, description, arrays, host,
    rotation: new Rotation(header.shards, description.blocksAShard),
    users: new Map(), blocks: new Map(), itemPenalties: new Map(), hostPenalties: new Map(), columns: new Map(),
    solving: null, errors: null, lists: new Map(), grams: new Map(), kept: null,
  };
  makeUsers(engine, shard);
  makeBlocks(engine, shard);
  return shard;
}

function takePart(engine: Engine, [head, data]: ShardPart, arrays: Map<ArrayName, EngineBuffer>, host: Map<ArrayName, Uint32Array>): void {
  const [array, offset, length] = head;
  const name = ARRAYS[array];
  if (name === undefined) throw new DataError(`a part of array ${array}, of which a shard of ratings has ${ARRAYS.length}`);
  if (HOST_ARRAYS.has(name)) {
    if (!host.has(name)) host.set(name, new Uint32Array(length));
    host.get(name)!.set(data as Uint32Array, offset);
  }
  if (!HOST_ARRAYS.has(name) || name.endsWith('Users')) {
    if (!arrays.has(name)) arrays.set(name, engine.createBuffer(`mf ${name}`, length * 4));
    engine.write(arrays.get(name)!, FLOATS.has(name) ? (data as Float32Array) : (data as Uint32Array), offset * 4);
  }
}

function makeUsers(engine: Engine, shard: MfShard): void {
  const { description, users, host } = shard;
  const { shape, algorithm, mostCut } = description;
  const rows = description.users;
  users.set('factors', factorTable(engine, rows, shape, (begin, end) => initialUsers(end - begin, shape)));
  setTable(engine, users, 'penalties', penaltiesOf(host.get('userCounts')!, description));
  const table = (name: UserTable, numbers: number) => users.set(name, engine.createBuffer(`mf user ${name}`, numbers * 4));
  if (algorithm === 'sgd') setTable(engine, users, 'states', statesOf(host.get('userCounts')!, description));
  if (algorithm === 'als') {
    table('residuals', rows * shape.stride);
    table('directions', rows * shape.stride);
    table('products', (rows + mostCut) * shape.stride);
  }
  if (algorithm === 'ccd') {
    table('sums', (rows + mostCut) * 2);
    table('rowTerms', rows * 2);
    table('columnTerms', rows * 4);
    table('decrease', rows);
    table('itemSums', (largestSpan(description) + mostCut) * 2);
  }
}

export function largestSpan({ spanStarts, blockStarts }: MfShardDescription): number {
  let largest = 0;
  for (let span = 0; span + 1 < spanStarts.length; span++) largest = Math.max(largest, blockStarts[spanStarts[span + 1]] - blockStarts[spanStarts[span]]);
  return largest;
}

function makeBlocks(engine: Engine, shard: MfShard): void {
  const { description, rotation, host } = shard;
  const { shape, algorithm, blockStarts } = description;
  const counts = host.get('itemCounts')!;
  const indices = host.get('itemIndices')!;
  const home = blockStarts[rotation.blocksAShard * shard.number];
  for (const number of blocksAtHome(shard)) {
    const first = blockStarts[number];
    const own = counts.subarray(first - home, blockStarts[number + 1] - home);
    const block: Block = new Map();
    const ofBlock = indices.subarray(first - home, blockStarts[number + 1] - home);
    block.set('factors', factorTable(engine, own.length, shape, (begin, end) => initialItems(ofBlock.subarray(begin, end), own.subarray(begin, end), shape, description)));
    const penalties = penaltiesOf(own, description);
    setTable(engine, shard.itemPenalties, number, penalties);
    shard.hostPenalties.set(number, penalties);
    holdBytes(engine, [penalties]);
    if (algorithm === 'ccd') shard.columns.set(number, engine.createBuffer('mf column', own.length * 2 * 4));
    if (algorithm === 'sgd') setTable(engine, block, 'states', statesOf(own, description));
    shard.blocks.set(number, block);
    if (algorithm === 'als') addSolverBuffers(engine, shard, number, SOLVER_TABLES);
  }
}

/** What a solve of a block starts with, at home. */
export function addSolverBuffers(engine: Engine, shard: MfShard, number: number, names: readonly (typeof SOLVER_TABLES)[number][]): void {
  const { shape } = shard.description;
  for (const name of names) putIn(shard, number, name, engine.createBuffer(`mf item ${name}`, itemsOfBlock(shard, number) * shape.stride * 4 + scratchBytes(shard, name)));
}

export function putIn({ blocks }: MfShard, number: number, name: BlockBuffer, buffer: EngineBuffer): void {
  if (!blocks.has(number)) blocks.set(number, new Map());
  blocks.get(number)!.set(name, buffer);
}

/** Behind the products lie scratch rows for the parts of cut rows: they don't travel. */
export function scratchBytes({ description: { mostCut, shape } }: MfShard, name: BlockBuffer): number {
  return name === 'products' ? mostCut * shape.stride * 4 : 0;
}

/** Bytes of rows that are made at a time. */
const TILE_BYTES = 2 ** 20;

/** A table of factors, made tile by tile so that it never lies in the host's memory beside the engine's. */
function factorTable(engine: Engine, rows: number, { stride }: Shape, make: (begin: number, end: number) => Float32Array<ArrayBuffer>): EngineBuffer {
  const buffer = engine.createBuffer('mf factors', rows * stride * 4);
  const step = Math.max(1, Math.floor(TILE_BYTES / (stride * 4)));
  for (let begin = 0; begin < rows; begin += step) engine.write(buffer, make(begin, Math.min(begin + step, rows)), begin * stride * 4);
  return buffer;
}

function setTable<Name extends string | number>(engine: Engine, tables: Map<Name, EngineBuffer>, name: Name, data: Float32Array<ArrayBuffer>): void {
  const buffer = engine.createBuffer(`mf ${name}`, data.byteLength);
  engine.write(buffer, data);
  tables.set(name, buffer);
}

/** λ n_i, or λ. */
function penaltiesOf(counts: Uint32Array, { lambda, penaltyPer }: MfShardDescription): Float32Array<ArrayBuffer> {
  return Float32Array.from(counts, (count) => (penaltyPer === 'ratings' ? lambda * count : lambda));
}

/** Numbers of a row's state in gradient descent: mean squared gradients of the factors and of the bias, penalty of one rating, unused. */
export const STATE_WIDTH = 4;

/** The penalty is met once a rating: λ, or λ / n_i. */
function statesOf(counts: Uint32Array, { lambda, penaltyPer }: MfShardDescription): Float32Array<ArrayBuffer> {
  const states = new Float32Array(counts.length * STATE_WIDTH);
  for (let row = 0; row < counts.length; row++) states.set([1, 1, penaltyPer === 'ratings' ? lambda : lambda / Math.max(1, counts[row]), 0], row * STATE_WIDTH);
  return states;
}

/** The record of a cell in a set of cells. */
export function cellAt({ host }: MfShard, set: 'user' | 'item' | HeldOutName, group: number): CellIndex {
  const [first, cut, long, middle, count] = host.get(`${set}Cells`)!.subarray(group * CELL_FIELDS, (group + 1) * CELL_FIELDS);
  return { first, cut, long, middle, count };
}

/** The blocks that are with the shard before a turn and after it, ascending. */
export function blocksAtHome({ rotation, number }: MfShard): number[] {
  return rotation.held(number, 0);
}

export function itemsOfBlock({ description: { blockStarts } }: MfShard, block: number): number {
  return blockStarts[block + 1] - blockStarts[block];
}
