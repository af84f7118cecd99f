/** Held-out parts of ratings: chosen by chance, keyed by the seed. In: ratings. Out: those to train on and those to judge by. */
import { DataError } from '../../src/data/dataset.js';
import type { Ratings } from '../../src/data/ratings.js';
import { splitRandom } from '../../src/data/split.js';
import { randomUnit, seedOfPart } from '../../src/schedule/random.js';
import type { RatingSets } from './distribute.js';
import type { MfOptions } from './options.js';

/** Parts of the seed, so that a random test set and the validation are drawn independently. */
export const TEST_PART = 1;
const VALIDATION_PART = 2;

/** Draws round(fraction × count) ratings by part `part` of the seed. DataError for a fraction that is not between 0 and 1. */
export function holdOut(ratings: Ratings, fraction: number, seed: number, part: number): { readonly rest: Ratings; readonly held: Ratings } {
  const key = seedOfPart(seed, part);
  const { train, test } = splitRandom(ratings, fraction, (position) => randomUnit(key, 0, position));
  return { rest: train, held: test };
}

/** The sets of a training, its validation among them where the options ask for one. DataError where a part would be empty. */
export function setsOf(ratings: Ratings, test: Ratings | null, { validationFraction, seed }: MfOptions): RatingSets {
  if (validationFraction === undefined) return { train: ratings, validation: null, test };
  const { rest, held } = holdOut(ratings, validationFraction, seed, VALIDATION_PART);
  if (rest.count > 0 && held.count > 0) return { train: rest, validation: held, test };
  throw new DataError(`a validation fraction of ${validationFraction} of ${ratings.count} ratings leaves ${rest.count} to train on and ${held.count} to validate with, expected at least one of each. Give more ratings, or change the fraction`);
}
