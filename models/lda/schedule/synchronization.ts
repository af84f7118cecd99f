/**
 * The topics' counts, which all shards share. In: what each shard changed in a sub-round. Out: the counts as they have become, and the
 * s-error: how far the shards' own views were from the truth just before they were synchronized (Lee et al. 2014, section 4),
 * 1/(P·M) Σ_p ‖s_p - s‖₁ for P shards and M tokens.
 */
import type { Commit, SchedulerState, Sums } from '../../../src/program.js';

export class Synchronization {
  /** Tokens of each topic. */
  readonly totals: Float64Array;
  readonly #shards: number;
  readonly #tokens: number;
  readonly #lag: number;
  /** By round, for the last lag + 1: what each shard changed. */
  #recent: (readonly Float64Array[])[] = [];
  #errors = 0;
  #rounds = 0;

  /** `lag`: rounds by which the shards' views of each other are late. */
  constructor(topics: number, shards: number, tokens: number, lag: number) {
    this.totals = new Float64Array(topics);
    this.#shards = shards;
    this.#tokens = tokens;
    this.#lag = lag;
  }

  /** Changes of shard p on channel p; none where no shard had something to tell. Returns what every shard has to know from now on. */
  take(sums: readonly Sums[]): Commit {
    if (sums.length === 0) return { ids: new Uint32Array(0), values: new Float64Array(0) };
    const all = new Float64Array(this.totals.length);
    for (const { values } of sums) add(all, values);
    this.#recent.push(sums.map(({ values }) => values));
    if (this.#recent.length > this.#lag + 1) this.#recent.shift();
    this.#errors += this.#errorNow();
    this.#rounds++;
    const changed: number[] = [];
    for (let k = 0; k < all.length; k++) {
      if (all[k] === 0) continue;
      this.totals[k] += all[k];
      changed.push(k);
    }
    return { ids: Uint32Array.from(changed), values: Float64Array.from(changed, (k) => this.totals[k]) };
  }

  /** Shard p knew its own changes only: what it lacked are those of the others, of this round and of those it has not heard of yet. */
  #errorNow(): number {
    const all = new Float64Array(this.totals.length);
    for (const round of this.#recent) for (const changes of round) add(all, changes);
    let error = 0;
    for (let shard = 0; shard < this.#shards; shard++) {
      const own = new Float64Array(all.length);
      for (const round of this.#recent) add(own, round[shard]);
      for (let k = 0; k < all.length; k++) error += Math.abs(all[k] - own[k]);
    }
    return error / (this.#shards * this.#tokens);
  }

  /** The mean s-error of the sub-rounds since this was asked last. */
  takeError(): number {
    const mean = this.#rounds === 0 ? 0 : this.#errors / this.#rounds;
    this.#errors = 0;
    this.#rounds = 0;
    return mean;
  }

  /** What came before is known to all. */
  settle(): void {
    this.#recent = [];
    this.takeError();
  }

  /** The totals, and the changes of the last rounds one after the other. */
  state(): SchedulerState {
    const recent = this.#recent.flatMap((round) => round.flatMap((changes) => [...changes]));
    return { facts: [this.#errors, this.#rounds], arrays: [this.totals.slice(), Float64Array.from(recent)] };
  }

  resume({ facts, arrays }: SchedulerState): void {
    const [totals, recent] = arrays as readonly Float64Array[];
    const topics = this.totals.length;
    [this.#errors, this.#rounds] = facts as readonly [number, number];
    this.totals.set(totals);
    const changes = (round: number) => Array.from({ length: this.#shards }, (_, shard) => recent.slice(topics * (round * this.#shards + shard), topics * (round * this.#shards + shard + 1)));
    this.#recent = Array.from({ length: recent.length / (topics * this.#shards) }, (_, round) => changes(round));
  }
}

function add(sums: Float64Array, changes: Float64Array): void {
  for (let k = 0; k < sums.length; k++) sums[k] += changes[k];
}
