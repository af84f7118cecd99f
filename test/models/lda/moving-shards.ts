/**
 * Workers whose shards do not stay where they are, nor as they are. In: a seed. Out: a cluster as a training sees it. Before any task, as the seed
 * has it, shards are saved and moved to other workers, or all of them go back to what was saved earlier, some opened anew elsewhere, some
 * after a push that was cut short; and what was sent since is sent again, and has to add up to the same sums.
 */
import type { LdaShard } from '../../../models/lda/worker/shard.js';
import { ldaWorker } from '../../../models/lda/worker/program.js';
import { Operation } from '../../../models/lda/operations.js';
import type { Engine } from '../../../src/engine/engine.js';
import type { Chunk, Commit, Parcel, SchedulerState, ShardChunk, ShardParcel, ShardPart, Sums, Task } from '../../../src/program.js';
import type { Cluster, Pending } from '../../../src/runtime/cluster.js';
import { Combiner } from '../../../src/runtime/combine.js';
import type { AddressedPart } from '../../../src/runtime/distribution.js';
import { stream } from '../../engine/matrices.js';

interface Host {
  readonly engine: Engine;
  readonly shards: Map<number, LdaShard>;
}

/** A task with the commits before it, and what it came to. */
interface Sent {
  readonly commits: readonly Commit[];
  readonly task: Task;
  readonly sums: readonly Sums[];
}

/** What a run goes on from: the scheduler's state as it is stored, its commits that are yet to be sent, and the shards'. */
export interface Checkpoint {
  readonly facts: string;
  readonly arrays: ShardPart;
  readonly commits: readonly Commit[];
  readonly shards: readonly ShardPart[][];
}

/** How often what happened. */
export interface Happenings {
  moves: number;
  saves: number;
  restores: number;
  cuts: number;
  replayed: number;
}

export class MovingShards {
  readonly shards: number;
  readonly profile = null;
  readonly bytes = 0;
  readonly happened: Happenings = { moves: 0, saves: 0, restores: 0, cuts: 0, replayed: 0 };
  readonly #hosts: readonly Host[];
  readonly #next: () => number;
  /** Of 100 tasks, before how many something happens. */
  readonly #percent: number;
  #descriptions: readonly unknown[] = [];
  #data: ShardPart[][] = [];
  #commits: Commit[] = [];
  #tasks = 0;
  #saved: readonly ShardPart[][] | null = null;
  #since: Sent[] = [];
  /** Of every time that the training came by its place. */
  readonly checkpoints: Checkpoint[] = [];
  #reached: Omit<Checkpoint, 'shards'> | null = null;
  readonly #goesOnFrom: Checkpoint | null;
  #isResumed = false;

  /** `goesOnFrom`: where a training goes on when it comes to its place. */
  constructor(engines: readonly Engine[], shards: number, seed: number, percent: number, goesOnFrom: Checkpoint | null = null) {
    this.shards = shards;
    this.#hosts = engines.map((engine) => ({ engine, shards: new Map() }));
    this.#next = stream(seed);
    this.#percent = percent;
    this.#goesOnFrom = goesOnFrom;
  }

  /** As what a training takes. */
  get cluster(): Cluster {
    return this as unknown as Cluster;
  }

  async load(_program: string, descriptions: readonly unknown[], parts: () => AsyncIterable<AddressedPart>): Promise<void> {
    // As they travel.
    this.#descriptions = descriptions.map((description) => JSON.parse(JSON.stringify(description)) as unknown);
    this.#data = descriptions.map(() => []);
    for await (const { shard, part } of parts()) this.#data[shard].push(copied(part));
    for (let shard = 0; shard < this.shards; shard++) await this.#open(shard, this.#any(this.#hosts));
  }

  commit(commit: Commit): void {
    if (commit.ids.length > 0) this.#commits.push(commit);
  }

