/**
 * A factorization in memory: predicts ratings, recommends items, finds like ones, takes in a user who was not there at training.
 * It is loaded whole, from a folder or from the workers that trained it.
 */
import { DataError } from '../../src/data/dataset.js';
import type { Ids } from '../../src/data/ids.js';
import { ratingsFrom, type Id } from '../../src/data/ratings.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import type { MfContent } from './files.js';
import { foldInRow, gramOf } from './fold-in.js';
import { FoldedUser } from './folded-user.js';
import { nearestId } from './nearest-id.js';
import { pairRows, rowsOf, type PairInput } from './pairs.js';
import { bestItems, itemsLike, normOf, type ItemTable, type RankedItem } from './ranking.js';
import type { Rated } from './rated.js';
import { checkNpyFiles, readRated, readSavedIds } from './saved.js';
import { sharedScorer, type Scorer } from './scorer.js';
import { shapeOf, type Shape, type Side } from './shape.js';
import type { MfSummary } from './summary.js';
import { readTables, tablesOf, type Tables } from './tables.js';

export interface Predictions {
  /** One a pair: mean + b_i + c_j + w_i·h_j; of an unknown user or item what the other's bias alone says, of both the mean. */
  readonly values: Float64Array;
  /** Pairs whose user, or item, is not in the model. */
  readonly unknownUsers: number;
  readonly unknownItems: number;
}

export interface RecommendOptions {
  /** How many items; fewer come where there are no more. */
  readonly top?: number;
  /** Items that are not wanted; ids that the model doesn't know are fine. */
  readonly exclude?: Iterable<Id>;
  /** Whether items that the user has rated may come too. */
  readonly includeRated?: boolean;
}

/** A rating of a user to fold in; without a number it counts 1. */
export type ItemRating = readonly [item: Id] | readonly [item: Id, rating: number];

const DEFAULT_TOP = 10;
/** Stands for whoever is folded in where ratings are parsed. */
const NEWCOMER = 'newcomer';

/** All parts of a model. */
interface Parts extends Omit<MfContent, 'tiles'> {
  readonly tables: Tables;
  readonly scorer: Scorer;
  readonly folder: string | null;
}

export class MfModel implements MfContent {
  readonly summary: MfSummary;
  readonly users: Ids;
  readonly items: Ids;
  readonly rated: Rated;
  /** Where it was loaded from; null when it comes from a training. */
  readonly folder: string | null;
  readonly #tables: Tables;
  readonly #scorer: Scorer;
  #gram: Float64Array | null = null;

  private constructor({ summary, users, items, rated, folder, tables, scorer }: Parts) {
    this.summary = summary;
    this.users = users;
    this.items = items;
    this.rated = rated;
    this.folder = folder;
    this.#tables = tables;
    this.#scorer = scorer;
  }

  /** Takes in all rows of a model. */
  static async from(content: MfContent): Promise<MfModel> {
    const { summary, users, items, rated } = content;
    return new MfModel({ summary, users, items, rated, folder: null, tables: await tablesOf(content), scorer: await sharedScorer() });
  }

  /** Reads a folder that `writeMfModel` wrote. Throws DataError that names the file and what is wrong with it. */
  static async load(folder: string): Promise<MfModel> {
    const { summary, users, items } = await readSavedIds(folder);
    await checkNpyFiles(folder, summary);
    const rated = await readRated(folder, summary);
    return new MfModel({ summary, users, items, rated, folder, tables: await readTables(folder, summary), scorer: await sharedScorer() });
  }

  get shape(): Shape {
    return shapeOf(this.summary.rank, this.summary.biases);
  }

