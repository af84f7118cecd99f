/**
 * The scheduler's view of its workers: who hosts which logical shards, tasks and commits on their way out, partial
 * sums on their way in, parcels passing through. It knows nothing of the model. That workers come, go and die in the course of a run is
 * the recovery's business (recovery.ts), without which the loss of one ends the run.
 */
import type { Frame, Link } from '../bus/link.js';
import type { GpuJsMode } from '../engine/gpujs.js';
import type { Commit, SchedulerState, Sums, Task } from '../program.js';
import { DataError, DuplicateEntryError } from '../data/dataset.js';
import { CapacityError } from '../engine/engine.js';
import { dispatch } from './dispatch.js';
import type { AddressedPart, Cut } from './distribution.js';
import { Flight } from './flight.js';
import { Hosting } from './hosting.js';
import type { Incident } from './incident.js';
import { introduce } from './introductions.js';
import { Loading, type Answered } from './loading.js';
import type { DataAnswer, DataOffer } from './local-data.js';
import type { Host } from './placement.js';
import type { PeerFacts } from './peer-addresses.js';
import { chunkOf, isVoid, jsonOf, trafficOf, Verb, type Failure, type LostLink } from './protocol.js';
import { Recovery, type RecoveryOptions } from './recovery.js';
import { Relay } from './relay.js';
import type { RunProfile } from './run-profile.js';
import type { Seat } from './seat.js';
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
  /** What its JavaScript kernels run on; absent where it has none. */
  readonly gpujs?: GpuJsMode | undefined;
  /** Hosted at the end; none by one that is gone. */
  readonly shards: number;
  /** Whether it read its shards itself or they were sent to it. */
  readonly data: 'local' | 'streamed';
  /** Tasks pushed times shards hosted. */
  readonly pushes: number;
  /** On all its links. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** A worker failed, or was lost where nothing makes up for it: the run can't go on. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}

export interface ClusterOptions {
  /** What records the run. */
  readonly profile?: RunProfile | null | undefined;
  /** What makes up for lost workers and keeps checkpoints; absent, the loss of a worker ends the run. */
  readonly recovery?: RecoveryOptions | null | undefined;
}

export class Cluster {
  /** Number of logical shards. */
  readonly shards: number;
  /** What records the run; null where nobody asked for a profile. */
  readonly profile: RunProfile | null;
  readonly #hosting: Hosting;
  readonly #flight: Flight;
  readonly #loading: Loading;
  readonly #relay: Relay;
  readonly #recovery: Recovery | null;
  #commits: Commit[] = [];
  #nextTask = 1;
  #failure: Error | null = null;

  constructor(members: readonly Member[], shards: number, { profile = null, recovery = null }: ClusterOptions = {}) {
    this.shards = shards;
    this.profile = profile;
    profile?.attach(members, () => this.bytes);
    this.#hosting = new Hosting(members, shards, recovery?.allowEngineChange ?? false);
    this.#flight = new Flight(shards);
    this.#loading = new Loading(shards, () => this.#hosting.present);
    this.#relay = new Relay(shards, (shard) => this.#hosting.hostOf(shard));
    this.#recovery = recovery && new Recovery(recovery, { hosting: this.#hosting, flight: this.#flight, loading: this.#loading, fail: (error) => this.fail(error) });
    for (const seat of this.#hosting.seats) this.#listen(seat);
  }

  /** A worker has come in the middle of the run: it gets shards when next no task is in flight. */
  admit(member: Member): void {
    const seat = this.#hosting.join(member);
    this.#listen(seat);
    this.#recovery?.joined(seat);
  }

  /** It is known that the worker of this name is dead, before its link tells. */
  lost(name: string, message: string): void {
    const seat = this.#hosting.present.find(({ member }) => member.name === name);
    if (!seat) return;
    seat.member.link.drop(message);
    this.#lose(seat, message);
  }

  #listen(seat: Seat): void {
    seat.member.link.onFrame = (received) => this.#take(seat, received);
    seat.member.link.onClose = ({ message }) => this.#lose(seat, message);
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

  /**
   * Sends every shard's header and data to its host, and waits until all are open. `parts` draws them in any order of shards; it is called again
   * for shards whose host was lost. Where a run is resumed its tasks are answered from the checkpoint from here on, for as long as that goes.
   */
  async load(program: string, descriptions: readonly unknown[], parts: () => AsyncIterable<AddressedPart>): Promise<void> {
    await this.#load(program, descriptions, parts);
  }

  /**
   * As `load`, with the parts that the cut makes of its matrix. Workers that have the file make them there: they
   * get the recipe alone, and know the distribution by the name of the program.
   */
  async distribute(program: string, descriptions: readonly unknown[], cut: Cut): Promise<void> {
    await this.#load(program, descriptions, cut);
  }

  async #load(program: string, descriptions: readonly unknown[], data: (() => AsyncIterable<AddressedPart>) | Cut): Promise<void> {
    this.#throwIfFailed();
    await this.profile?.begin();
    this.profile?.enter('load');
    this.#loading.origin = { program, descriptions, data };
    await (this.#recovery ? this.#recovery.load() : this.#open());
    this.#throwIfFailed();
    this.profile?.endLoop();
  }

  async #open(): Promise<void> {
    const { seats } = this.#hosting;
    introduce(seats, 0);
    await this.#loading.bring(new Map(seats.flatMap((seat) => seat.shards.map((shard) => [shard, seat] as const))), 0);
  }

