/**
 * The worker's loop: takes in shards, applies commits, pushes for tasks, takes in parcels, in the order the frames come,
 * from the scheduler and from peers.
 * It runs in a Node process or a browser and imports nothing from `node:`.
 */
import type { Frame, Link, LinkClosed } from '../bus/link.js';
import { DuplicateEntryError } from '../data/dataset.js';
import { afterThisTurn } from '../bus/turn.js';
import type { Engine } from '../engine/engine.js';
import type { Ceilings } from '../engine/roofline.js';
import type { ShardChunk, ShardHeader, ShardParcel, ShardPart, WorkerProgram } from '../program.js';
import type { AddressedPart } from './distribution.js';
import type { LocalData } from './local-data.js';
import { FrameQueue } from './frame-queue.js';
import { OutgoingParcels } from './outgoing-parcels.js';
import type { PeerAddress } from './peer-addresses.js';
import { Peers, type PeerNetwork } from './peers.js';
import { aside, commitOf, frame, isVoid, jsonFrame, jsonOf, parcelFrame, parcelOf, partialFrame, passedOnOf, pushedFrame, taskOf, Verb, type Failure, type FrameAddress, type LostLink } from './protocol.js';
import { RecipeIntake } from './recipe-frames.js';
import type { ProfileReady } from './profile-frames.js';
import { ShardIntake } from './shard-intake.js';
import { ShardStates, type Holder, type OwnBlocks } from './shard-states.js';
import { openingError, withNumbers } from './shortage.js';
import type { Rollback } from './snapshot-frames.js';
import { splitChunk } from './split-chunk.js';
import { WorkerProfile } from './worker-profile.js';

/** How a worker's service ended. */
export interface Service {
  readonly closed: LinkClosed;
  /** What went wrong here, if anything did. */
  readonly failure: Error | null;
}

/** What a worker in a browser lacks. */
export interface Surroundings {
  readonly localData?: LocalData | null;
  /** Without one all parcels go by the scheduler. */
  readonly network?: PeerNetwork | null;
  /** Keeps its shards' states; without it the scheduler does. */
  readonly ownBlocks?: OwnBlocks | null;
  /** What its engine's adapter can do at the most; without it a profile tells no percent of that. */
  readonly ceilings?: (() => Promise<Ceilings>) | null;
}

/** Serves a scheduler until the link ends, and tells how it ended. An error of the program goes to the scheduler first. */
export function serve(link: Link, engine: Engine, programs: ReadonlyMap<string, WorkerProgram>, surroundings: Surroundings = {}): Promise<Service> {
  return new Promise((resolve) => {
    const desk = new Desk(link, engine, programs, surroundings);
    link.onClose = (closed) => resolve({ closed, failure: desk.failure });
    link.onFrame = (received) => desk.take(received);
  });
}

class Desk {
  readonly #link: Link;
  readonly #engine: Engine;
  readonly #programs: ReadonlyMap<string, WorkerProgram>;
  readonly #localData: LocalData | null;
  readonly #ceilings: (() => Promise<Ceilings>) | null;
  /** Null unless the scheduler profiles the run. */
  #profile: WorkerProfile | null = null;
  #program: Holder | null = null;
  #recipe: RecipeIntake | null = null;
  readonly #shards = new Map<number, unknown>();
  readonly #intakes = new Map<number, ShardIntake>();
  readonly #states: ShardStates;
  readonly #peers: Peers;
  readonly #parcels: OutgoingParcels;
  #attempt = 0;
  readonly #queue = new FrameQueue();
  #busy = false;
  #failure: Error | null = null;

