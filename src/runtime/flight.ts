/**
 * Tasks in flight. In: tasks as they are sent, chunks and ends of their pushes as they come. Out: each task's sums once every shard has
 * pushed it. What workers had pushed is forgotten when they are brought back to an earlier point; who waits for sums waits on.
 */
import type { Chunk, Sums, Task } from '../program.js';
import { Combiner } from './combine.js';
import { Signal } from './signal.js';

/** A task that every shard has pushed. */
export interface Landed {
  readonly id: number;
  readonly task: Task;
  readonly sums: Sums[];
}

interface Flying {
  readonly task: Task;
  readonly sums: Signal<Sums[]>;
  combiner: Combiner;
  sentAt: number;
}

export class Flight {
  readonly #shards: number;
  readonly #open = new Map<number, Flying>();
  /** Tasks that were pushed by all once, and are pushed again. */
  readonly #again = new Map<number, Combiner>();
  #pushed = 0;
  #landed = 0;
  #changed = new Signal();

  constructor(shards: number) {
    this.#shards = shards;
  }

  /** Every task up to this number has been pushed by all, by the workers as they are now. */
  get pushed(): number {
    return this.#pushed;
  }

  /** The sums of every task up to this number were given to who waited for them. */
  get landed(): number {
    return this.#landed;
  }

  /** Nobody waits for sums. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Resolves when a task has landed, or something else has happened that is to be looked at. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  /** Wakes whoever waits for a change. */
  wake(): void {
    const { resolve } = this.#changed;
    this.#changed = new Signal();
    resolve();
  }

  /** A task is about to be sent; its sums. */
  begin(id: number, task: Task): Promise<Sums[]> {
    const sums = new Signal<Sums[]>();
    this.#open.set(id, { task, sums, combiner: new Combiner(this.#shards), sentAt: performance.now() });
    return sums.promise;
  }

  /** Workers are where they were when `task` tasks had been sent. */
  rewind(task: number): void {
    this.#pushed = task;
    this.#again.clear();
    for (const flying of this.#open.values()) flying.combiner = new Combiner(this.#shards);
  }

  /** A task is about to be sent again. */
  repeat(id: number): void {
    const flying = this.#open.get(id);
    if (flying) flying.sentAt = performance.now();
    else this.#again.set(id, new Combiner(this.#shards));
  }

  /** Takes a chunk of a shard; one of a shard that has pushed the task already is the same again. */
  add(id: number, shard: number, chunk: Chunk): void {
    const combiner = this.#combiner(id);
    if (combiner && !combiner.hasFinished(shard)) combiner.add(shard, chunk);
  }

  /** These shards have pushed the task, some of them perhaps before. What has landed herewith, unless it had before. */
  finish(id: number, shards: readonly number[]): Landed | null {
    const combiner = this.#combiner(id);
    if (!combiner) return null;
    for (const shard of shards) if (!combiner.hasFinished(shard)) combiner.finish(shard);
    if (!combiner.complete) return null;
    this.#pushed = id;
    this.#again.delete(id);
    const flying = this.#open.get(id);
    if (!flying) {
      this.wake();
      return null;
    }
    return { id, task: flying.task, sums: combiner.sums() };
  }

  /** Gives the sums to who waits for them. */
  land({ id, sums }: Landed): void {
    const flying = this.#open.get(id)!;
    this.#open.delete(id);
    this.#landed = id;
    flying.sums.resolve(sums);
    this.wake();
  }

  /** When the first task after `id` that is in flight was sent, ms; null when none is. */
  sentAfter(id: number): number | null {
    for (const [open, { sentAt }] of this.#open) if (open > id) return sentAt;
    return null;
  }

  /** When it was sent, ms; null when it has landed. */
  sentAt(id: number): number | null {
    return this.#open.get(id)?.sentAt ?? null;
  }

  fail(error: Error): void {
    for (const { sums } of this.#open.values()) sums.reject(error);
    this.#open.clear();
    this.wake();
  }

  #combiner(id: number): Combiner | undefined {
    return this.#open.get(id)?.combiner ?? this.#again.get(id);
  }
}
