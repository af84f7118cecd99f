/**
 * Cuts ratings into logical shards. In: training ratings and held-out sets. Out: how users and items are laid out, what
 * each shard is told, and the parts of its arrays. Users (with their ratings) belong to a shard for good, items to blocks
 * that go round; both cuts depend on the data and the options alone.
 */
import type { Ratings } from '../../src/data/ratings.js';
import { countsOf } from '../../src/data/ratings.js';
import type { ShardPart } from '../../src/program.js';
import type { AddressedPart } from '../../src/runtime/distribution.js';
import { compress, GROUPS, intoBuckets, mostCutPieces, subCellsOf, type CellIndex, type Entries } from './cells.js';
import { ARRAYS, CELL_FIELDS, SETS, type ArrayName, type HeldOutName, type MfShardDescription, type SetName } from './operations.js';
import { DEFAULT_CONFIDENCE, DEFAULT_RATE, MIB, scheduleOf, type MfOptions } from './options.js';
import { partitionRows, partsOfPositions, runningSums, type Partition } from '../partition.js';
import { shapeOf, type Shape } from './shape.js';

/** Ratings by set; those of training are always there, and only they shape the cut. */
export interface RatingSets {
  readonly train: Ratings;
  readonly validation: Ratings | null;
  readonly test: Ratings | null;
}

/** Where users and items are: the same at any number of workers. */
export interface Layout {
  readonly shape: Shape;
  readonly shards: number;
  readonly blocksAShard: number;
  readonly users: Partition;
  readonly items: Partition;
  /** ccd: first block of every span of items that one task covers, and the number of blocks. */
  readonly spanStarts: readonly number[];
  /** Taken off every rating before it is trained on. */
  readonly mean: number;
}

/** Ratings of a shard: at least 8 shards, and more for data where 2^21 ratings a shard are not enough. */
const RATINGS_A_SHARD = 2 ** 21;
const FEWEST_SHARDS = 8;
const TABLE_BYTES = 2 ** 26;

/** A function of the data and the options alone; tables of users stay below what a GPU binds. */
export function mfShards(ratings: number, users: number, { rank, biases }: Pick<MfOptions, 'rank' | 'biases'>): number {
  const tableBytes = users * shapeOf(rank, biases).stride * 4;
  return Math.max(FEWEST_SHARDS, Math.ceil(ratings / RATINGS_A_SHARD), Math.ceil(tableBytes / TABLE_BYTES));
}

/** `mean`: of the training ratings, or 0. */
export function layOut(train: Ratings, options: MfOptions, mean: number): Layout {
  const shape = shapeOf(options.rank, options.biases);
  const shards = mfShards(train.count, train.users.count, options);
  const { byUser, byItem } = countsOf(train);
  const budget = options.blockMib * MIB;
  const rowWeight = shape.stride / 4;
  const users = partitionRows(byUser, shards, rowWeight);
  const most = Math.max(1, Math.floor(budget / travellingBytes(shape, options)));
  const { items, blocksAShard } = partitionItems(byItem, shards, rowWeight, most);
  return { shape, shards, blocksAShard, users, items, spanStarts: spansOf(items, budget), mean };
}

/** As few blocks as keep the largest within `most` items: blocks are balanced by ratings, those of seldom rated items have more. */
function partitionItems(counts: Uint32Array, shards: number, rowWeight: number, most: number): { items: Partition; blocksAShard: number } {
  for (let blocksAShard = Math.max(1, Math.ceil(counts.length / shards / most)); ; blocksAShard++) {
    const items = partitionRows(counts, shards * blocksAShard, rowWeight);
    const largest = items.starts.reduce((size, start, block) => Math.max(size, block === 0 ? 0 : start - items.starts[block - 1]), 0);
    if (largest <= most) return { items, blocksAShard };
  }
}

/** Bytes of an item in a block on its way: factors; for sgd the step sizes too; for als directions and products. */
function travellingBytes({ stride }: Shape, { algorithm }: MfOptions): number {
  if (algorithm === 'als') return 2 * stride * 4;
  return algorithm === 'sgd' ? (stride + 4) * 4 : stride * 4;
}

