/**
 * Snapshots of a run's shards, on the scheduler's side. In: the hosts, at a point where no task is in flight, and what they tell from there on.
 * Out: a checkpoint in the store, of the shards and of what the scheduler went through until then, once everything of it is kept; and the last
 * one that is, block by block.
 */
import type { BlockRef } from '../checkpoint/blocks.js';
import type { Checkpoints } from '../checkpoint/checkpoints.js';
import { CheckpointError } from '../checkpoint/error.js';
import type { Manifest } from '../checkpoint/manifest.js';
import { packName, type CheckpointId } from '../checkpoint/names.js';
import { NO_BASE, SnapshotWriter, type SnapshotBase } from '../checkpoint/snapshot-writer.js';
import type { CheckpointStore } from '../checkpoint/store.js';
import type { Frame } from '../bus/link.js';
import type { Segment } from './course.js';
import { aside, jsonFrame, jsonOf, Verb } from './protocol.js';
import type { Seat } from './seat.js';
import { Signal } from './signal.js';
import { blockKeptFrame, isOfSnapshot, savedBlockOf, type SaveAnswer, type SavedBlock, type SaveOrder, type SaveRequest } from './snapshot-frames.js';

/** What every checkpoint says beside its blocks, in JSON. */
export interface CheckpointDetails {
  /** When it was begun: milliseconds since 1970. */
  readonly at: number;
  /** The training was done. */
  readonly finished: boolean;
  /** Of whoever asked for checkpoints (checkpoint-plan.ts). */
  readonly details: unknown;
}

/** A point of a run. */
export interface Point {
  readonly program: string;
  /** The last task sent before it, by its number on the bus. */
  readonly task: number;
  /** Workers were brought back to an earlier point so often before. */
  readonly attempt: number;
  readonly seats: readonly Seat[];
  /** What the scheduler went through; empty where it is not recorded. */
  readonly course: readonly Segment<BlockRef>[];
  readonly details: CheckpointDetails;
}

/** A snapshot that is kept. */
export interface Kept {
  readonly manifest: Manifest;
  /** The last task before it. */
  readonly task: number;
}

/** What a snapshot took. */
export interface Taken extends Kept {
  /** Written for it. */
  readonly bytes: number;
  /** The longest that a worker did nothing else, ms. */
  readonly ms: number;
}

/** A program that has no `save`: there will be no snapshot of this run. */
export class UnsavableError extends Error {
  override readonly name = 'UnsavableError';
}

export class Snapshots {
  readonly #store: CheckpointStore;
  readonly #checkpoints: Checkpoints;
  #latest: Kept | null = null;
  #taking: Taking | null = null;

  constructor(store: CheckpointStore, checkpoints: Checkpoints) {
    this.#store = store;
    this.#checkpoints = checkpoints;
  }

  get latest(): Kept | null {
    return this.#latest;
  }

  get isTaking(): boolean {
    return this.#taking !== null;
  }

  /** A resumed run has come to the point of this one. */
  adopt(kept: Kept): void {
    this.#latest = kept;
  }

