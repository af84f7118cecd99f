/**
 * Workers brought to a point of the run. In: where shards are placed, the last snapshot, what was sent since. Out: every shard open where it is
 * placed, in the state of the snapshot, and told everything since. Each step ends early when `isVoid` says that all was for nothing.
 */
import type { Flight } from './flight.js';
import type { Hosting } from './hosting.js';
import { dispatch } from './dispatch.js';
import { introduce } from './introductions.js';
import type { Loading } from './loading.js';
import { aside, frame, jsonFrame, Verb } from './protocol.js';
import type { Sent } from './sent-log.js';
import { Signal } from './signal.js';
import { restoreBlockFrame, type Rollback } from './snapshot-frames.js';
import type { SnapshotKeeper } from './snapshot-keeper.js';

/** What is brought back. */
export interface Machinery {
  readonly hosting: Hosting;
  readonly flight: Flight;
  readonly loading: Loading;
}

type IsVoid = () => boolean;

export class Rewind {
  /** How often the workers were brought to a point. */
  attempt = 0;
  readonly #machinery: Machinery;
  readonly #keeper: Pick<SnapshotKeeper, 'blocksOf'>;
  #restoring: { readonly shards: Set<number>; readonly done: Signal } | null = null;

  constructor(machinery: Machinery, keeper: Pick<SnapshotKeeper, 'blocksOf'>) {
    this.#machinery = machinery;
    this.#keeper = keeper;
  }

  /** What comes from now on belongs to a new attempt. Shards that are where they belong stay open, or are opened anew where there is no snapshot to go back to. */
  begin(keepsOpen: boolean): void {
    this.attempt++;
    for (const seat of this.#machinery.hosting.present) {
      if (!keepsOpen) seat.open.clear();
      const rollback: Rollback = { keep: [...seat.open] };
      seat.member.link.send(jsonFrame(Verb.Rollback, aside(this.attempt), rollback));
    }
  }

  /** Opens shards that are not open where they are placed; every worker learns who hosts what. */
  async open(): Promise<void> {
    const { hosting, loading } = this.#machinery;
    introduce(hosting.present, this.attempt);
    const closed = hosting.present.flatMap((seat) => seat.shards.filter((shard) => !seat.open.has(shard)).map((shard) => [shard, seat] as const));
    await loading.bring(new Map(closed), this.attempt);
  }

  /** Brings these shards to the last snapshot. */
  async restore(shards: readonly number[], isVoid: IsVoid): Promise<void> {
    if (shards.length === 0) return;
    const restoring = { shards: new Set(shards), done: new Signal() };
    this.#restoring = restoring;
    for (const shard of shards) {
      const { link } = this.#machinery.hosting.hostOf(shard)!.member;
      for await (const bytes of this.#keeper.blocksOf(shard)) {
        if (isVoid()) return;
        link.send(restoreBlockFrame(shard, bytes, this.attempt));
        await link.drained();
      }
      link.send(frame(Verb.RestoreEnd, aside(this.attempt, shard), []));
    }
    if (!isVoid()) await restoring.done.promise;
  }

  /** A worker says that a shard is in its state. */
  restored(shard: number): void {
    this.#restoring?.shards.delete(shard);
    if (this.#restoring?.shards.size === 0) this.#restoring.done.resolve();
  }

  /** Nothing more is waited for. */
  giveUp(): void {
    this.#restoring?.done.resolve();
    this.#machinery.flight.wake();
  }

  /** Sends these tasks once more, each when those are pushed that were before. Resolves when all are pushed whose sums the scheduler has: it relies on that. */
  async sendAgain(entries: Iterable<Sent>, isVoid: IsVoid): Promise<void> {
    const { flight, hosting } = this.#machinery;
    for (const { id, round, task, commits, after } of entries) {
      await this.#untilPushed(after, isVoid);
      if (isVoid()) return;
      flight.repeat(id);
      dispatch(hosting.present, { round, task: id, attempt: this.attempt }, task, commits);
      for (const { member } of hosting.present) await member.link.drained();
    }
    await this.#untilPushed(flight.landed, isVoid);
  }

  async #untilPushed(task: number, isVoid: IsVoid): Promise<void> {
    const { flight } = this.#machinery;
    while (flight.pushed < task && !isVoid()) await flight.changed();
  }
}