  tiles(side: Side): Iterable<Float32Array> {
    return [this.#tables[side].rows.subarray(0, this.#ids(side).count * this.shape.stride)];
  }

  /** The row of an id, `stride` numbers (shape.ts); null for a newcomer. */
  row(side: Side, id: Id): Float32Array | null {
    const row = this.#ids(side).indexOf(id);
    return row < 0 ? null : this.#rowAt(side, row);
  }

  /** Predictions of pairs. DataError for lists of unequal length. */
  predict(pairs: PairInput): Predictions {
    const { users, items, unknownUsers, unknownItems } = pairRows(pairs, this.users, this.items);
    const dots = this.#scorer.dots(this.#tables.user, users, this.#tables.item, items);
    return { values: this.#withMean(dots), unknownUsers, unknownItems };
  }

  /** What a row of a user's factors predicts for items. */
  predictFor(row: Float32Array, items: ArrayLike<Id>): Float64Array {
    const { rows } = rowsOf(items, this.items);
    return this.#withMean(this.#scorer.dots({ rows: row, stride: this.shape.stride }, new Uint32Array(rows.length), this.#tables.item, rows));
  }

  /** The items that are predicted highest, best first. DataError for a user who is not in the model, with a call that works. */
  recommend(user: Id, { includeRated = false, ...options }: RecommendOptions = {}): RankedItem[] {
    const row = this.#knownRow('user', user);
    return this.recommendFor(this.#rowAt('user', row), includeRated ? [] : this.rated.of(row), options);
  }

  /** The same for a row of a user's factors; the item rows in `rated` are left out. */
  recommendFor(row: Float32Array, rated: Iterable<number>, { top = DEFAULT_TOP, exclude = [] }: Omit<RecommendOptions, 'includeRated'>): RankedItem[] {
    checkTop(top);
    const unwanted = rowsOf([...exclude], this.items).rows.filter((item) => item < this.items.count);
    return bestItems(this.#scorer, row, this.#itemTable, this.summary.mean, { top, excluded: [...rated, ...unwanted] });
  }

  /** The items whose factors are nearest by cosine, biases aside. DataError for an item that is not in the model, or whose factors are all 0. */
  similarItems(item: Id, top = DEFAULT_TOP): RankedItem[] {
    checkTop(top);
    const { rank } = this.summary;
    const row = this.#knownRow('item', item);
    if (normOf(this.#tables.item.rows, row * this.shape.stride, rank) === 0) throw new DataError(`item ${item} has no factors but 0, so it is no nearer to one item than to another. Ask about an item with more ratings`);
    return itemsLike(this.#scorer, row, this.#itemTable, rank, top);
  }

  /**
   * A user with these ratings: the row that training would give him, the items fixed. Of an item that comes twice the last rating
   * counts; items that the model doesn't know say nothing and are counted. DataError for what is no rating.
   */
  foldIn(ratings: Iterable<ItemRating>): FoldedUser {
    const { itemOf, items, values } = ratingsFrom(Array.from(ratings, ([item, rating = 1]) => [NEWCOMER, item, rating] as const), { duplicates: 'last' });
    const bad = this.summary.implicit ? values.findIndex((value) => value < 0) : -1;
    if (bad >= 0) throw new DataError(`ratings: item ${items.of(itemOf[bad])} has ${values[bad]}, expected 0 or more: the model was trained on implicit feedback, which counts how often something was chosen. Drop the entry`);
    const { rows, unknown } = rowsOf(Array.from(itemOf, (index) => items.of(index)), this.items);
    const isKnown = (_: number, at: number) => rows[at] < this.items.count;
    const known = { items: rows.filter(isKnown), values: Float64Array.from(values).filter(isKnown) };
    return new FoldedUser(this, foldInRow(this.#tables.item, known, this.summary, () => this.#itemGram()), known.items, unknown);
  }

  get #itemTable(): ItemTable {
    return { ...this.#tables.item, ids: this.items };
  }

  #itemGram(): Float64Array {
    this.#gram ??= gramOf(this.#tables.item, this.items.count, this.summary.rank);
    return this.#gram;
  }

  #ids(side: Side): Ids {
    return side === 'user' ? this.users : this.items;
  }

  #rowAt(side: Side, row: number): Float32Array {
    const { rows, stride } = this.#tables[side];
    return rows.subarray(row * stride, (row + 1) * stride);
  }

  #withMean(dots: Float32Array): Float64Array {
    return Float64Array.from(dots, (dot) => this.summary.mean + dot);
  }

  #knownRow(side: Side, id: Id): number {
    const ids = this.#ids(side);
    const row = ids.indexOf(id);
    if (row >= 0) return row;
    const nearest = nearestId(String(id), ids);
    const command = { user: 'recommend', item: 'similar' }[side];
    const call = { user: 'recommend', item: 'similarItems' }[side];
    const next = this.folder === null ? `${call}('${nearest}')` : `strads ${command} --model ${inShell(this.folder)} --${side} ${inShell(nearest)}`;
    throw new DataError(`${side} ${id} is not in the model, which knows ${ids.count} ${side}s; the nearest is ${nearest}. Try ${next}${side === 'user' ? '; for a new user there is foldIn(ratings) in the library' : ''}`);
  }
}

function checkTop(top: number): void {
  if (!(Number.isInteger(top) && top > 0)) throw new UsageError(`top is ${top}, expected how many items are wanted: 1 or more`);
}

/** A word as a shell takes it. */
function inShell(word: string): string {
  return /^[\w./:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
