/**
 * The worker's loop: takes in shards, applies commits, pushes for tasks, in the order the frames come.
 * It runs in a Node process or a browser and imports nothing from `node:`.
 */
import type { Frame, Link, LinkClosed } from '../bus/link.js';
import { DuplicateEntryError } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { ShardHeader, ShardPart, WorkerProgram } from '../program.js';
import { commitOf, frame, jsonFrame, jsonOf, partialFrame, taskOf, Verb, type Failure } from './protocol.js';

/** Serves a scheduler until the link ends, and tells how it ended. An error of the program goes to the scheduler first. */
export function serve(link: Link, engine: Engine, programs: ReadonlyMap<string, WorkerProgram>): Promise<LinkClosed> {
  return new Promise((resolve) => {
    const desk = new Desk(link, engine, programs);
    link.onClose = resolve;
    link.onFrame = (received) => desk.take(received);
  });
}

/** One shard on its way in. */
interface Intake {
  push(part: ShardPart | null): void;
}

class Desk {
  readonly #link: Link;
  readonly #engine: Engine;
  readonly #programs: ReadonlyMap<string, WorkerProgram>;
  #program: WorkerProgram | null = null;
  readonly #shards = new Map<number, unknown>();
  readonly #intakes = new Map<number, Intake>();
  readonly #queue: Frame[] = [];
  #busy = false;
  #failed = false;

  constructor(link: Link, engine: Engine, programs: ReadonlyMap<string, WorkerProgram>) {
    this.#link = link;
    this.#engine = engine;
    this.#programs = programs;
  }

  take(received: Frame): void {
    this.#queue.push(received);
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next && !this.#failed; next = this.#queue.shift()) await this.#handle(next);
    } catch (error) {
      this.#fail(error, this.#link);
    }
    this.#busy = false;
  }

  #fail(error: unknown, link: Link): void {
    if (this.#failed) return;
    this.#failed = true;
    link.send(jsonFrame(Verb.Failed, { round: 0, task: 0 }, failureOf(error)));
  }

  async #handle(received: Frame): Promise<void> {
    switch (received.kind) {
      case Verb.Program:
        this.#program = this.#programNamed(jsonOf<{ program: string }>(received).program);
        return;
      case Verb.ShardOpen:
        this.#openShard(jsonOf<ShardHeader>(received));
        return;
      case Verb.ShardPart:
        this.#intakes.get(received.shard)?.push(received.segments as ShardPart);
        return;
      case Verb.ShardEnd:
        this.#intakes.get(received.shard)?.push(null);
        return;
      case Verb.Commit:
        this.#program!.apply(this.#engine, commitOf(received), this.#shards);
        return;
      case Verb.Task:
        await this.#push(received);
        return;
      default:
        throw new TypeError(`a worker does not take a frame of kind ${received.kind}`);
    }
  }

  #programNamed(name: string): WorkerProgram {
    const program = this.#programs.get(name);
    if (!program) throw new TypeError(`this worker has no program "${name}"; it has ${[...this.#programs.keys()].join(', ')}: install the scheduler's version here`);
    return program;
  }

  #openShard(header: ShardHeader): void {
    const parts = new PartQueue();
    this.#intakes.set(header.shard, parts);
    void this.#program!.open(this.#engine, header, parts).then(
      (shard) => {
        this.#shards.set(header.shard, shard);
        this.#intakes.delete(header.shard);
        this.#link.send(frame(Verb.ShardReady, { round: 0, task: 0, shard: header.shard }, []));
      },
      (error: unknown) => this.#fail(error, this.#link),
    );
  }

  async #push(received: Frame): Promise<void> {
    const { round, task } = received;
    for await (const { shard, chunk } of this.#program!.push(this.#engine, taskOf(received), this.#shards)) {
      this.#link.send(partialFrame({ round, task, shard }, chunk));
      if (chunk.values.byteLength > LARGE_CHUNK) await this.#link.drained();
    }
    this.#link.send(frame(Verb.Pushed, { round, task }, []));
  }
}

/** Chunks above this many bytes wait for the link, so that a large push can't pile up in memory. */
const LARGE_CHUNK = 1 << 16;

/** Parts of a shard as an async iterable; null ends it. */
class PartQueue implements AsyncIterable<ShardPart>, Intake {
  readonly #parts: (ShardPart | null)[] = [];
  #wake: (() => void) | null = null;

  push(part: ShardPart | null): void {
    this.#parts.push(part);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ShardPart> {
    for (;;) {
      while (this.#parts.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
      const part = this.#parts.shift()!;
      if (part === null) return;
      yield part;
    }
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const entry = error instanceof DuplicateEntryError ? { entry: [error.row, error.column] as const } : {};
  return { name, message, ...entry, ...(stack === undefined ? {} : { stack }) };
}