/** Bytes of an item in the columns and sums that go with a task. */
const SPAN_BYTES = 64;

/** Blocks grouped so that the columns of a group stay within the budget; a block larger than that is a span of its own. */
function spansOf({ starts, parts }: Partition, budget: number): number[] {
  const spans = [0];
  for (let block = 1; block < parts; block++) {
    if ((starts[block + 1] - starts[spans.at(-1)!]) * SPAN_BYTES > budget) spans.push(block);
  }
  return [...spans, parts];
}

export function describeShards(layout: Layout, sets: RatingSets, options: MfOptions): MfShardDescription[] {
  const { shape, shards, blocksAShard, users, items, spanStarts } = layout;
  const { algorithm, implicit, nonNegative, lambda, penaltyPer, seed } = options;
  const heldOut = SETS.filter((name): name is HeldOutName => name !== 'train' && sets[name] !== null);
  const common = {
    algorithm, shape, implicit, nonNegative, lambda, penaltyPer, seed, blocksAShard, spanStarts, heldOut,
    rate: options.rate ?? DEFAULT_RATE,
    tellsDecrease: scheduleOf(options) === 'priority',
    blockStarts: [...items.starts],
    mostCut: mostCutPieces(mostEntriesOfACell(layout, sets.train, algorithm)),
  };
  return Array.from({ length: shards }, (_, shard) => ({ ...common, firstUser: users.starts[shard], users: users.starts[shard + 1] - users.starts[shard] }));
}

/** Training ratings of the largest cell of any shard. */
function mostEntriesOfACell(layout: Layout, train: Ratings, algorithm: MfOptions['algorithm']): number {
  const shardOf = partsOfPositions(layout.users);
  const groups = algorithm === 'ccd' ? spanOfPositions(layout) : blocksOfPositions(layout);
  const sizes = new Uint32Array(layout.shards * groups.count);
  for (let p = 0; p < train.count; p++) sizes[shardOf[layout.users.positionOf[train.userOf[p]]] * groups.count + groups.of[layout.items.positionOf[train.itemOf[p]]]]++;
  return sizes.reduce((largest, size) => Math.max(largest, size), 0);
}

interface Groups {
  /** Group of every item position. */
  readonly of: Uint32Array;
  /** First position of every group, and the number of items. */
  readonly starts: Uint32Array;
  readonly count: number;
}

function blocksOfPositions({ items }: Layout): Groups {
  return { of: partsOfPositions(items), starts: items.starts, count: items.parts };
}

function spanOfPositions({ items, spanStarts }: Layout): Groups {
  const starts = Uint32Array.from(spanStarts, (block) => items.starts[block]);
  const count = spanStarts.length - 1;
  return { of: partsOfPositions({ starts, parts: count }), starts, count };
}

/** Every shard's arrays, part by part. */
export async function* distributeRatings(layout: Layout, sets: RatingSets, options: MfOptions): AsyncGenerator<AddressedPart> {
  const byShard = { train: ofShards(sets.train, layout), validation: sets.validation && ofShards(sets.validation, layout), test: sets.test && ofShards(sets.test, layout) };
  const confidence = options.confidence ?? DEFAULT_CONFIDENCE;
  const value = options.implicit ? (rating: number) => confidence * rating : (rating: number) => rating - layout.mean;
  for (let shard = 0; shard < layout.shards; shard++) {
    for (const [name, data] of arraysOfShard(shard, layout, byShard, options, value)) yield* partsOf(shard, name, data);
  }
}

/** Bytes of a part. */
const PART_BYTES = MIB;

type ArrayData = Uint32Array | Float32Array;

function* partsOf(shard: number, name: ArrayName, data: ArrayData): Generator<AddressedPart> {
  const step = PART_BYTES / data.BYTES_PER_ELEMENT;
  for (let at = 0; at < Math.max(1, data.length); at += step) {
    const part: ShardPart = [Uint32Array.of(ARRAYS.indexOf(name), at, data.length), data.slice(at, at + step)];
    yield { shard, part };
  }
}

