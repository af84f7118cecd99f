/** Held-out parts of ratings, chosen by the seed or by time. In: ratings. Out: those to train on and those to judge by. */
import type { Ratings } from '../../src/data/ratings.js';
import { splitLastPerUser, splitRandom, type Split } from '../../src/data/split.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { randomUnit, seedOfPart } from '../../src/schedule/random.js';
import type { RatingSets } from './distribute.js';
import type { MfOptions } from './options.js';

/** Parts of the seed, so that a random test set and the validation are drawn independently. */
const TEST_PART = 1;
const VALIDATION_PART = 2;

/** Which ratings are for the test: a part of all of them, drawn by the seed, or each user's last. */
export type TestSplit = { readonly testFraction: number; readonly seed?: number } | { readonly lastPerUser: true };

/**
 * Ratings to train on and ratings to test with, over the same ids: round(testFraction × count) of them are drawn, or each user's
 * last by time is taken, where times are equal or not known the last in order; a user's only rating stays. The same seed gives
 * the test set of the command. DataError for a fraction that is not between 0 and 1.
 */
export function splitRatings(ratings: Ratings, how: TestSplit): Split {
  return 'lastPerUser' in how ? splitLastPerUser(ratings) : drawn(ratings, how.testFraction, how.seed ?? 0, TEST_PART);
}

function drawn(ratings: Ratings, fraction: number, seed: number, part: number): Split {
  const key = seedOfPart(seed, part);
  return splitRandom(ratings, fraction, (position) => randomUnit(key, 0, position));
}

/** The sets of a training, its validation among them where the options ask for one. UsageError where a part would be empty. */
export function setsOf(ratings: Ratings, test: Ratings | null, { validationFraction, seed }: MfOptions): RatingSets {
  if (validationFraction === undefined) return { train: ratings, validation: null, test };
  const { train, test: validation } = drawn(ratings, validationFraction, seed, VALIDATION_PART);
  if (train.count > 0 && validation.count > 0) return { train, validation, test };
  throw new UsageError(`MatrixFactorization: validationFraction: ${validationFraction} of ${ratings.count} ratings leaves ${train.count} to train on and ${validation.count} to validate with, expected at least one of each: give more ratings, or change the fraction`);
}
