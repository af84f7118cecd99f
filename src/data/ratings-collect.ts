/**
 * What all sources of ratings have in common. In: checked ratings by index, and the ids that the source adds to. Out: Ratings,
 * with repeated pairs settled.
 */
import type { DataError } from './dataset.js';
import { Ids } from './ids.js';
import { quoted } from './number.js';
import type { RatingOptions, Ratings } from './ratings.js';
import { settleDuplicates } from './ratings-duplicates.js';
import { RatingStore } from './ratings-store.js';

/** How a source words what is found only once all is read; positions count from 0. */
export interface Complaints {
  /** User and item of positions `earlier` and `later` are the same. */
  repeated(earlier: number, later: number, pair: string): DataError;
  /** The ratings of a pair add up to what float32 can't hold. */
  overflow(pair: string): DataError;
}

export class RatingCollector {
  readonly users: Ids;
  readonly items: Ids;
  readonly #store: RatingStore;

  constructor(
    private readonly options: RatingOptions,
    withTimes: boolean,
  ) {
    this.users = options.users ?? new Ids();
    this.items = options.items ?? new Ids();
    this.#store = new RatingStore(withTimes);
  }

  get count(): number {
    return this.#store.count;
  }

  append(user: number, item: number, value: number, time: number): void {
    this.#store.append(user, item, value, time);
  }

  finish(complaints: Complaints): Ratings {
    const { users, items } = this;
    const store = this.#store;
    const pairAt = (position: number): string => `user ${quoted(users.of(store.userAt(position)))} and item ${quoted(items.of(store.itemAt(position)))}`;
    settleDuplicates(store, {
      duplicates: this.options.duplicates,
      users: users.count,
      items: items.count,
      refuse: (earlier, later) => complaints.repeated(earlier, later, pairAt(later)),
      overflow: (position) => complaints.overflow(pairAt(position)),
    });
    const duplicates = store.dropped;
    const arrays = store.take();
    return { users, items, count: arrays.values.length, ...arrays, duplicates };
  }
}