/** Positions of a set's ratings in the order of the shards, which have starts[p] … starts[p + 1] - 1. */
interface OfShards {
  readonly ratings: Ratings;
  readonly order: Uint32Array;
  readonly starts: Uint32Array;
}

function ofShards(ratings: Ratings, { users, shards }: Layout): OfShards {
  const shardOf = partsOfPositions(users);
  const sizes = new Uint32Array(shards);
  for (let p = 0; p < ratings.count; p++) sizes[shardOf[users.positionOf[ratings.userOf[p]]]]++;
  const starts = runningSums(sizes);
  const next = starts.slice();
  const order = new Uint32Array(ratings.count);
  for (let p = 0; p < ratings.count; p++) order[next[shardOf[users.positionOf[ratings.userOf[p]]]]++] = p;
  return { ratings, order, starts };
}

/** A shard's ratings of one set: user within the shard, position of the item, value. */
function entriesOfShard({ ratings, order, starts }: OfShards, shard: number, { users, items }: Layout, value: (rating: number) => number): Entries {
  const [begin, end] = [starts[shard], starts[shard + 1]];
  const entries = { major: new Uint32Array(end - begin), minor: new Uint32Array(end - begin), values: new Float32Array(end - begin) };
  for (let at = begin; at < end; at++) {
    const p = order[at];
    entries.major[at - begin] = users.positionOf[ratings.userOf[p]] - users.starts[shard];
    entries.minor[at - begin] = items.positionOf[ratings.itemOf[p]];
    entries.values[at - begin] = value(ratings.values[p]);
  }
  return entries;
}

type SetsByShard = { readonly [Name in SetName]: OfShards | null };

function* arraysOfShard(shard: number, layout: Layout, sets: SetsByShard, { algorithm, implicit }: MfOptions, value: (rating: number) => number): Generator<[ArrayName, ArrayData]> {
  const { users, items, blocksAShard } = layout;
  const userCount = users.starts[shard + 1] - users.starts[shard];
  yield ['userCounts', users.counts.slice(users.starts[shard], users.starts[shard + 1])];
  const [firstItem, endItem] = [items.starts[shard * blocksAShard], items.starts[(shard + 1) * blocksAShard]];
  yield ['itemCounts', items.counts.slice(firstItem, endItem)];
  yield ['itemIndices', items.rowAt.slice(firstItem, endItem)];
  const blocks = blocksOfPositions(layout);
  const train = entriesOfShard(sets.train!, shard, layout, value);
  if (algorithm === 'sgd') yield* descentArrays(train, blocks);
  else yield* trainingArrays(train, userCount, algorithm === 'ccd' ? spanOfPositions(layout) : blocks, { algorithm, implicit });
  for (const name of ['validation', 'test'] as const) {
    if (sets[name] === null) continue;
    const held = entriesOfShard(sets[name], shard, layout, value);
    yield* named(name, cellsByUser(held, userCount, blocks));
    if (implicit) yield* rankingArrays(name, held, train, blocks);
  }
}

function* named(set: string, { cells, pieces, ids, values }: Cells): Generator<[ArrayName, ArrayData]> {
  yield [`${set}Cells` as ArrayName, cells];
  yield [`${set}Pieces` as ArrayName, pieces];
  yield [`${set}Ids` as ArrayName, ids];
  yield [`${set}Values` as ArrayName, values];
}

/** Both compressions of the training ratings. For ccd the values are residuals, of a confidence in the preference 1 where feedback is implicit. */
function* trainingArrays(train: Entries, users: number, groups: Groups, { algorithm, implicit }: Pick<MfOptions, 'algorithm' | 'implicit'>): Generator<[ArrayName, ArrayData]> {
  for (const [side, cells] of [['user', () => cellsByUser(train, users, groups)], ['item', () => cellsByItem(train, groups)]] as const) {
    const made = cells();
    const residuals = algorithm === 'ccd' && implicit;
    yield* named(side, residuals ? { ...made, values: new Float32Array(made.values.length).fill(1) } : made);
    if (residuals) yield [`${side}Confidence`, made.values];
  }
}

/** The cells of a shard, one a group of items, end to end. */
interface Cells {
  readonly cells: Uint32Array;
  readonly pieces: Uint32Array;
  readonly ids: Uint32Array;
  readonly values: Float32Array;
}