  constructor(link: Link, engine: Engine, programs: ReadonlyMap<string, WorkerProgram>, { localData = null, network = null, ownBlocks = null, ceilings = null }: Surroundings) {
    this.#link = link;
    this.#engine = engine;
    this.#programs = programs;
    this.#localData = localData;
    this.#ceilings = ceilings;
    this.#peers = new Peers(network, {
      hosts: (shard) => this.#shards.has(shard),
      awaits: ({ attempt }) => attempt >= this.#attempt,
      take: (parcel) => void this.#enqueue(parcel),
      passedOn: (told) => this.#passedOn(told),
      lost: (worker, message) => link.send(jsonFrame(Verb.LinkLost, aside(this.#attempt), { worker, message } satisfies LostLink)),
      fail: (error) => this.#fail(error),
    });
    this.#parcels = new OutgoingParcels(link, this.#peers);
    this.#states = new ShardStates(link, engine, this.#shards, ownBlocks);
  }

  get failure(): Error | null {
    return this.#failure;
  }

  /** Frames wait for their turn, except the word that a push may be waiting for, and the one that nobody waits for what is in hand. */
  take(received: Frame): Promise<void> | void {
    if (this.#profile?.answers(received)) return;
    if (received.kind === Verb.Rollback) this.#beginAttempt(received.attempt);
    if (received.kind === Verb.PassedOn) this.#passedOn(received);
    else if (received.kind === Verb.BlockKept) this.#blockKept(received);
    else return this.#enqueue(received);
  }

  #passedOn(told: Frame): void {
    if (!isVoid(told, this.#attempt)) this.#parcels.passedOn(passedOnOf(told));
  }

  #blockKept(told: Frame): void {
    if (!isVoid(told, this.#attempt)) this.#states.kept(told);
  }

  /** What waits to go out would wait for ever. A push in hand goes on to its end, and leaves no trace. */
  #beginAttempt(attempt: number): void {
    this.#attempt = attempt;
    this.#parcels.abandon();
    this.#states.abandon();
  }

  #enqueue(received: Frame): Promise<void> | void {
    const room = this.#queue.push(received);
    if (!this.#busy) void this.#work();
    return room;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next && !this.#failure; next = this.#queue.shift()) {
        if (isVoid(next, this.#attempt)) continue;
        this.#profile?.begins(next);
        await this.#handle(next);
        this.#profile?.ends(next);
      }
    } catch (error) {
      this.#fail(withNumbers(error, this.#engine));
    }
    this.#busy = false;
  }

  #fail(error: unknown): void {
    if (this.#failure) return;
    this.#queue.open();
    this.#failure = error instanceof Error ? error : new Error(String(error));
    this.#link.send(jsonFrame(Verb.Failed, aside(this.#attempt), failureOf(this.#failure)));
  }

  async #handle(received: Frame): Promise<void> {
    switch (received.kind) {
      case Verb.Program:
        this.#program = this.#programNamed(jsonOf<{ program: string }>(received).program);
        return;
      case Verb.Peers:
        this.#peers.meet(jsonOf<PeerAddress[]>(received));
        return;
      case Verb.Offer:
        this.#link.send(jsonFrame(Verb.Answer, aside(this.#attempt), await this.#files.look(jsonOf(received))));
        return;
      case Verb.Recipe:
        this.#recipe = new RecipeIntake(received);
        return;
      case Verb.RecipePiece:
        this.#recipe!.take(received);
        return;
      case Verb.RecipeEnd:
        await this.#fill(this.#files.parts(this.#program!.name, this.#recipe!.recipe));
        this.#recipe = null;
        return;
      case Verb.ShardOpen:
        this.#openShard(jsonOf<ShardHeader>(received), received.attempt);
        return;
      case Verb.ShardPart:
        await this.#takePart(received);
        return;
      case Verb.ShardEnd:
        this.#intakes.get(received.shard)?.push(null);
        return;
      case Verb.Commit:
        this.#apply(received);
        return;
      case Verb.Task:
        await this.#push(received);
        return;
      case Verb.Parcel:
        await this.#takeParcel(received);
        return;
      case Verb.Save:
        await this.#states.save(received, this.#program!);
        return;
      case Verb.Rollback:
        this.#giveBack(jsonOf<Rollback>(received).keep);
        return;
      case Verb.RestoreBlock:
        await this.#states.takeBlock(received, this.#program!);
        return;
      case Verb.RestoreEnd:
        await this.#states.finish(received, this.#program!);
        return;
      case Verb.Profile:
        await this.#beginProfile();
        return;
      case Verb.ProfileEnd:
        await this.#profile?.end();
        this.#profile = null;
        return;
      default:
        throw new TypeError(`a worker does not take a frame of kind ${received.kind}`);
    }
  }

  get #files(): LocalData {
    if (!this.#localData) throw new TypeError('this worker has no data of its own to read');
    return this.#localData;
  }

  #programNamed(name: string): Holder {
    const half = this.#programs.get(name);
    if (!half) throw new TypeError(`this worker has no program "${name}"; it has ${[...this.#programs.keys()].join(', ')}: install the scheduler's version here`);
    return { name, half };
  }

  #openShard(header: ShardHeader, attempt: number): void {
    const parts = new ShardIntake();
    this.#intakes.set(header.shard, parts);
    void this.#program!.half.open(this.#engine, header, parts).then(
      (shard) => {
        parts.close();
        this.#shards.set(header.shard, shard);
        this.#intakes.delete(header.shard);
        this.#link.send(frame(Verb.ShardReady, aside(attempt, header.shard), []));
      },
      (error: unknown) => {
        parts.close();
        this.#fail(openingError(error, header, this.#engine));
      },
    );
  }

  /** Fills the shards with what belongs to them. A turn of the event loop a part: heartbeats go on meanwhile. */
  async #fill(parts: AsyncIterable<AddressedPart>): Promise<void> {
    for await (const { shard, part } of parts) {
      await new Promise<void>(afterThisTurn);
      if (this.#failure) return;
      const intake = this.#intakes.get(shard);
      intake?.push(part);
      await intake?.drained();
    }
    for (const intake of this.#intakes.values()) intake.push(null);
  }

  async #takePart({ shard, segments }: Frame): Promise<void> {
    const intake = this.#intakes.get(shard);
    intake?.push(segments as ShardPart);
    await intake?.drained();
  }

  /** Keeps these shards alone. */
  #giveBack(keep: readonly number[]): void {
    for (const [shard, held] of this.#shards) {
      if (keep.includes(shard)) continue;
      this.#shards.delete(shard);
      this.#program!.half.close?.(this.#engine, held, this.#shards);
    }
  }

  #apply(received: Frame): void {
    const commit = commitOf(received);
    this.#profile?.decoded(received);
    this.#program!.half.apply(this.#engine, commit, this.#shards);
  }

  /** What the adapter can do is measured before anything is told of. */
  async #beginProfile(): Promise<void> {
    const ready: ProfileReady = { ceilings: (await this.#ceilings?.()) ?? null };
    this.#profile = new WorkerProfile(this.#link, this.#engine);
    this.#link.send(jsonFrame(Verb.Profile, aside(this.#attempt), ready));
  }

  /**
   * The push is reported once the parcels that went directly stand in the queues of their receivers: a task that the
   * scheduler sends thereafter comes behind them. Those by the scheduler are ahead of the report on its link. The
   * worker goes on meanwhile.
   */
  async #push(received: Frame): Promise<void> {
    const { round, task, attempt } = received;
    const address = { round, task, attempt };
    const asked = taskOf(received);
    this.#profile?.decoded(received);
    const answers = this.#program!.half.push(this.#engine, asked, this.#shards);
    const send = (answer: ShardChunk | ShardParcel) => {
      if (attempt !== this.#attempt) return null;
      return 'parcel' in answer ? this.#parcels.send(parcelFrame(address, answer)) : this.#sendAll(address, answer);
    };
    if (Symbol.iterator in answers) {
      for (const answer of answers) {
        const room = send(answer);
        if (room) await room;
      }
    } else {
      for await (const answer of answers) await send(answer);
    }
    const report = () => this.#link.send(pushedFrame(address, this.#peers.traffic), 'now');
    const queued = this.#peers.allQueued();
    if (queued) void queued.then(report);
    else report();
  }

  /** Sends a chunk of any size. */
  #sendAll(address: FrameAddress, answer: ShardChunk): Promise<void> | null {
    return answer.chunk.values.byteLength <= LARGEST_CHUNK ? this.#sendChunk(address, answer) : this.#sendPieces(address, answer);
  }

  async #sendPieces(address: FrameAddress, { shard, chunk }: ShardChunk): Promise<void> {
    for (const piece of splitChunk(chunk, LARGEST_CHUNK)) await this.#sendChunk(address, { shard, chunk: piece });
  }

  /** Sends a chunk, a small one together with what comes next; returns what to wait for before the next one, if anything. */
  #sendChunk(address: FrameAddress, { shard, chunk }: ShardChunk): Promise<void> | null {
    const isLarge = chunk.values.byteLength > LARGE_CHUNK;
    this.#profile?.sends();
    this.#link.send(partialFrame({ ...address, shard }, chunk), isLarge ? 'turn' : 'next');
    this.#profile?.sent(chunk.values.byteLength);
    return isLarge ? this.#link.drained() : null;
  }

  async #takeParcel(received: Frame): Promise<void> {
    const parcel = parcelOf(received);
    const { name, half } = this.#program!;
    if (!half.receive) throw new TypeError(`program "${name}" has no receive, and shard ${parcel.from} hands a parcel to shard ${parcel.to}: give its worker half receive(engine, { from, to, content }, shards)`);
    await half.receive(this.#engine, parcel, this.#shards);
  }
}

/** Chunks above this many bytes wait for the link, so that a large push can't pile up in memory. */
const LARGE_CHUNK = 1 << 16;
/** Larger ones go in pieces. */
const LARGEST_CHUNK = 1 << 22;

function failureOf(error: Error): Failure {
  const { name, message, stack } = error;
  const entry = error instanceof DuplicateEntryError ? { entry: [error.row, error.column] as const } : {};
  return { name, message, ...entry, ...(stack === undefined ? {} : { stack }) };
}
