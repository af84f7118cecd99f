/**
 * A worker half that is many inside: several engines with shards of their own, between which shards move in the middle of a run. In:
 * the worker half under test. Out: one that runs as a single worker and, before some tasks, rolls all shards back to a snapshot, some
 * where they are and some opened anew elsewhere, and pushes again what was pushed since.
 */
import type { Engine } from '../../../src/engine/engine.js';
import type { ShardChunk, ShardHeader, ShardParcel, ShardPart, Task, WorkerProgram } from '../../../src/program.js';
import { randomBelow, randomUnit } from '../../../src/schedule/random.js';

interface Opened {
  readonly header: ShardHeader;
  readonly parts: readonly ShardPart[];
}

interface Crew {
  readonly engine: Engine;
  readonly shards: Map<number, unknown>;
}

/** Of the numbers in a part. */
const MOST_BYTES = 2 ** 20;

export type Snapshot = ReadonlyMap<number, readonly ShardPart[]>;

export interface Troubles {
  readonly seed: number;
  readonly crews: number;
  readonly engine: () => Promise<Engine>;
  /** How likely a snapshot and a rollback are before a task. */
  readonly snapshots: number;
  rollbacks(task: Task): number;
}

/** The worker half, and what happened in it. */
export interface MovableShards {
  readonly half: WorkerProgram;
  readonly rollbacks: number;
  /** States that were saved right after they were restored, or after the pushes since, and are not what was saved before. */
  readonly differences: readonly string[];
  /** Of every shard, its state now. */
  snapshot(): Promise<Snapshot>;
  /** Brings the shards that are open to a state that others saved. */
  restore(snapshot: Snapshot): Promise<void>;
  /** Closes all shards; the bytes that the engines still hold. */
  close(): Promise<number>;
}

export function movableShards(inner: WorkerProgram, troubles: Troubles): MovableShards {
  return new Hall(inner, troubles);
}

class Hall implements MovableShards {
  readonly half: WorkerProgram;
  rollbacks = 0;
  readonly differences: string[] = [];
  readonly #inner: WorkerProgram;
  readonly #troubles: Troubles;
  readonly #opened = new Map<number, Opened>();
  readonly #crews: Crew[] = [];
  #snapshot: Snapshot | null = null;
  #since: Task[] = [];
  #tasks = 0;
  #draws = 0;

  constructor(inner: WorkerProgram, troubles: Troubles) {
    this.#inner = inner;
    this.#troubles = troubles;
    this.half = {
      open: (_, header, parts) => this.#open(header, parts),
      push: (_, task) => this.#push(task),
      apply: () => undefined,
    };
  }