function cellsByUser(entries: Entries, users: number, groups: Groups): Cells {
  return cellsOf(entries, groups, (group, cell, at) => compress({ ...cell, minor: cell.minor.map((position) => position - groups.starts[group]) }, users, at.entry, at.piece));
}

function cellsByItem(entries: Entries, groups: Groups): Cells {
  return cellsOf(entries, groups, (group, { major, minor, values }, at) =>
    compress({ major: minor.map((position) => position - groups.starts[group]), minor: major, values }, groups.starts[group + 1] - groups.starts[group], at.entry, at.piece));
}

function cellsOf(entries: Entries, groups: Groups, make: (group: number, cell: Entries, at: { entry: number; piece: number }) => ReturnType<typeof compress>): Cells {
  const sorted = intoBuckets(entries, entries.minor.map((position) => groups.of[position]), groups.count);
  const pieces: Uint32Array[] = [];
  const ids = new Uint32Array(entries.major.length);
  const values = new Float32Array(entries.major.length);
  const cells = new Uint32Array(groups.count * CELL_FIELDS);
  let piece = 0;
  for (let group = 0; group < groups.count; group++) {
    const [begin, end] = [sorted.starts[group], sorted.starts[group + 1]];
    const cell = make(group, { major: sorted.major.subarray(begin, end), minor: sorted.minor.subarray(begin, end), values: sorted.values.subarray(begin, end) }, { entry: begin, piece });
    ids.set(cell.ids, begin);
    values.set(cell.values, begin);
    pieces.push(cell.pieces);
    cells.set(recordOf(cell.index), group * CELL_FIELDS);
    piece += cell.pieces.length / 2;
  }
  return { cells, pieces: endToEnd(pieces), ids, values };
}

function recordOf({ first, cut, long, middle, count }: CellIndex): number[] {
  return [first, cut, long, middle, count];
}

function endToEnd(arrays: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Cells cut into sub-cells: for every block the entries in the order of the strata. */
function* descentArrays(train: Entries, groups: Groups): Generator<[ArrayName, ArrayData]> {
  const byBlock = intoBuckets(train, train.minor.map((position) => groups.of[position]), groups.count);
  const local = { ...byBlock, minor: byBlock.minor.map((position) => position - groups.starts[groups.of[position]]) };
  const perCell = GROUPS * GROUPS;
  const inCell = subCellsOf(local);
  const sorted = intoBuckets(local, inCell.map((sub, e) => groups.of[byBlock.minor[e]] * perCell + sub), groups.count * perCell);
  yield ['descentCells', byBlock.starts];
  yield ['descentStarts', sorted.starts];
  yield ['descentRows', sorted.major];
  yield ['descentColumns', sorted.minor];
  yield ['descentValues', sorted.values];
}

/** Who is ranked for, what he liked, and block by block what he had already. */
function* rankingArrays(name: 'validation' | 'test', held: Entries, train: Entries, groups: Groups): Generator<[ArrayName, ArrayData]> {
  const users = Uint32Array.from(new Set(held.major)).sort();
  const place = new Map(Array.from(users, (user, at) => [user, at]));
  const relevant = intoBuckets(held, held.major.map((user) => place.get(user)!), users.length);
  yield [`${name}Users`, users];
  yield [`${name}RelevantStarts`, relevant.starts];
  yield [`${name}Relevant`, relevant.minor];
  const known = train.major.map((user, e) => (place.has(user) ? groups.of[train.minor[e]] * users.length + place.get(user)! : groups.count * users.length));
  const excluded = intoBuckets(train, known, groups.count * users.length + 1);
  const locals = excluded.minor.subarray(0, excluded.starts[groups.count * users.length]).map((position) => position - groups.starts[groups.of[position]]);
  for (let row = 0; row < groups.count * users.length; row++) locals.subarray(excluded.starts[row], excluded.starts[row + 1]).sort();
  yield [`${name}ExcludedStarts`, excluded.starts.slice(0, groups.count * users.length + 1)];
  yield [`${name}Excluded`, locals];
}
