/**
 * Ratings for strads train mf. In: flags that name files or ask for a split. Out: training, validation and test ratings
 * over the same ids, and what the user should know of them.
 */
import { Option, type Command } from 'commander';
import type { RatingSets } from '../../models/mf/distribute.js';
import type { MfOptions } from '../../models/mf/options.js';
import type { KnownIds } from '../../models/mf/outcome.js';
import { setsOf, splitRatings } from '../../models/mf/split.js';
import { countsOf, DUPLICATES, readRatings, type Duplicates, type Ratings } from '../data/ratings.js';
import type { Split } from '../data/split.js';
import { counted, grouped } from '../report/numbers.js';
import { UsageError } from '../runtime/worker-request.js';
import { namingFlags } from './flag-names.js';
import { belowOne } from './numbers.js';

const SPLITS = ['last-per-user'] as const;

export interface RatingFlags {
  readonly data: string;
  readonly test?: string;
  readonly testFraction?: number;
  readonly split?: (typeof SPLITS)[number];
  readonly duplicates: Duplicates;
}

export function addRatingOptions(command: Command): Command {
  return command
    .optionsGroup('Data:')
    .requiredOption('--data <file>', 'lines of user,item,rating[,timestamp], separated by commas, semicolons, tabs, "::" or blanks, or MatrixMarket, also gzipped; recognized by content')
    .addOption(new Option('--test <file>', 'ratings to report errors on, never trained on').conflicts(['testFraction', 'split']))
    .addOption(new Option('--test-fraction <number>', 'hold out this part of --data, chosen at random by --seed, as the test set').argParser(belowOne).conflicts('split'))
    .addOption(new Option('--split <how>', "hold out each user's last rating by time, or in the file where it has no times, as the test set").choices(SPLITS))
    .addOption(new Option('--duplicates <what>', 'ratings of the same user and item: the last one counts, they are refused, or added up').choices(DUPLICATES).default('last'));
}

export interface RatingData {
  readonly sets: RatingSets;
  /** Ids that --data has; those that only --test has lie behind them. */
  readonly known: KnownIds;
  /** Test ratings whose user or item has no training rating. */
  readonly unseen: number;
}

/** Throws DataError for what is no rating, UsageError for a split that leaves a set empty. */
export async function readRatingData(flags: RatingFlags, options: MfOptions, notice: (sentence: string) => void): Promise<RatingData> {
  const { data, duplicates, split } = flags;
  const ratings = await readRatings(data, { duplicates, times: split !== undefined });
  const known = { users: ratings.users.count, items: ratings.items.count };
  notice(`${data}: ${ratings.format}, ${grouped(known.users)} users × ${grouped(known.items)} items, ${countOf(ratings, duplicates)}`);
  if (split !== undefined && ratings.times === null) notice(`${data}: there are no times, so the last rating of each user in the order of the file is held out`);
  const { rest, held } = await splitTest(ratings, flags, options.seed);
  const sets = namingFlags(() => setsOf(rest, held, options));
  const { train, validation, test } = sets;
  const unseen = test === null ? 0 : countUnseen(train, test);
  if (test) notice(`${flags.test ?? 'test'}: ${countOf(test, duplicates)}${unseen === 0 ? '' : `, ${grouped(unseen)} of them with a user or item that has no training rating`}`);
  if (validation) notice(`validation: ${counted(validation.count, 'rating')}; ${grouped(train.count)} are left to train on`);
  return { sets, known, unseen };
}

function countOf({ count, duplicates: repeated }: Ratings, duplicates: Duplicates): string {
  const ratings = counted(count, 'rating');
  if (repeated === 0) return ratings;
  return `${ratings} (${counted(repeated, 'duplicate')} ${duplicates === 'sum' ? 'added up' : 'dropped: the last one of a user and item counts'})`;
}

/** Ratings that are not for the test, and the test set. */
interface Parts {
  readonly rest: Ratings;
  readonly held: Ratings | null;
}

async function splitTest(ratings: Ratings, { test, testFraction, split, duplicates }: RatingFlags, seed: number): Promise<Parts> {
  if (test !== undefined) return { rest: ratings, held: await readRatings(test, { duplicates, users: ratings.users, items: ratings.items }) };
  if (testFraction !== undefined) return bothOf(splitRatings(ratings, { testFraction, seed }), `--test-fraction ${testFraction}`);
  if (split !== undefined) return bothOf(splitRatings(ratings, { lastPerUser: true }), `--split ${split}`);
  return { rest: ratings, held: null };
}

/** UsageError where one of the two is empty. */
function bothOf({ train: rest, test: held }: Split, flag: string): Parts {
  const whole = counted(rest.count + held.count, 'rating');
  if (held.count === 0) throw new UsageError(`${flag}: holds out none of ${whole}; give more data, or leave it out`);
  if (rest.count === 0) throw new UsageError(`${flag}: holds out all of ${whole}, so that none is left to train on; give a smaller part, or more data`);
  return { rest, held };
}

function countUnseen(train: Ratings, { userOf, itemOf, count }: Ratings): number {
  const { byUser, byItem } = countsOf(train);
  let unseen = 0;
  for (let p = 0; p < count; p++) if (byUser[userOf[p]] === 0 || byItem[itemOf[p]] === 0) unseen++;
  return unseen;
}