  /**
   * A place that a run comes by again and again, with no task in flight, and from which it could go on if it knew `state`. Names of places are
   * the program's own. Where the run is recorded, what came before this is not needed any more.
   */
  milestone(place: string, state: () => SchedulerState): void {
    this.#recovery?.course?.milestone(place, state, this.#commits);
  }

  /** The state with which a resumed run goes on at this place; null where it has to come there by itself. To be asked when the run first comes there. */
  resumed(place: string): SchedulerState | null {
    const resumed = this.#recovery?.course?.resumed(place) ?? null;
    if (resumed) this.#commits = [...resumed.queued];
    return resumed?.state ?? null;
  }

  /** Tasks are answered from a checkpoint's record: until that ends, the run does what it did then. */
  get replaying(): boolean {
    return this.#recovery?.course?.replaying ?? false;
  }

  /** The training is done: a last checkpoint is taken, if any are. */
  async conclude(): Promise<void> {
    await this.#recovery?.conclude(this.#nextTask - 1);
  }

  /** Queues committed changes; they leave with the next task, to every worker. */
  commit(commit: Commit): void {
    if (commit.ids.length > 0) this.#commits.push(commit);
  }

  /** Sends one task, after the commits queued before it, to every worker that hosts a shard. */
  async send(round: number, task: Task): Promise<Pending> {
    this.#throwIfFailed();
    const recovery = this.#recovery;
    const recalled = recovery?.course?.recall(task);
    if (recalled) {
      this.#commits = [];
      return { id: this.#nextTask++, task, sums: Promise.resolve(recalled) };
    }
    while (recovery?.isWanted) await recovery.attend(this.#nextTask - 1);
    this.#throwIfFailed();
    const id = this.#nextTask++;
    this.profile?.encodes(round, id, task);
    const sums = this.#flight.begin(id, task);
    const commits = this.#commits;
    this.#commits = [];
    recovery?.sent({ id, round, task, commits });
    dispatch(this.#hosting.seats, { round, task: id, attempt: recovery?.attempt ?? 0 }, task, commits);
    this.profile?.enter('send', round, id);
    for (const { member } of this.#hosting.seats) await member.link.drained();
    this.profile?.enter('schedule', round);
    return { id, task, sums };
  }

  /** Bytes on all links, both directions, since the workers joined, without a profile's own; on those between workers as of their last pushes. */
  get bytes(): number {
    return -(this.profile?.bytes ?? 0) + this.#hosting.seats.reduce((sum, { member: { link }, direct }) => sum + link.stats.bytesSent + link.stats.bytesReceived + direct.bytesSent, 0);
  }

  /** Bytes of the parcels that went from worker to worker by the scheduler; each crossed two links. */
  get bytesRelayed(): number {
    return this.#relay.bytes;
  }

  /** Bytes of the parcels that went from worker to worker directly, as of their last pushes. */
  get bytesDirect(): number {
    return this.#hosting.seats.reduce((sum, { direct }) => sum + direct.parcelBytes, 0);
  }

  /** Tasks whose sums the scheduler has been given. */
  get completed(): number {
    return this.#flight.landed;
  }

  /** What befell the run's workers, in order. */
  get incidents(): readonly Incident[] {
    return this.#recovery?.incidents ?? [];
  }

  tally(): MemberTally[] {
    return this.#hosting.seats.map((seat) => ({
      name: seat.member.name,
      engine: seat.member.kind,
      adapter: seat.member.adapter,
      gpujs: seat.member.gpujs,
      shards: seat.shards.length,
      data: this.#loading.readsItself(seat) ? 'local' : 'streamed',
      pushes: seat.pushes,
      bytesSent: seat.member.link.stats.bytesReceived + seat.direct.bytesSent,
      bytesReceived: seat.member.link.stats.bytesSent + seat.direct.bytesReceived,
    }));
  }

  /** A frame that makes no sense ends the run, never the process that reads the link. */
  #take(seat: Seat, received: Frame): void {
    if (seat.state === 'gone' || isVoid(received, this.#recovery?.attempt ?? 0)) return;
    const begin = this.profile?.now;
    try {
      this.#receive(seat, received);
      if (begin !== undefined) this.profile!.received(this.#hosting.seats.indexOf(seat), received, begin);
    } catch (error) {
      this.fail(new WorkerError(`worker ${seat.member.name} sent what a scheduler can't take: ${(error as Error).message}`, { cause: error }));
    }
  }

  #receive(seat: Seat, received: Frame): void {
    switch (received.kind) {
      case Verb.Partial:
        if (!seat.shards.includes(received.shard)) throw new RangeError(`shard ${received.shard} is not one it hosts`);
        this.#flight.add(received.task, received.shard, chunkOf(received));
        return;
      case Verb.Pushed:
        this.#pushed(seat, received);
        return;
      case Verb.Parcel:
        this.#relay.forward(seat, received);
        return;
      case Verb.ShardReady:
        this.#loading.shardReady(seat, received.shard);
        return;
      case Verb.Answer:
        this.#loading.answered(seat, jsonOf<DataAnswer>(received));
        return;
      case Verb.SavedBlock:
      case Verb.Saved:
      case Verb.Restored:
      case Verb.Leaving:
        this.#recovery?.take(seat, received);
        return;
      case Verb.LinkLost:
        if (this.#recovery) this.#recovery.take(seat, received);
        else this.fail(lostLink(seat, jsonOf<LostLink>(received)));
        return;
      case Verb.Profile:
      case Verb.Clock:
      case Verb.Spans:
      case Verb.ProfileEnd:
        this.profile?.take(this.#hosting.seats.indexOf(seat), received);
        return;
      case Verb.Failed:
        this.fail(revive(seat.member.name, jsonOf<Failure>(received)));
        return;
      default:
        this.fail(new WorkerError(`worker ${seat.member.name} sent a frame of kind ${received.kind}, which a scheduler does not take`));
    }
  }

  #pushed(seat: Seat, received: Frame): void {
    seat.pushes += seat.shards.length;
    seat.direct = trafficOf(received) ?? seat.direct;
    this.#recovery?.pushed(seat, received.task);
    const landed = this.#flight.finish(received.task, seat.shards);
    if (!landed) return;
    this.#recovery?.landed(landed);
    this.#flight.land(landed);
  }

  #lose(seat: Seat, message: string): void {
    if (seat.state === 'gone' || this.#failure) return;
    if (!this.#recovery) return this.fail(new WorkerError(`worker ${seat.member.name} is gone: ${message}`));
    const wasLeaving = seat.state === 'leaving' && seat.shards.length === 0;
    seat.state = 'gone';
    this.#recovery.lost(seat, message, wasLeaving);
    this.#loading.lost(seat);
    this.profile?.leave(this.#hosting.seats.indexOf(seat));
  }

  /** Ends the run: what is awaited and whatever is sent from now on rejects with `error`. The first error stays. */
  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.profile?.fail(error);
    this.#loading.fail(error);
    this.#recovery?.fail(error);
    this.#flight.fail(error);
  }

  /** The run is over, well or not: nothing of it stays but its checkpoints. */
  async close(error: Error): Promise<void> {
    this.fail(error);
    await this.#recovery?.close();
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }
}

function lostLink({ member }: Seat, { worker, message }: LostLink): WorkerError {
  return new WorkerError(`worker ${member.name} failed: the direct link to worker ${worker} ended: ${message}`);
}

/** A worker's error as one of ours: bad data stay the user's mistake, anything else names the worker. */
function revive(worker: string, { name, message, entry, stack }: Failure): Error {
  if (entry) return new DuplicateEntryError(entry[0], entry[1]);
  if (name === 'DataError') return new DataError(message);
  if (name === 'CapacityError') return new CapacityError(`worker ${worker}: ${message}`);
  return new WorkerError(`worker ${worker} failed: ${name}: ${message}`, { cause: stack });
}