  async send(_round: number, task: Task): Promise<Pending> {
    if (this.#reached) this.checkpoints.push({ ...this.#reached, shards: await this.#states() });
    this.#reached = null;
    if (this.#isResumed) await this.#goOn(this.#goesOnFrom!);
    if (this.#below(100) < this.#percent) await this.#disturb(task);
    const commits = this.#commits;
    this.#commits = [];
    const sums = await this.#push({ commits, task });
    if (this.#saved) this.#since.push({ commits, task, sums });
    return { id: ++this.#tasks, task, sums: Promise.resolve([...sums]) };
  }

  milestone(_place: string, state: () => SchedulerState): void {
    const { facts, arrays } = state();
    this.#reached = { facts: JSON.stringify(facts), arrays: copied(arrays), commits: [...this.#commits] };
  }

  resumed(): SchedulerState | null {
    if (!this.#goesOnFrom) return null;
    this.#isResumed = true;
    return { facts: JSON.parse(this.#goesOnFrom.facts) as unknown, arrays: copied(this.#goesOnFrom.arrays) };
  }

  async #goOn({ commits, shards }: Checkpoint): Promise<void> {
    this.#isResumed = false;
    this.#commits = [...commits];
    this.#saved = null;
    for (const [shard, state] of shards.entries()) await this.#restore(shard, state);
  }

  async #disturb(task: Task): Promise<void> {
    const what = this.#below(4);
    if (what === 0) await this.#move();
    else if (what === 1 || !this.#saved) await this.#save();
    else await this.#goBack(task, what === 3);
  }

  /** A shard goes on elsewhere, or here, while the others stay as they are. */
  async #move(): Promise<void> {
    this.happened.moves++;
    const shard = this.#below(this.shards);
    const state = await this.#stateOf(shard);
    this.#close(shard);
    await this.#open(shard, this.#any(this.#hosts));
    await this.#restore(shard, state);
  }

  async #save(): Promise<void> {
    this.happened.saves++;
    this.#saved = await this.#states();
    this.#since = [];
    expectSame(await this.#states(), this.#saved, 'saved twice');
  }

  async #states(): Promise<ShardPart[][]> {
    const states: ShardPart[][] = [];
    for (let shard = 0; shard < this.shards; shard++) states.push(await this.#stateOf(shard));
    return states;
  }

  async #goBack(task: Task, isCut: boolean): Promise<void> {
    this.happened.restores++;
    if (isCut) await this.#cutShort(task);
    for (let shard = 0; shard < this.shards; shard++) {
      if (this.#below(3) > 0) continue;
      this.#close(shard);
      await this.#open(shard, this.#any(this.#hosts));
    }
    for (let shard = 0; shard < this.shards; shard++) await this.#restore(shard, this.#saved![shard]);
    if (this.#below(2) === 0) expectSame(await this.#states(), this.#saved!, 'saved when it was restored');
    for (const sent of this.#since) {
      this.happened.replayed++;
      const sums = await this.#push(sent);
      if (sent.task.operation !== Operation.Memory) expectSame(sums.map(sumsPart), sent.sums.map(sumsPart), `operation ${sent.task.operation} sent again`);
    }
  }

  /** Some workers push, and of some of them a part alone; parcels get lost. */
  async #cutShort(task: Task): Promise<void> {
    this.happened.cuts++;
    for (const host of this.#hosts) {
      if (host.shards.size === 0 || this.#below(3) === 0) continue;
      let left = this.#below(2) === 0 ? Infinity : this.#below(4);
      for (const commit of this.#commits) ldaWorker.apply(host.engine, commit, host.shards);
      for await (const answer of ldaWorker.push(host.engine, task, host.shards)) {
        if ('parcel' in answer && this.#below(2) === 0) await this.#deliver(parcelOf(answer), host);
        if (left-- <= 0) break;
      }
    }
  }

  /** Workers push in any order; what they hand over may come before the others have begun. */
  async #push({ commits, task }: Pick<Sent, 'commits' | 'task'>): Promise<readonly Sums[]> {
    const combiner = new Combiner(this.shards);
    const hosts = this.#hosts.filter(({ shards }) => shards.size > 0);
    for (const { engine, shards } of hosts) for (const commit of commits) ldaWorker.apply(engine, commit, shards);
    const first = this.#below(hosts.length);
    for (let at = 0; at < hosts.length; at++) {
      const { engine, shards } = hosts[(first + at) % hosts.length];
      const parcels: Parcel[] = [];
      for await (const answer of ldaWorker.push(engine, task, shards)) {
        if ('parcel' in answer) parcels.push(parcelOf(answer));
        else combiner.add(answer.shard, chunkOf(answer));
      }
      for (const shard of shards.keys()) combiner.finish(shard);
      for (const parcel of parcels) await this.#deliver(parcel);
    }
    return combiner.sums();
  }

  async #deliver(parcel: Parcel, butNotTo: Host | null = null): Promise<void> {
    const host = this.#hostOf(parcel.to);
    if (host !== butNotTo) await ldaWorker.receive!(host.engine, parcel, host.shards);
  }

  async #open(shard: number, { engine, shards }: Host): Promise<void> {
    const header = { shard, shards: this.shards, description: this.#descriptions[shard] };
    shards.set(shard, await ldaWorker.open(engine, header, streamed(this.#data[shard])));
  }

  #close(number: number): void {
    const { engine, shards } = this.#hostOf(number);
    const shard = shards.get(number)!;
    shards.delete(number);
    ldaWorker.close!(engine, shard, shards);
  }

  async #stateOf(shard: number): Promise<ShardPart[]> {
    const { engine, shards } = this.#hostOf(shard);
    const parts: ShardPart[] = [];
    for await (const part of ldaWorker.save!(engine, shard, shards)) parts.push(copied(part));
    return parts;
  }

  async #restore(shard: number, state: readonly ShardPart[]): Promise<void> {
    const { engine, shards } = this.#hostOf(shard);
    await ldaWorker.restore!(engine, shard, streamed(state), shards);
  }

  #hostOf(shard: number): Host {
    return this.#hosts.find(({ shards }) => shards.has(shard))!;
  }

  #any<T>(all: readonly T[]): T {
    return all[this.#below(all.length)];
  }

  #below(bound: number): number {
    return this.#next() % bound;
  }
}

type Contents = readonly (readonly ShardPart[])[];

function expectSame(found: readonly ShardPart[] | Contents, expected: readonly ShardPart[] | Contents, what: string): void {
  const bytes = (value: ShardPart | readonly ShardPart[] | Contents): Uint8Array => Buffer.concat((value as readonly unknown[]).map((inner) => (ArrayBuffer.isView(inner) ? Buffer.from(inner.buffer, inner.byteOffset, inner.byteLength) : bytes(inner as ShardPart))));
  if (Buffer.compare(bytes(found), bytes(expected)) !== 0) throw new Error(`${what}: not the same bytes`);
}

function sumsPart({ keys, values }: Sums): ShardPart {
  return [keys instanceof Uint32Array ? keys : Uint32Array.of(keys.first, keys.count), values];
}

function copied(part: ShardPart): ShardPart {
  return part.map((array) => array.slice());
}

/** Each part is the receiver's until it asks for the next one. */
async function* streamed(parts: readonly ShardPart[]): AsyncGenerator<ShardPart> {
  for (const part of parts) {
    const lent = copied(part);
    yield lent;
    for (const array of lent) array.fill(255);
  }
}

function parcelOf({ shard, to, parcel }: ShardParcel): Parcel {
  return { from: shard, to, content: copied(parcel) };
}

function chunkOf({ chunk }: ShardChunk): Chunk {
  const { keys, values } = chunk;
  return { ...chunk, keys: keys instanceof Uint32Array ? keys.slice() : keys, values: values.slice() };
}
