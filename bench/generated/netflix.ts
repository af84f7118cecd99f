/**
 * Ratings in the shape of the Netflix prize: 480,189 users × 17,770 items, 100 million of them, scalable. In: how many, and a seed. Out:
 * the ratings of a user, a pure function of his number, in memory that does not grow.
 *
 * Skew: the r-th most active user gives, and the r-th most popular item gets, a share ∝ (r + q)^-s (Zipf–Mandelbrot). q and s are such that
 * the largest and the median row relate to the mean as they do in the prize's data: users 84 and .46 times the mean, items 41 and .1 times. As a
 * user rates an item once, 20 million ratings bring the items to 34 and .13 times.
 *
 * Ratings: 3.6 + b_i + c_j + w_i·h_j + noise at rank 8, rounded to 1 … 5. Everything is drawn from triangular distributions; their
 * standard deviations are those of `Deviation`. A hundredth is held out.
 */
import { randomBits } from '../../src/schedule/random.js';
import { cumulativeShares, type Skew } from './shares.js';

export const USERS = 480_189;
export const ITEMS = 17_770;
/** As many as the prize had; beyond, the most active users would have rated everything. */
export const MOST_RATINGS = 100_480_507;
/** Part of the ratings that are held out, each by a draw of its own. */
export const TEST_PART = 0.01;

const RANK = 8;
const MEAN = 3.6;
const Deviation = { user: 0.4, item: 0.4, product: 0.5, noise: 0.7 } as const;

const ACTIVITY: Skew = { q: 351, s: 0.8 };
const POPULARITY: Skew = { q: 400, s: 1.9 };

/** Streams of what is drawn: added to the seed. The stream is the user or item, the counter which draw of his. */
const Seed = { item: 1, noise: 2, test: 3, userBias: 4, itemBias: 5, userFactors: 6, itemFactors: 7 } as const;
/** Seeds apart from each other by more than there are streams. */
const SEED_STEP = 16;

/** Coprime with the counts: rows of similar share are not neighbours. */
const USER_STEP = 100_003;
const ITEM_STEP = 7919;

/** Users with more ratings than this have their items drawn by sorted keys: one draw after another would meet known items too often. */
const MOST_BY_REJECTION = 8000;

/** What a user rated; the arrays are used again for the next. */
export interface UserRatings {
  readonly count: number;
  readonly items: Uint32Array;
  /** 1 … 5, and what the model says before it is rounded: the best anybody could predict. */
  readonly ratings: Uint8Array;
  readonly expected: Float64Array;
  readonly isTest: Uint8Array;
}

export class NetflixRatings {
  readonly #ratings: number;
  readonly #seed: number;
  readonly #activity = cumulativeShares(USERS, ACTIVITY);
  readonly #popularity = new Stretches(cumulativeShares(ITEMS, POPULARITY));
  readonly #itemBiases: Float64Array;
  readonly #itemFactors: Float64Array;
  /** The last visit, from 1, in which an item was drawn. */
  readonly #drawnIn = new Uint32Array(ITEMS);
  #visit = 0;
  readonly #items = new Uint32Array(ITEMS);
  readonly #given = new Uint8Array(ITEMS);
  readonly #expected = new Float64Array(ITEMS);
  readonly #isTest = new Uint8Array(ITEMS);

  /** At most MOST_RATINGS. */
  constructor(ratings: number, seed = 0) {
    if (!(Number.isInteger(ratings) && ratings >= 0 && ratings <= MOST_RATINGS)) throw new RangeError(`${ratings} ratings: expected a whole number up to ${MOST_RATINGS}`);
    this.#ratings = ratings;
    this.#seed = seed * SEED_STEP;
    this.#itemBiases = Float64Array.from({ length: ITEMS }, (_, item) => Deviation.item * this.#triangular(Seed.itemBias, item, 0));
    this.#itemFactors = Float64Array.from({ length: ITEMS * RANK }, (_, at) => FACTOR_DEVIATION * this.#triangular(Seed.itemFactors, Math.floor(at / RANK), at % RANK));
  }

