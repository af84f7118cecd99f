/**
 * When snapshots are taken, and where they go: to the folder that the user named, as checkpoints, or to one that the run makes for itself and
 * removes at its end. In: points at which one could be taken. Out: one when it is due, which is at the latest every so often, and more often for as
 * long as that costs next to nothing: the younger a snapshot, the less has to be done again.
 */
import { rm } from 'node:fs/promises';
import type { BlockRef } from '../checkpoint/blocks.js';
import { Checkpoints } from '../checkpoint/checkpoints.js';
import { CheckpointError } from '../checkpoint/error.js';
import { openFolderStore } from '../checkpoint/folder-store.js';
import type { Manifest } from '../checkpoint/manifest.js';
import type { Frame } from '../bus/link.js';
import type { CheckpointPlan } from './checkpoint-plan.js';
import { Segment } from './course.js';
import type { Seat } from './seat.js';
import { Snapshots, type CheckpointDetails, type Kept, type Point, type Taken } from './snapshots.js';

export interface KeeperOptions {
  /** Absolute path. */
  readonly folder: string;
  /** What the user asked for; null where the folder is the run's own and goes with it. */
  readonly plan: CheckpointPlan | null;
  readonly notice: (sentence: string) => void;
}

/** Of the run's own snapshots only the last one is of use. */
const OWN = { everySeconds: 30, keep: 1 };
/** The shortest time between two snapshots, ms, and how many times the cost of one. */
const LEAST_MS = 2000;
const COSTS_APART = 100;
/** The part of the time between two, after which the next one is near. */
const NEAR = 0.8;

/** A snapshot that was asked for. */
export interface Asked {
  /** Rejects with CheckpointError or UnsavableError. */
  readonly kept: Promise<Taken>;
}

/** What is known of a snapshot under way. */
interface Begun {
  readonly number: number;
  readonly at: number;
  readonly paused: number;
  readonly finished: boolean;
}

export class SnapshotKeeper {
  readonly #options: KeeperOptions;
  #opened: { readonly snapshots: Snapshots; readonly checkpoints: Checkpoints } | null = null;
  #resumed: Manifest | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #near: () => void = () => undefined;
  #isFinishing = false;
  #isConcluded = false;
  #isDue = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** What the scheduler goes through is kept too. */
  get recordsCourse(): boolean {
    return this.#options.plan !== null;
  }

  /** Time for the next one. */
  get isDue(): boolean {
    return this.#isDue && !this.isClosed;
  }

  /** The checkpoints stay as they are: what the run does now, none that goes on from them will do, or the training is done and its end kept. */
  get isClosed(): boolean {
    return this.#isConcluded || (this.#options.plan?.isStopped?.() ?? false);
  }

  get latest(): Kept | null {
    return this.#opened?.snapshots.latest ?? null;
  }

  /** Opens the folder. What a resumed run went through, as it was kept; null where the run begins. Throws CheckpointError where it can't be had. */
  async open(): Promise<{ segments: readonly Segment<BlockRef>[] } | null> {
    const { folder, plan, notice } = this.#options;
    const store = await openFolderStore(folder, { durable: plan !== null, create: true });
    const checkpoints = await Checkpoints.open(store, { keep: plan?.keep ?? OWN.keep, notice });
    this.#opened = { snapshots: new Snapshots(store, checkpoints), checkpoints };
    if (!plan?.resume) return null;
    const manifest = await checkpoints.latest();
    if (manifest === null) throw new CheckpointError('damaged', `${folder}: holds no checkpoint to go on from: give the folder that --checkpoint named, or train from the beginning`);
    this.#resumed = manifest;
    const { at, finished } = manifest.details as CheckpointDetails;
    plan.observe?.({ kind: 'resumed', number: manifest.number, tasks: manifest.tasks, at, finished });
    const segments: Segment<BlockRef>[] = [];
    for (const ref of manifest.course) segments.push(new Segment(await checkpoints.readBlock(ref), ref));
    return { segments };
  }

  /** The shards of a resumed run are to become what they were; `task` was the last of its tasks. */
  adopt(task: number): void {
    this.#opened!.snapshots.adopt({ manifest: this.#resumed!, task });
  }

  /** The run's shards are open. `near` hears that a snapshot will soon be due: what can be said shortly, should be. */
  start(near: () => void): void {
    this.#near = near;
    this.#wait(0);
  }

  /** One is due, whatever the clock says. */
  hurry(): void {
    this.#isDue ||= !this.#opened!.snapshots.isTaking;
  }

  /** The next one is the last of a training that is done. */
  finishing(): void {
    this.#isFinishing = true;
  }

  /** There is no next one. */
  conclude(): void {
    this.#isConcluded = true;
  }

  /** Asks for a snapshot of this point, and resolves when tasks may follow. One that is under way is given up for it. */
  async begin(point: Omit<Point, 'details'>): Promise<Asked> {
    const { snapshots } = this.#opened!;
    if (this.#timer) clearTimeout(this.#timer);
    this.#isDue = false;
    const { plan } = this.#options;
    const at = performance.now();
    const finished = this.#isFinishing;
    const details: CheckpointDetails = { at: Date.now(), finished, details: plan?.details ?? null };
    if (snapshots.isTaking) await snapshots.abandon(new CheckpointError('storage', 'a later checkpoint took its place'));
    const taking = await snapshots.begin({ ...point, details });
    const begun: Begun = { number: taking.number, at, paused: (performance.now() - at) / 1000, finished };
    const kept = taking.done;
    kept.then(
      (taken) => this.#kept(begun, taken),
      (error: Error) => this.#failed(begun, error),
    );
    return { kept };
  }

  take(seat: Seat, received: Frame): void {
    this.#opened!.snapshots.take(seat, received);
  }

  /** A snapshot under way can't be finished, unless all of it has been told. Resolves when nothing is under way any more. */
  async abandon(why: Error): Promise<void> {
    await this.#opened?.snapshots.abandon(why);
  }

  blocksOf(shard: number): AsyncGenerator<Uint8Array> {
    return this.#opened!.snapshots.blocksOf(shard);
  }

  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.#opened?.snapshots.close();
    if (!this.#options.plan) await rm(this.#options.folder, { recursive: true, force: true });
  }

  #kept({ number, at, paused, finished }: Begun, { bytes, task, ms }: Taken): void {
    const seconds = (performance.now() - at) / 1000;
    this.#options.plan?.observe?.({ kind: 'written', number, tasks: task, bytes, seconds, paused, finished });
    this.#wait(1000 * paused + ms);
  }

  #failed({ number, at }: Begun, error: Error): void {
    this.#options.plan?.observe?.({ kind: 'failed', number, reason: error.message });
    this.#wait(performance.now() - at);
  }

  /** The next one is due in a while, the last having held the run up for `cost` ms. */
  #wait(cost: number): void {
    const every = 1000 * (this.#options.plan?.everySeconds ?? OWN.everySeconds);
    if (every === Infinity) return;
    const ms = Math.min(every, Math.max(LEAST_MS, COSTS_APART * cost));
    this.#timer = setTimeout(() => {
      this.#near();
      this.#timer = setTimeout(() => (this.#isDue = true), (1 - NEAR) * ms).unref();
    }, NEAR * ms).unref();
  }
}