  /**
   * Asks every host for its shards' states as they are at this point. Resolves when it was asked; tasks may follow. `done` of what it resolves to
   * settles when the snapshot is kept, or can't be: with CheckpointError when the store fails, UnsavableError when the program can't.
   */
  async begin(point: Point): Promise<Taking> {
    const base = this.#latest?.manifest ?? null;
    const packs = base ? await this.#checkpoints.referable(base) : new Set<string>();
    const taking = new Taking(this.#store, this.#checkpoints, { id: await this.#checkpoints.begin(), base, packs, point });
    this.#taking = taking;
    void taking.done.then(
      (taken) => this.#ended(taking, taken),
      () => this.#ended(taking, null),
    );
    taking.ask();
    return taking;
  }

  #ended(taking: Taking, taken: Taken | null): void {
    if (taken) this.#latest = taken;
    if (this.#taking === taking) this.#taking = null;
  }

  /** Takes a frame of the snapshot under way; one of a snapshot that was given up is void, and its worker hears that others may follow it all the same. */
  take(seat: Seat, received: Frame): void {
    if (received.kind !== Verb.SavedBlock) return this.#taking?.answered(seat, jsonOf<SaveAnswer>(received));
    const saved = savedBlockOf(received);
    const { bytes } = saved;
    const isWanted = this.#taking && isOfSnapshot(received, this.#taking.number);
    const passed = isWanted ? this.#taking!.block(seat, saved) : Promise.resolve();
    if (bytes) void passed.then(() => seat.member.link.send(blockKeptFrame(bytes.length, received.attempt)));
  }

  /** What is under way can't be finished, unless all of it has been told. Resolves when nothing is under way any more. */
  async abandon(why: Error): Promise<void> {
    await this.#taking?.abandon(why);
  }

  /** The blocks of a shard's state in the last snapshot, verified. */
  async *blocksOf(shard: number): AsyncGenerator<Uint8Array> {
    for (const ref of this.#latest!.manifest.shards[shard]!) yield await this.#checkpoints.readBlock(ref);
  }

  async close(): Promise<void> {
    await this.abandon(new CheckpointError('storage', 'the run is over'));
    await this.#checkpoints.close();
  }
}

interface Task {
  readonly id: CheckpointId;
  readonly base: Manifest | null;
  /** Objects that may be referred to. */
  readonly packs: ReadonlySet<string>;
  readonly point: Point;
}

/** A snapshot under way. */
export class Taking {
  readonly #store: CheckpointStore;
  readonly #checkpoints: Checkpoints;
  readonly #task: Task;
  readonly #done = new Signal<Taken>();
  readonly #refs = new Map<number, readonly BlockRef[]>();
  /** Shards whose blocks the scheduler keeps, and what is being done for each, one thing after another. */
  readonly #writers = new Map<number, SnapshotWriter>();
  readonly #work = new Map<number, Promise<void>>();
  readonly #waiting: Set<Seat>;
  readonly #course: Promise<{ refs: BlockRef[]; fresh: Map<Segment<BlockRef>, BlockRef> }>;
  #bytes = 0;
  #ms = 0;
  #failure: Error | null = null;
  /** Everything has been told: what comes of it does not depend on any worker. */
  #isTold = false;
  #discarded: Promise<void> = Promise.resolve();

  constructor(store: CheckpointStore, checkpoints: Checkpoints, task: Task) {
    this.#store = store;
    this.#checkpoints = checkpoints;
    this.#task = task;
    this.#waiting = new Set(task.point.seats.filter(({ shards }) => shards.length > 0));
    this.#course = this.#keepCourse();
    this.#course.catch((error: Error) => this.fail(error));
  }

  get number(): number {
    return this.#task.id.number;
  }

  get done(): Promise<Taken> {
    return this.#done.promise;
  }

  ask(): void {
    const { id, point } = this.#task;
    for (const { member, shards } of this.#waiting) {
      const request: SaveRequest = { number: id.number, shards: shards.map((shard) => this.#order(shard)) };
      member.link.send(jsonFrame(Verb.Save, aside(point.attempt), request), 'now');
    }
  }

  #order(shard: number): SaveOrder {
    const { id, base, packs } = this.#task;
    const blocks = base?.shards[shard] ?? [];
    return { shard, pack: packName(id, `shard-${shard}`), base: blocks, packs: [...new Set(blocks.map(({ pack }) => pack))].filter((pack) => packs.has(pack)) };
  }

  /** Resolves when the bytes are free again. */
  block(seat: Seat, { shard, bytes }: SavedBlock): Promise<void> {
    if (!seat.shards.includes(shard)) throw new RangeError(`a block of shard ${shard}, which is not one it hosts`);
    return this.#then(shard, async () => {
      const writer = this.#writerOf(shard);
      if (bytes) await writer.append(bytes);
      else writer.repeat();
    });
  }

  answered(seat: Seat, { number, refusal, failure, kept, ms = 0 }: SaveAnswer): void {
    if (number !== this.number || !this.#waiting.delete(seat)) return;
    this.#ms = Math.max(this.#ms, ms);
    if (refusal !== undefined) return this.fail(new UnsavableError(refusal));
    if (failure !== undefined) return this.fail(new CheckpointError('storage', failure));
    for (const [shard, refs] of kept ?? []) this.#keptThere(seat, shard, refs);
    for (const shard of seat.shards) {
      void this.#then(shard, async () => {
        if (this.#refs.has(shard)) return;
        const writer = this.#writerOf(shard);
        this.#refs.set(shard, await writer.finish());
        this.#bytes += writer.writtenBytes;
      });
    }
    if (this.#waiting.size > 0) return;
    this.#isTold = true;
    void this.#commit();
  }

  /** Resolves when it is kept, or nothing of it is left. */
  async abandon(why: Error): Promise<void> {
    if (!this.#isTold) this.fail(why);
    await this.#done.promise.catch(() => undefined);
    await this.#discarded;
  }

  #keptThere(seat: Seat, shard: number, refs: readonly BlockRef[]): void {
    if (!seat.shards.includes(shard)) throw new RangeError(`it kept shard ${shard}, which is not one it hosts`);
    this.#refs.set(shard, refs);
    const { pack } = this.#order(shard);
    this.#bytes += refs.reduce((sum, ref) => sum + (ref.pack === pack ? ref.bytes : 0), 0);
  }

  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#done.reject(error);
    this.#discarded = this.#discard();
  }

  /** Nothing of it stays but what a worker of ours may still be writing, which the next checkpoint removes. */
  async #discard(): Promise<void> {
    await Promise.allSettled(this.#work.values());
    for (const writer of this.#writers.values()) await writer.abandon().catch(() => undefined);
    await this.#checkpoints.abandon(this.#task.id).catch(() => undefined);
  }

  #writerOf(shard: number): SnapshotWriter {
    const { pack, base, packs } = this.#order(shard);
    const writer = this.#writers.get(shard) ?? new SnapshotWriter(this.#store, pack, { blocks: base, packs: new Set(packs) });
    this.#writers.set(shard, writer);
    return writer;
  }

  /** Does one more thing for a shard, after what is being done for it. Resolves when it is done, or can't be. */
  #then(shard: number, step: () => Promise<void>): Promise<void> {
    const before = this.#work.get(shard) ?? Promise.resolve();
    const after = before.then(async () => {
      if (!this.#failure) await step();
    });
    this.#work.set(shard, after);
    return after.catch((error: Error) => this.fail(error));
  }

  async #commit(): Promise<void> {
    const { id, point } = this.#task;
    try {
      await Promise.all(this.#work.values());
      const { refs: course, fresh } = await this.#course;
      if (this.#failure) return;
      const shards = Array.from({ length: this.#refs.size }, (_, shard) => this.#refs.get(shard)!);
      const manifest: Manifest = { format: 1, ...id, program: point.program, shards, course, tasks: point.task, details: point.details };
      await this.#checkpoints.commit(manifest);
      for (const [segment, ref] of fresh) segment.keep(ref);
      this.#done.resolve({ manifest, task: point.task, bytes: this.#bytes, ms: this.#ms });
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** Writes the segments that are not kept yet, and those whose object is to be given up. */
  async #keepCourse(): Promise<{ refs: BlockRef[]; fresh: Map<Segment<BlockRef>, BlockRef> }> {
    const { id, packs, point } = this.#task;
    const writer = new SnapshotWriter(this.#store, packName(id, 'course'), NO_BASE as SnapshotBase);
    const stale: Segment<BlockRef>[] = [];
    for (const segment of point.course) {
      if (segment.ref && packs.has(segment.ref.pack)) continue;
      await writer.append(segment.content ?? (await this.#checkpoints.readBlock(segment.ref!)));
      stale.push(segment);
    }
    const written = await writer.finish();
    this.#bytes += writer.writtenBytes;
    const fresh = new Map(stale.map((segment, i) => [segment, written[i]!]));
    return { refs: point.course.map((segment) => fresh.get(segment) ?? segment.ref!), fresh };
  }
}
