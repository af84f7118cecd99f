/**
 * Generated ratings in the shape of the Netflix prize: 480,189 users × 17,770 items, skewed as there, written as CSV without ever
 * being held. In: how many ratings. Out: a training and a test file. A user's lines are a pure function of his number.
 *
 * Skew: the r-th most active user gives, and the r-th most popular item gets, a share ∝ (r + q)^-s (Zipf–Mandelbrot). q and s are such that
 * the largest and the median row relate to the mean as they do in the prize's data: users 84 and .46 times the mean, items 41 and .1 times. As a
 * user rates an item once, 20 million ratings bring the items to 34 and .13 times.
 *
 * Ratings: 3.6 + b_i + c_j + w_i·h_j + noise at rank 8, rounded to 1 … 5. Everything is drawn from triangular distributions; their
 * standard deviations are those of `Deviation`.
 */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { randomBits } from '../src/schedule/random.js';

export const USERS = 480_189;
export const ITEMS = 17_770;
/** Beyond, the most active users would have rated nearly everything. */
export const MOST_RATINGS = 40_000_000;
/** Part of the ratings that are held out, each by a draw of its own. */
export const TEST_PART = 0.01;

const RANK = 8;
const MEAN = 3.6;
const Deviation = { user: 0.4, item: 0.4, product: 0.5, noise: 0.7 } as const;

interface Skew {
  readonly q: number;
  readonly s: number;
}

const ACTIVITY: Skew = { q: 351, s: 0.8 };
const POPULARITY: Skew = { q: 400, s: 1.9 };

/** Seeds of what is drawn. The stream is the user or item, the counter which draw of his. */
const Seed = { item: 1, noise: 2, test: 3, userBias: 4, itemBias: 5, userFactors: 6, itemFactors: 7 } as const;

/** Coprime with the counts: rows of similar share are not neighbours. */
const USER_STEP = 100_003;
const ITEM_STEP = 7919;

export interface Counts {
  readonly train: number;
  readonly test: number;
}

/** Writes both files, with a header. */
export async function writeNetflix(ratings: number, trainFile: string, testFile: string): Promise<Counts> {
  const files = { train: new RatingWriter(trainFile), test: new RatingWriter(testFile) };
  const popularity = cumulativeShares(ITEMS, POPULARITY);
  const activity = cumulativeShares(USERS, ACTIVITY);
  const items = { biases: itemBiases(), factors: itemFactors() };
  const chosenBy = new Uint32Array(ITEMS);
  for (let user = 0; user < USERS; user++) {
    const place = (user * USER_STEP) % USERS;
    const count = Math.round(ratings * activity[place + 1]) - Math.round(ratings * activity[place]);
    const expected = expectationOf(user, items);
    for (let given = 0, draw = 0; given < count; draw++) {
      const item = itemAt(popularity, randomBits(Seed.item, user, draw) / 2 ** 32);
      if (chosenBy[item] === user + 1) continue;
      chosenBy[item] = user + 1;
      const rating = Math.round(expected(item) + Deviation.noise * triangular(Seed.noise, user, given));
      const file = randomBits(Seed.test, user, given) < TEST_PART * 2 ** 32 ? files.test : files.train;
      await file.write(user, item, Math.min(5, Math.max(1, rating)));
      given++;
    }
  }
  return { train: await files.train.end(), test: await files.test.end() };
}

/** 0 and the running sums of the shares of the first 1, 2, … rows; the last is 1. */
function cumulativeShares(count: number, { q, s }: Skew): Float64Array {
  const sums = new Float64Array(count + 1);
  for (let row = 0; row < count; row++) sums[row + 1] = sums[row] + (row + 1 + q) ** -s;
  return sums.map((sum) => sum / sums[count]);
}

/** The item whose stretch of the cumulative shares `unit` falls into. */
function itemAt(cumulative: Float64Array, unit: number): number {
  let low = 0;
  let high = ITEMS;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] <= unit) low = middle;
    else high = middle;
  }
  return (low * ITEM_STEP) % ITEMS;
}

interface ItemEffects {
  readonly biases: Float64Array;
  readonly factors: Float64Array;
}

/** What a user thinks of an item, less the noise. */
function expectationOf(user: number, { biases, factors }: ItemEffects): (item: number) => number {
  const own = Float64Array.from({ length: RANK }, (_, k) => FACTOR_DEVIATION * triangular(Seed.userFactors, user, k));
  const level = MEAN + Deviation.user * triangular(Seed.userBias, user, 0);
  return (item) => {
    let product = 0;
    for (let k = 0; k < RANK; k++) product += own[k] * factors[item * RANK + k];
    return level + biases[item] + product;
  };
}

/** Of a factor, on either side: the dot of two rows has the deviation √RANK times its square. */
const FACTOR_DEVIATION = Math.sqrt(Deviation.product / Math.sqrt(RANK));

function itemBiases(): Float64Array {
  return Float64Array.from({ length: ITEMS }, (_, item) => Deviation.item * triangular(Seed.itemBias, item, 0));
}

function itemFactors(): Float64Array {
  return Float64Array.from({ length: ITEMS * RANK }, (_, at) => FACTOR_DEVIATION * triangular(Seed.itemFactors, Math.floor(at / RANK), at % RANK));
}

/** The sum of two uniform numbers, with mean 0 and variance 1. */
function triangular(seed: number, stream: number, counter: number): number {
  const bits = randomBits(seed, stream, counter);
  return Math.sqrt(6) * ((bits >>> 16) / 2 ** 16 + (bits & 0xffff) / 2 ** 16 - 1);
}

const CHARACTERS_A_WRITE = 2 ** 20;

/** A CSV of ratings, written in pieces. */
class RatingWriter {
  readonly #out: WriteStream;
  #text = 'user,item,rating\n';
  #count = 0;

  constructor(file: string) {
    this.#out = createWriteStream(file);
  }

  /** Ids count from 1. Waits where the disk is behind. */
  write(user: number, item: number, rating: number): Promise<unknown> | undefined {
    this.#text += `${user + 1},${item + 1},${rating}\n`;
    this.#count++;
    return this.#text.length < CHARACTERS_A_WRITE ? undefined : this.#flush();
  }

  /** The number of ratings, once they are in the file. */
  async end(): Promise<number> {
    this.#out.end(this.#text);
    await once(this.#out, 'finish');
    return this.#count;
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (!this.#out.write(text)) await once(this.#out, 'drain');
  }
}
