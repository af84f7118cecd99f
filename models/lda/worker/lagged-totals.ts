/**
 * The topics' counts as shards see them that hear of each other with a lag: the truth of `lag` rounds ago and what they changed
 * themselves since. In: the truth and own changes, round by round. Out: the views.
 */
import type { LdaShardDescription } from '../operations.js';
import { Saved, type SavedItem } from './saved.js';
import type { Place } from './tables.js';

export class LaggedTotals {
  readonly #lag: number;
  /** The truth after each of the last lag + 1 rounds, and what each shard changed in each of the last lag. */
  readonly #truths: readonly Float64Array<ArrayBuffer>[];
  readonly #changes: readonly (readonly Float64Array<ArrayBuffer>[])[];
  #rounds = 0;

  constructor({ lag, topics }: LdaShardDescription, shards: number) {
    this.#lag = lag;
    this.#truths = Array.from({ length: lag + 1 }, () => new Float64Array(topics));
    this.#changes = Array.from({ length: lag }, () => Array.from({ length: shards }, () => new Float64Array(topics)));
  }

  get hostArrays(): readonly Float64Array[] {
    return [...this.#truths, ...this.#changes.flat()];
  }

  /** What the shard changed, and what all shards know. */
  *saved({ row }: Place): Generator<SavedItem> {
    yield { kind: Saved.Rounds, ids: [], arrays: [Uint32Array.of(this.#rounds)] };
    for (const [at, truth] of this.#truths.entries()) yield { kind: Saved.Truth, ids: [at], arrays: [truth] };
    for (const [at, byShard] of this.#changes.entries()) yield { kind: Saved.Changes, ids: [at], arrays: [byShard[row]] };
  }

  resume({ row }: Place, { kind, ids: [at], arrays: [data] }: SavedItem): void {
    if (kind === Saved.Rounds) this.#rounds = data[0];
    else if (kind === Saved.Truth) this.#truths[at].set(data);
    else this.#changes[at][row].set(data);
  }

  /** Before a round. `views`: by shard, written. */
  look(truth: Float64Array, views: readonly Float64Array[]): void {
    this.#truths[this.#rounds % (this.#lag + 1)].set(truth);
    const since = Math.max(0, this.#rounds - this.#lag);
    const old = this.#truths[since % (this.#lag + 1)];
    for (const [shard, view] of views.entries()) {
      view.set(old);
      for (let round = since; round < this.#rounds; round++) {
        const own = this.#changes[round % this.#lag][shard];
        for (let k = 0; k < view.length; k++) view[k] += own[k];
      }
    }
  }

  /** After it: what each shard changed. */
  changed(byShard: readonly Float64Array[]): void {
    const kept = this.#changes[this.#rounds++ % this.#lag];
    for (const [shard, changes] of byShard.entries()) kept[shard].set(changes);
  }
}
