/**
 * Matrix factorization as a library class:
 * `const model = await new MatrixFactorization({ rank: 64, biases: true }).fit(ratings); model.recommend(user)`.
 */
import { writeFolder } from '../../src/data/folder.js';
import { ratingsFrom, type Id, type RatingLists, type Ratings, type RatingTuple } from '../../src/data/ratings.js';
import { plannedFit } from '../../src/runtime/planned-fit.js';
import type { Session } from '../../src/runtime/session.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { DataDigest } from '../data-digest.js';
import { parsedOptions } from '../parsed-options.js';
import { withSession, type Placement } from '../placement.js';
import { assertFits, demandOf, roomOf } from './capacity.js';
import { mfShards, type RatingSets } from './distribute.js';
import { writeMfModel } from './files.js';
import { fitMf, type MfFit, type MfObserver, type SweepReport } from './fit.js';
import type { FoldedUser } from './folded-user.js';
import { MfModel, type ItemRating, type RecommendOptions } from './model.js';
import { mfOptionsSchema, type MfInput, type MfOptions } from './options.js';
import { trainedModel } from './outcome.js';
import type { PairInput } from './pairs.js';
import type { RankedItem } from './ranking.js';
import { setsOf } from './split.js';
import { openWarmStart, warmStartFrom, type SavedStart } from './warm-start.js';

/** Ratings as they are read from a file, or lists or tuples of user, item and rating. */
export type RatingInput = Ratings | RatingLists | Iterable<RatingTuple>;

/** What a fit takes beside the ratings. */
export interface MfExtras {
  /** Ratings to report errors on, never trained on; a `Ratings` must have been read over the ids of the training ratings. */
  readonly test?: RatingInput;
  /** A model to go on from, or its folder: of the same rank and kind of feedback; where no factor may be negative, of such a training too. */
  readonly warmStart?: MfModel | string;
}

/** Validates options. Throws UsageError in a sentence. */
export function parseMfOptions(input: MfInput): MfOptions {
  return parsedOptions('MatrixFactorization', mfOptionsSchema.safeParse(input));
}

/** Trains on ratings of users for items. */
export class MatrixFactorization {
  readonly #options: MfOptions;
  readonly #placement: Placement;

  constructor({ workers, engine, profile, checkpoint, ...options }: MfInput & Placement = {}) {
    this.#options = parseMfOptions(options);
    this.#placement = { workers, engine, profile, checkpoint };
  }

  /** DataError for ratings that are none, UsageError for a rank beyond what memory holds. */
  async fit(ratings: RatingInput, { test, warmStart, ...observer }: MfObserver & MfExtras = {}): Promise<FittedMatrixFactorization> {
    const options = this.#options;
    const all = isRatings(ratings) ? ratings : ratingsFrom(ratings, { duplicates: 'last' });
    const known = { users: spanOf(all.userOf), items: spanOf(all.itemOf) };
    const sets = setsOf(all, test === undefined ? null : testRatings(test, all), options);
    const planned = await plannedFit(this.#placement.checkpoint, observer, () => Promise.resolve({ model: 'mf', options, data: digestOf(sets) }));
    const warm = await startOf(warmStart, options, sets.train);
    const use = async (session: Session) => {
      assertFits(demandOf(sets, options), roomOf(session.members, 0));
      const cluster = planned.cluster(session, mfShards(sets.train.count, sets.train.users.count, options));
      const fit = await fitMf(cluster, sets, options, planned.observer, warm);
      await cluster.conclude();
      return new FittedMatrixFactorization(await MfModel.from(trainedModel(cluster, sets, options, fit, known)), fit);
    };
    try {
      return await withSession(this.#placement, use, planned.plan);
    } finally {
      await warm?.close();
    }
  }
}

/** A trained factorization in memory. */
export class FittedMatrixFactorization {
  constructor(
    readonly model: MfModel,
    /** How it was trained; null for a model that was loaded. */
    readonly training: Omit<MfFit, 'layout'> | null,
  ) {}

  /** Errors sweep by sweep; none for a model that was loaded. */
  get history(): readonly SweepReport[] {
    return this.training?.history ?? [];
  }

  /** The report of the factors that were kept; null for a model that was loaded. */
  get best(): SweepReport | null {
    return this.training?.best ?? null;
  }

  /** Predicted ratings of pairs; `model.predict` also tells how many ids were not known. */
  predict(pairs: PairInput): Float64Array {
    return this.model.predict(pairs).values;
  }

  recommend(user: Id, options?: RecommendOptions): RankedItem[] {
    return this.model.recommend(user, options);
  }

  similarItems(item: Id, top?: number): RankedItem[] {
    return this.model.similarItems(item, top);
  }

  foldIn(ratings: Iterable<ItemRating>): FoldedUser {
    return this.model.foldIn(ratings);
  }

  /** Writes the model's folder, beside its place first and then renamed. */
  async save(folder: string, { overwrite = false } = {}): Promise<void> {
    await writeFolder(folder, { overwrite }, (temporary) => writeMfModel(temporary, this.model));
  }

  /** DataError that names the file and what is wrong with it. */
  static async load(folder: string): Promise<FittedMatrixFactorization> {
    return new FittedMatrixFactorization(await MfModel.load(folder), null);
  }
}

function digestOf({ train, validation, test }: RatingSets): string {
  return new DataDigest().addRatings(train).addRatings(validation).addRatings(test).value;
}

function isRatings(input: RatingInput): input is Ratings {
  return 'userOf' in input;
}

/** Indices up to the largest: ids behind it came with test data. */
function spanOf(indices: Uint32Array): number {
  return indices.reduce((span, index) => Math.max(span, index + 1), 0);
}

function testRatings(test: RatingInput, { users, items }: Ratings): Ratings {
  if (!isRatings(test)) return ratingsFrom(test, { duplicates: 'last', users, items });
  if (test.users === users && test.items === items) return test;
  throw new UsageError('MatrixFactorization: test: its ids are not those of the training ratings: read it with { users: ratings.users, items: ratings.items }');
}

async function startOf(warmStart: MfModel | string | undefined, options: MfOptions, train: Ratings): Promise<SavedStart | null> {
  if (warmStart === undefined) return null;
  if (typeof warmStart === 'string') return openWarmStart(warmStart, options, train);
  return { ...warmStartFrom(warmStart, options, train), close: () => Promise.resolve() };
}
