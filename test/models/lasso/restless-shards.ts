/**
 * A worker half whose shards do not stay what and where they are: between two tasks they are saved, spoiled and restored, opened anew on
 * another engine, or brought back to an older state from which what came since is pushed again. A scheduler must not see any of it.
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { Commit, ShardChunk, ShardHeader, ShardParcel, ShardPart, Task, WorkerProgram } from '../../../src/program.js';
import { randomBelow } from '../../../src/schedule/random.js';

/** A worker's engine, and the shards on it. */
interface Host {
  readonly engine: Engine;
  readonly shards: Map<number, unknown>;
}

type Saved = ReadonlyMap<number, readonly ShardPart[]>;

interface Snapshot {
  readonly shards: Saved;
  /** What came since. */
  readonly frames: (Task | Commit)[];
}

/** What was done to the shards. */
export interface Unrest {
  spoiled: number;
  moved: number;
  rolledBack: number;
  /** Times that frames were pushed again. */
  replayed: number;
}

const isTask = (frame: Task | Commit): frame is Task => 'operation' in frame;
const MOST_FRAMES = 60;

export class RestlessShards implements WorkerProgram<null> {
  readonly unrest: Unrest = { spoiled: 0, moved: 0, rolledBack: 0, replayed: 0 };
  readonly #half: WorkerProgram;
  readonly #makeEngine: () => Promise<Engine>;
  readonly #seed: number;
  /** Operations that change data in place: the same ones come again after a rollback, never at another time. */
  readonly #once: readonly number[];
  readonly #hosts: Host[] = [];
  readonly #data = new Map<number, { readonly header: ShardHeader; readonly parts: ShardPart[] }>();
  #snapshot: Snapshot | null = null;
  #draws = 0;

  constructor(half: WorkerProgram, makeEngine: () => Promise<Engine>, seed: number, once: readonly number[]) {
    this.#half = half;
    this.#makeEngine = makeEngine;
    this.#seed = seed;
    this.#once = once;
  }

  async open(engine: Engine, header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<null> {
    if (this.#hosts.length === 0) for (const each of [engine, await this.#makeEngine()]) this.#hosts.push({ engine: each, shards: new Map() });
    const kept: ShardPart[] = [];
    this.#data.set(header.shard, { header, parts: kept });
    this.#hosts[0]!.shards.set(header.shard, await this.#half.open(engine, header, copied(parts, kept)));
    return null;
  }

  apply(_engine: Engine, commit: Commit): void {
    this.#apply(commit);
    this.#snapshot?.frames.push({ ids: commit.ids.slice(), values: commit.values.slice() });
  }

  #apply(commit: Commit): void {
    for (const { engine, shards } of this.#hosts) if (shards.size > 0) this.#half.apply(engine, commit, shards);
  }

  async *push(_engine: Engine, task: Task): AsyncGenerator<ShardChunk | ShardParcel> {
    this.#snapshot ??= { shards: await this.#save(), frames: [] };
    if (this.#below(6) === 0) await this.#disturb(this.#snapshot);
    this.#snapshot.frames.push({ operation: task.operation, ids: task.ids.slice(), values: task.values.slice() });
    yield* this.#push(task);
  }

  async *#push(task: Task): AsyncGenerator<ShardChunk | ShardParcel> {
    for (const { engine, shards } of this.#hosts) if (shards.size > 0) yield* this.#half.push(engine, task, shards);
  }

  async #disturb(snapshot: Snapshot): Promise<void> {
    const kind = snapshot.frames.length > MOST_FRAMES ? 0 : this.#below(3);
    if (kind === 0) {
      const saved = await this.#save();
      await this.#spoil(snapshot.frames);
      await this.#restore(saved);
      this.#snapshot = { shards: saved, frames: [] };
    } else if (kind === 1) {
      const saved = await this.#save();
      await this.#move();
      await this.#restore(saved);
    } else {
      if (this.#below(2) === 0) await this.#move();
      await this.#restore(snapshot.shards);
      await this.#replay(snapshot.frames);
      this.unrest.rolledBack++;
    }
  }

  /** Tasks and commits that nobody asked for. */
  async #spoil(frames: readonly (Task | Commit)[]): Promise<void> {
    const known = frames.filter((frame) => !isTask(frame) || !this.#once.includes(frame.operation));
    await this.#replay(known.filter(() => this.#below(2) === 0));
    if (known.length > 0) this.unrest.spoiled++;
  }

  async #replay(frames: readonly (Task | Commit)[]): Promise<void> {
    for (const frame of frames) {
      if (!isTask(frame)) this.#apply(frame);
      else for await (const answer of this.#push(frame)) void answer;
      this.unrest.replayed++;
    }
  }

  /** Opens some shards anew on the other engine, and closes them where they were. */
  async #move(): Promise<void> {
    for (const [number, { header, parts }] of this.#data) {
      if (this.#below(2) === 0) continue;
      const [from, to] = this.#hosts[0]!.shards.has(number) ? [this.#hosts[0]!, this.#hosts[1]!] : [this.#hosts[1]!, this.#hosts[0]!];
      to.shards.set(number, await this.#half.open(to.engine, header, copied(parts)));
      const gone = from.shards.get(number)!;
      from.shards.delete(number);
      this.#half.close!(from.engine, gone, from.shards);
      this.unrest.moved++;
    }
  }

  async #save(): Promise<Saved> {
    const saved = new Map<number, ShardPart[]>();
    for (const { engine, shards } of this.#hosts) {
      for (const shard of shards.keys()) {
        const parts: ShardPart[] = [];
        for await (const part of this.#half.save!(engine, shard, shards)) parts.push(copy(part));
        saved.set(shard, parts);
      }
    }
    return saved;
  }

  async #restore(saved: Saved): Promise<void> {
    for (const { engine, shards } of this.#hosts) for (const shard of shards.keys()) await this.#half.restore!(engine, shard, copied(saved.get(shard)!), shards);
    const again = await this.#save();
    for (const [shard, parts] of saved) if (!sameParts(parts, again.get(shard)!)) throw new Error(`shard ${shard} was restored to another state than was saved`);
  }

  #below(bound: number): number {
    return randomBelow(bound, this.#seed, 1, this.#draws++);
  }
}

const copy = (part: ShardPart): ShardPart => part.map((array) => array.slice());

async function* copied(parts: AsyncIterable<ShardPart> | Iterable<ShardPart>, kept?: ShardPart[]): AsyncGenerator<ShardPart> {
  for await (const part of parts) {
    kept?.push(copy(part));
    yield copy(part);
  }
}

const bytesOf = (array: ShardPart[number]) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);

export function sameParts(a: readonly ShardPart[], b: readonly ShardPart[]): boolean {
  return a.length === b.length && a.every((part, k) => part.length === b[k]!.length && part.every((array, i) => array.constructor === b[k]![i]!.constructor && bytesOf(array).equals(bytesOf(b[k]![i]!))));
}