  /** How many ratings a user gives. */
  countOf(user: number): number {
    const place = (user * USER_STEP) % USERS;
    return Math.round(this.#ratings * this.#activity[place + 1]) - Math.round(this.#ratings * this.#activity[place]);
  }

  user(user: number): UserRatings {
    const count = this.countOf(user);
    if (count > MOST_BY_REJECTION) this.#drawByKeys(user, count);
    else this.#drawOneByOne(user, count);
    const own = Float64Array.from({ length: RANK }, (_, k) => FACTOR_DEVIATION * this.#triangular(Seed.userFactors, user, k));
    const level = MEAN + Deviation.user * this.#triangular(Seed.userBias, user, 0);
    for (let k = 0; k < count; k++) {
      const expected = level + this.#tasteOf(own, this.#items[k]);
      const rating = Math.round(expected + Deviation.noise * this.#triangular(Seed.noise, user, k));
      this.#given[k] = Math.min(5, Math.max(1, rating));
      this.#expected[k] = expected;
      this.#isTest[k] = Number(this.#bits(Seed.test, user, k) < TEST_PART * 2 ** 32);
    }
    return { count, items: this.#items, ratings: this.#given, expected: this.#expected, isTest: this.#isTest };
  }

  /** Items in the order of the draw, by popularity, those drawn before passed over. */
  #drawOneByOne(user: number, count: number): void {
    this.#visit++;
    for (let found = 0, draw = 0; found < count; draw++) {
      const item = itemOfRank(this.#popularity.at(this.#bits(Seed.item, user, draw)));
      if (this.#drawnIn[item] === this.#visit) continue;
      this.#drawnIn[item] = this.#visit;
      this.#items[found++] = item;
    }
  }

  /** The same distribution: the smallest of keys -ln(u) / share (Efraimidis and Spirakis, 2006). */
  #drawByKeys(user: number, count: number): void {
    const keys = Float64Array.from({ length: ITEMS }, (_, rank) => -Math.log((this.#bits(Seed.item, user, rank) + 0.5) / 2 ** 32) / this.#popularity.share(rank));
    const ranks = Uint32Array.from({ length: ITEMS }, (_, rank) => rank).sort((a, b) => keys[a] - keys[b]);
    for (let k = 0; k < count; k++) this.#items[k] = itemOfRank(ranks[k]);
  }

  /** c_j + w_i·h_j */
  #tasteOf(own: Float64Array, item: number): number {
    let product = 0;
    for (let k = 0; k < RANK; k++) product += own[k] * this.#itemFactors[item * RANK + k];
    return this.#itemBiases[item] + product;
  }

  #bits(seed: number, stream: number, counter: number): number {
    return randomBits(this.#seed + seed, stream, counter);
  }

  /** The sum of two uniform numbers, with mean 0 and variance 1. */
  #triangular(seed: number, stream: number, counter: number): number {
    const bits = this.#bits(seed, stream, counter);
    return Math.sqrt(6) * ((bits >>> 16) / 2 ** 16 + (bits & 0xffff) / 2 ** 16 - 1);
  }
}

/** Of a factor, on either side: the dot of two rows has the deviation √RANK times its square. */
const FACTOR_DEVIATION = Math.sqrt(Deviation.product / Math.sqrt(RANK));

function itemOfRank(rank: number): number {
  return (rank * ITEM_STEP) % ITEMS;
}

/** Which stretch of the line from 0 to 1 a number falls into. */
class Stretches {
  readonly #ends: Float64Array;
  /** The stretch at the start of each of 2^16 parts of the line: where a search begins. */
  readonly #guide: Uint16Array;

  constructor(ends: Float64Array) {
    this.#ends = ends;
    this.#guide = new Uint16Array(GUIDES + 1);
    for (let part = 0, stretch = 0; part <= GUIDES; part++) {
      while (stretch < ends.length - 2 && ends[stretch + 1] <= part / GUIDES) stretch++;
      this.#guide[part] = stretch;
    }
  }

  share(stretch: number): number {
    return this.#ends[stretch + 1] - this.#ends[stretch];
  }

  /** Of bits / 2^32. */
  at(bits: number): number {
    const unit = bits / 2 ** 32;
    let low = this.#guide[bits >>> 16];
    let high = this.#guide[(bits >>> 16) + 1] + 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle] <= unit) low = middle;
      else high = middle;
    }
    return low;
  }
}

const GUIDES = 2 ** 16;
