/**
 * The scheduler's view of its workers: who hosts which logical shards, tasks and commits on their way out, partial
 * sums on their way in, parcels passing through. It knows nothing of the model.
 */
import type { Frame, Link } from '../bus/link.js';
import type { GpuJsMode } from '../engine/gpujs.js';
import type { Commit, SchedulerState, Sums, Task } from '../program.js';
import { DataError, DuplicateEntryError } from '../data/dataset.js';
import { CapacityError } from '../engine/engine.js';
import { Combiner } from './combine.js';
import type { AddressedPart, Cut } from './distribution.js';
import { Loading, type Answered } from './loading.js';
import type { DataAnswer, DataOffer } from './local-data.js';
import { placeShards, type Host } from './placement.js';
import type { PeerFacts } from './peer-addresses.js';
import { chunkOf, commitFrame, jsonOf, taskFrame, trafficOf, Verb, type DirectTraffic, type Failure } from './protocol.js';
import { Relay } from './relay.js';
import type { RunProfile } from './run-profile.js';
import type { SharedMatrix } from './shared-matrix.js';

/** A worker that has joined. */
export interface Member extends Host {
  readonly name: string;
  readonly adapter: string;
  /** What its JavaScript kernels run on; absent where a worker has none. */
  readonly gpujs?: GpuJsMode | undefined;
  /** Folder in which it may have the data itself; absent where it has none. */
  readonly dataRoot?: string | undefined;
  /** Where it is handed the scheduler's matrix; absent unless it is in the scheduler's process. */
  readonly shared?: SharedMatrix | undefined;
  /** Address from which it came; null where there is none, as inside one process. */
  readonly seenAt?: string | null;
  /** Its listener for parcels from other workers; absent where they go by the scheduler. */
  readonly peer?: PeerFacts | undefined;
  readonly link: Link;
}

/** A task on its way: its sums, once every shard has pushed. */
export interface Pending {
  /** Its number on the bus. */
  readonly id: number;
  readonly task: Task;
  readonly sums: Promise<Sums[]>;
}

/** What a worker did for the run. */
export interface MemberTally {
  readonly name: string;
  readonly engine: string;
  readonly adapter: string;
  readonly shards: number;
  /** Whether it read its shards itself or they were sent to it. */
  readonly data: 'local' | 'streamed';
  /** Tasks pushed times shards hosted. */
  readonly pushes: number;
  /** On all its links. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** A worker failed or was lost: the run can't go on. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}

interface Awaited {
  readonly combiner: Combiner;
  readonly resolve: (sums: Sums[]) => void;
  readonly reject: (error: Error) => void;
}

interface Seat {
  readonly member: Member;
  readonly shards: readonly number[];
  pushes: number;
  /** As of its last push. */
  direct: DirectTraffic;
}

const NO_TRAFFIC: DirectTraffic = { parcelBytes: 0, bytesSent: 0, bytesReceived: 0 };

export class Cluster {
  /** Number of logical shards. */
  readonly shards: number;
  /** What records the run; null where nobody asked for a profile. */
  readonly profile: RunProfile | null;
  readonly #seats: Seat[];
  #completed = 0;
  readonly #open = new Map<number, Awaited>();
  #commits: Commit[] = [];
  readonly #loading: Loading;
  readonly #relay: Relay;
  #nextTask = 1;
  #failure: Error | null = null;

  constructor(members: readonly Member[], shards: number, profile: RunProfile | null = null) {
    this.shards = shards;
    this.profile = profile;
    profile?.attach(members, () => this.bytes);
    const placement = placeShards(shards, members);
    this.#seats = members.map((member, index) => ({ member, shards: placement[index]!, pushes: 0, direct: NO_TRAFFIC }));
    this.#loading = new Loading(this.#seats, shards);
    this.#relay = new Relay(this.#seats);
    for (const seat of this.#seats) this.#hear(seat);
  }

  #hear(seat: Seat): void {
    seat.member.link.onFrame = (received) => this.#take(seat, received);
    seat.member.link.onClose = ({ message }) => this.lost(seat.member.name, message);
  }

