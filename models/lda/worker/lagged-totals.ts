/**
 * The topics' counts as shards see them that hear of each other with a lag: the truth of `lag` rounds ago and what they changed
 * themselves since. In: the truth and own changes, round by round. Out: the views.
 */
import type { Engine } from '../../../src/engine/engine.js';
import { holdBytes } from '../../worker-memory.js';
import type { LdaShardDescription } from '../operations.js';

export class LaggedTotals {
  readonly #lag: number;
  /** The truth after each of the last lag + 1 rounds, and what each shard changed in each of the last lag. */
  readonly #truths: readonly Float64Array[];
  readonly #changes: readonly (readonly Float64Array[])[];
  #rounds = 0;

  constructor(engine: Engine, { lag, topics }: LdaShardDescription, shards: number) {
    this.#lag = lag;
    this.#truths = Array.from({ length: lag + 1 }, () => new Float64Array(topics));
    this.#changes = Array.from({ length: lag }, () => Array.from({ length: shards }, () => new Float64Array(topics)));
    holdBytes(engine, [...this.#truths, ...this.#changes.flat()]);
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