  async #open(header: ShardHeader, parts: AsyncIterable<ShardPart>): Promise<number> {
    const copies: ShardPart[] = [];
    for await (const part of parts) copies.push(copyOf(part));
    this.#opened.set(header.shard, { header, parts: copies });
    return header.shard;
  }

  async *#push(task: Task): AsyncGenerator<ShardChunk> {
    if (this.#crews.length === 0) await this.#settleIn();
    await this.#trouble(task);
    this.#since.push({ ...task, ids: task.ids.slice(), values: task.values.slice() });
    this.#tasks++;
    for await (const answer of this.#pushed(task)) yield answer;
  }

  /** Pushes on every crew; parcels go where their shard is once all have pushed. */
  async *#pushed(task: Task): AsyncGenerator<ShardChunk> {
    const parcels: ShardParcel[] = [];
    for (const { engine, shards } of this.#crews) {
      if (shards.size === 0) continue;
      for await (const answer of this.#inner.push(engine, task, shards)) {
        if ('parcel' in answer) parcels.push({ ...answer, parcel: copyOf(answer.parcel) });
        else yield answer;
      }
    }
    for (const { shard, to, parcel } of parcels) {
      const { engine, shards } = this.#crews.find(({ shards }) => shards.has(to))!;
      await this.#inner.receive!(engine, { from: shard, to, content: parcel }, shards);
    }
  }

  async #settleIn(): Promise<void> {
    for (let crew = 0; crew < this.#troubles.crews; crew++) this.#crews.push({ engine: await this.#troubles.engine(), shards: new Map() });
    for (const shard of this.#opened.keys()) await this.#openOn(this.#crews[this.#below(this.#crews.length)], shard);
    this.#snapshot = await this.snapshot();
  }

  async #openOn({ engine, shards }: Crew, shard: number): Promise<void> {
    const { header, parts } = this.#opened.get(shard)!;
    shards.set(shard, await this.#inner.open(engine, header, oneByOne(parts)));
  }

  async #trouble(task: Task): Promise<void> {
    const { snapshots, rollbacks } = this.#troubles;
    if (this.#chance(rollbacks(task))) await this.#rollBack(task);
    if (this.#chance(snapshots)) {
      this.#snapshot = await this.snapshot();
      this.#since = [];
    }
  }

  async #rollBack(task: Task): Promise<void> {
    this.rollbacks++;
    const before = await this.snapshot();
    await this.#die(task);
    await this.#move();
    await this.restore(this.#snapshot!);
    this.#note(task, 'restored', this.#snapshot!, await this.snapshot());
    for (const done of this.#since) for await (const answer of this.#pushed(done)) void answer;
    this.#note(task, 'pushed again', before, await this.snapshot());
  }

  #note({ operation }: Task, what: string, one: Snapshot, other: Snapshot): void {
    const difference = differenceOf(one, other);
    if (difference) this.differences.push(`${what} before task ${this.#tasks}, operation ${operation}: ${difference}`);
  }

  /** A task that some crews push whole, one in part, and others not at all. */
  async #die(task: Task): Promise<void> {
    for (const { engine, shards } of this.#crews.slice(0, this.#below(this.#crews.length + 1))) {
      if (shards.size === 0) continue;
      let answers = this.#below(4);
      for await (const answer of this.#inner.push(engine, task, shards)) {
        void answer;
        if (answers-- === 0) break;
      }
    }
  }

  /** Some shards are opened elsewhere: those of a crew that is gone for good, or single ones. */
  async #move(): Promise<void> {
    const lost = this.#below(2 * this.#crews.length);
    if (lost < this.#crews.length) this.#crews[lost] = { engine: await this.#troubles.engine(), shards: new Map() };
    for (const shard of this.#opened.keys()) {
      const host = this.#crews.find(({ shards }) => shards.has(shard));
      if (host && !this.#chance(0.3)) continue;
      if (host) this.#leave(host, shard);
      await this.#openOn(this.#crews[this.#below(this.#crews.length)], shard);
    }
  }

  #leave({ engine, shards }: Crew, shard: number): void {
    const left = shards.get(shard);
    shards.delete(shard);
    this.#inner.close!(engine, left, shards);
  }

  async snapshot(): Promise<Snapshot> {
    if (this.#crews.length === 0) await this.#settleIn();
    const saved = new Map<number, ShardPart[]>();
    for (const { engine, shards } of this.#crews) {
      for (const shard of shards.keys()) {
        const parts: ShardPart[] = [];
        for await (const part of this.#inner.save!(engine, shard, shards)) {
          if (part[1].byteLength > MOST_BYTES) this.differences.push(`a part of shard ${shard} has ${part[1].byteLength} bytes`);
          parts.push(copyOf(part));
        }
        saved.set(shard, parts);
      }
    }
    return saved;
  }

  async restore(snapshot: Snapshot): Promise<void> {
    if (this.#crews.length === 0) await this.#settleIn();
    for (const { engine, shards } of this.#crews) {
      for (const shard of shards.keys()) await this.#inner.restore!(engine, shard, oneByOne(snapshot.get(shard)!), shards);
    }
  }

  async close(): Promise<number> {
    let bytes = 0;
    for (const crew of this.#crews) {
      for (const shard of crew.shards.keys()) this.#leave(crew, shard);
      bytes += crew.engine.allocatedBytes;
      await crew.engine.close();
    }
    return bytes;
  }

  #below(count: number): number {
    return randomBelow(count, this.#troubles.seed, 0, this.#draws++);
  }

  #chance(part: number): boolean {
    return randomUnit(this.#troubles.seed, 1, this.#draws++) < part;
  }
}

function copyOf(part: ShardPart): ShardPart {
  return part.map((array) => array.slice());
}

/** Fresh copies, since a reader may keep and change what it gets. */
async function* oneByOne(parts: readonly ShardPart[]): AsyncGenerator<ShardPart> {
  for (const part of parts) yield copyOf(part);
}

/** The first part that is not the same in both; null where all are. */
export function differenceOf(one: Snapshot, other: Snapshot): string | null {
  for (const [shard, parts] of one) {
    const facing = other.get(shard)!;
    const at = parts.findIndex((part, k) => !isSame(part, facing[k]));
    if (at >= 0) return `part ${at} of shard ${shard} (${parts[at][0]}) and (${facing[at]?.[0]})`;
    if (facing.length > parts.length) return `part ${parts.length} of shard ${shard} was not there`;
  }
  return null;
}

function isSame(one: ShardPart, other: ShardPart | undefined): boolean {
  return other !== undefined && one.length === other.length && one.every((array, k) => bytesOf(array).equals(bytesOf(other[k])));
}

function bytesOf({ buffer, byteOffset, byteLength }: ShardPart[number]): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