  /** Tasks whose sums were delivered: what the run has achieved so far. */
  get completed(): number {
    return this.#completed;
  }

  /** Takes in a worker that joined while the run goes on. */
  admit(member: Member): void {
    const seat = { member, shards: [], pushes: 0, direct: NO_TRAFFIC };
    this.#seats.push(seat);
    this.#hear(seat);
  }

  /** A worker is dead, and nothing more comes from it. */
  lost(name: string, message: string): void {
    if (this.#seats.some(({ member, shards }) => member.name === name && shards.length > 0)) this.fail(new WorkerError(`worker ${name} is gone: ${message}`));
  }

  /** Workers that host shards and may have the data themselves. */
  get possibleReaders(): readonly string[] {
    return this.#loading.possibleReaders;
  }

  /** Asks these workers for a file, and remembers who has it: they will read their shards there. Rejects when one differs. */
  async offer(offer: DataOffer): Promise<readonly Answered[]> {
    this.#throwIfFailed();
    await this.profile?.begin();
    return this.#loading.offer(offer);
  }

  /** Sends every shard's header and data to its host, and waits until all are open. `parts` come in any order of shards. */
  async load(program: string, descriptions: readonly unknown[], parts: AsyncIterable<AddressedPart>): Promise<void> {
    this.#throwIfFailed();
    await this.profile?.begin();
    this.profile?.enter('load');
    await this.#loading.load(program, descriptions, parts);
    this.profile?.endLoop();
  }

  /**
   * As `load`, with the parts that the cut makes of its matrix. Workers that have the file make them there: they
   * get the recipe alone, and know the distribution by the name of the program.
   */
  async distribute(program: string, descriptions: readonly unknown[], cut: Cut): Promise<void> {
    this.#throwIfFailed();
    await this.profile?.begin();
    this.profile?.enter('load');
    await this.#loading.distribute(program, descriptions, cut);
    this.profile?.endLoop();
  }

  /**
   * A place that a run comes by again and again, with no task in flight, and from which it could go on if it knew `state`. Names of places are
   * the program's own. Where the run is recorded, what came before this is not needed any more.
   */
  milestone(place: string, state: () => SchedulerState): void {
    void [place, state];
  }

  /** The state with which a resumed run goes on at this place; null where it has to come there by itself. */
  resumed(place: string): SchedulerState | null {
    void place;
    return null;
  }

  /** Queues committed changes; they leave with the next task, to every worker. */
  commit(commit: Commit): void {
    if (commit.ids.length > 0) this.#commits.push(commit);
  }

  /** Sends one task, after the commits queued before it, to every worker that hosts a shard. */
  async send(round: number, task: Task): Promise<Pending> {
    this.#throwIfFailed();
    const id = this.#nextTask++;
    this.profile?.encodes(round, id, task);
    const sums = new Promise<Sums[]>((resolve, reject) => this.#open.set(id, { combiner: new Combiner(this.shards), resolve, reject }));
    sums.catch(() => undefined);
    const address = { round, task: id };
    const frames = [...this.#commits.map((commit) => commitFrame(address, commit)), taskFrame(address, task)];
    this.#commits = [];
    for (const { member, shards } of this.#seats) {
      if (shards.length === 0) continue;
      for (const [i, outgoing] of frames.entries()) member.link.send(outgoing, i < frames.length - 1 ? 'next' : 'now');
    }
    this.profile?.enter('send', round, id);
    for (const { member } of this.#seats) await member.link.drained();
    this.profile?.enter('schedule', round);
    return { id, task, sums };
  }

  /** Bytes on all links, both directions, since the workers joined, without a profile's own; on those between workers as of their last pushes. */
  get bytes(): number {
    return -(this.profile?.bytes ?? 0) + this.#seats.reduce((sum, { member: { link }, direct }) => sum + link.stats.bytesSent + link.stats.bytesReceived + direct.bytesSent, 0);
  }

  /** Bytes of the parcels that went from worker to worker by the scheduler; each crossed two links. */
  get bytesRelayed(): number {
    return this.#relay.bytes;
  }

  /** Bytes of the parcels that went from worker to worker directly, as of their last pushes. */
  get bytesDirect(): number {
    return this.#seats.reduce((sum, { direct }) => sum + direct.parcelBytes, 0);
  }

  tally(): MemberTally[] {
    return this.#seats.map((seat) => ({
      name: seat.member.name,
      engine: seat.member.kind,
      adapter: seat.member.adapter,
      shards: seat.shards.length,
      data: this.#loading.readsItself(seat) ? 'local' : 'streamed',
      pushes: seat.pushes,
      bytesSent: seat.member.link.stats.bytesReceived + seat.direct.bytesSent,
      bytesReceived: seat.member.link.stats.bytesSent + seat.direct.bytesReceived,
    }));
  }

  /** A frame that makes no sense ends the run, never the process that reads the link. */
  #take(seat: Seat, received: Frame): void {
    const begin = this.profile?.now;
    try {
      this.#receive(seat, received);
      if (begin !== undefined) this.profile!.received(this.#seats.indexOf(seat), received, begin);
    } catch (error) {
      this.fail(new WorkerError(`worker ${seat.member.name} sent what a scheduler can't take: ${(error as Error).message}`, { cause: error }));
    }
  }

  #receive(seat: Seat, received: Frame): void {
    switch (received.kind) {
      case Verb.Partial:
        if (!seat.shards.includes(received.shard)) throw new RangeError(`shard ${received.shard} is not one it hosts`);
        this.#open.get(received.task)?.combiner.add(received.shard, chunkOf(received));
        return;
      case Verb.Pushed: {
        seat.pushes += seat.shards.length;
        seat.direct = trafficOf(received) ?? seat.direct;
        const awaited = this.#open.get(received.task);
        if (!awaited) return;
        for (const shard of seat.shards) awaited.combiner.finish(shard);
        if (!awaited.combiner.complete) return;
        this.#open.delete(received.task);
        this.#completed++;
        awaited.resolve(awaited.combiner.sums());
        return;
      }
      case Verb.Parcel:
        this.#relay.forward(seat, received);
        return;
      case Verb.ShardReady:
        this.#loading.shardReady();
        return;
      case Verb.Answer:
        this.#loading.answered(seat, jsonOf<DataAnswer>(received));
        return;
      case Verb.Profile:
      case Verb.Clock:
      case Verb.Spans:
      case Verb.ProfileEnd:
        this.profile?.take(this.#seats.indexOf(seat), received);
        return;
      case Verb.Leaving:
        this.lost(seat.member.name, 'it leaves');
        return;
      case Verb.Failed:
        this.fail(revive(seat.member.name, jsonOf<Failure>(received)));
        return;
      default:
        this.fail(new WorkerError(`worker ${seat.member.name} sent a frame of kind ${received.kind}, which a scheduler does not take`));
    }
  }

  /** Ends the run: what is awaited and whatever is sent from now on rejects with `error`. The first error stays. */
  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.profile?.fail(error);
    this.#loading.fail(error);
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }
}

/** A worker's error as one of ours: bad data stay the user's mistake, anything else names the worker. */
function revive(worker: string, { name, message, entry, stack }: Failure): Error {
  if (entry) return new DuplicateEntryError(entry[0], entry[1]);
  if (name === 'DataError') return new DataError(message);
  if (name === 'CapacityError') return new CapacityError(`worker ${worker}: ${message}`);
  return new WorkerError(`worker ${worker} failed: ${name}: ${message}`, { cause: stack });
}
