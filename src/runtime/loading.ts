/**
 * How shards get to their hosts. In: where the run's data come from, and which shards are to be opened where.
 * Out: every one of them open, its parts streamed to its host or read there from a file of the host's own, except where the host was
 * lost meanwhile. The data are drawn again whenever shards need a new host.
 */
import { afterThisTurn } from '../bus/turn.js';
import type { ShardHeader } from '../program.js';
import type { AddressedPart, Cut } from './distribution.js';
import type { DataAnswer, DataOffer } from './local-data.js';
import { aside, frame, jsonFrame, partFrame, Verb } from './protocol.js';
import { recipeFrames } from './recipe-frames.js';
import type { Seat } from './seat.js';
import { Signal } from './signal.js';

/** What a worker said to an offer. */
export interface Answered {
  readonly worker: string;
  readonly answer: DataAnswer;
}

/** Where shards come from: a program, what it is told of each of them, and their parts, in any order of shards. */
export interface Origin {
  readonly program: string;
  readonly descriptions: readonly unknown[];
  /** Draws the parts anew, or tells how a matrix is cut. */
  readonly data: (() => AsyncIterable<AddressedPart>) | Cut;
}

export class Loading {
  readonly #shards: number;
  readonly #seats: () => readonly Seat[];
  readonly #answers = new Map<Seat, DataAnswer>();
  #asked: readonly Seat[] = [];
  readonly #allAnswered = new Signal();
  #origin: Origin | null = null;
  #isFirst = true;
  /** Shards on their way to their hosts, and when all are there. */
  #awaited: { readonly hosts: Map<number, Seat>; readonly done: Signal } | null = null;
  #failure: Error | null = null;

  constructor(shards: number, seats: () => readonly Seat[]) {
    this.#shards = shards;
    this.#seats = seats;
  }

  /** Workers that host shards and may have the data themselves. */
  get possibleReaders(): string[] {
    return this.#readers().map(({ member }) => member.name);
  }

  readsItself(seat: Seat): boolean {
    const answer = this.#answers.get(seat);
    return answer !== undefined && 'found' in answer;
  }

  async offer(offer: DataOffer): Promise<Answered[]> {
    this.#asked = this.#readers();
    for (const { member } of this.#asked) member.link.send(jsonFrame(Verb.Offer, aside(0), offer));
    this.#heard();
    await this.#allAnswered.promise;
    return this.#asked.flatMap((seat) => (this.#answers.has(seat) ? { worker: seat.member.name, answer: this.#answers.get(seat)! } : []));
  }

  get origin(): Origin | null {
    return this.#origin;
  }

  set origin(origin: Origin) {
    this.#origin = origin;
  }

  /** Opens shards at their hosts. Resolves when each is open, or its host gone. */
  async bring(hosts: ReadonlyMap<number, Seat>, attempt: number): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (hosts.size === 0) return;
    const awaited = { hosts: new Map(hosts), done: new Signal() };
    this.#awaited = awaited;
    this.#announce(hosts, attempt);
    await this.#send(hosts, attempt);
    this.#isFirst = false;
    this.#settle();
    await awaited.done.promise;
  }

  /** `seat` says that it has opened a shard. */
  shardReady(seat: Seat, shard: number): void {
    if (this.#awaited?.hosts.get(shard) !== seat) throw new RangeError(`shard ${shard} is not one that it was given`);
    this.#awaited.hosts.delete(shard);
    seat.open.add(shard);
    this.#settle();
  }

  /** Throws TypeError when the answer is none. */
  answered(seat: Seat, answer: DataAnswer): void {
    const { found, missing } = answer as { found?: unknown; missing?: unknown };
    if (typeof (found ?? missing) !== 'string') throw new TypeError('an answer to an offer that says neither found nor missing');
    this.#answers.set(seat, answer);
    this.#heard();
  }

  /** Nothing more comes from this worker. */
  lost(seat: Seat): void {
    for (const [shard, host] of this.#awaited?.hosts ?? []) if (host === seat) this.#awaited!.hosts.delete(shard);
    this.#settle();
    this.#heard();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#allAnswered.reject(error);
    this.#awaited?.done.reject(error);
  }

  #readers(): Seat[] {
    return this.#seats().filter(({ member, shards }) => member.dataRoot !== undefined && shards.length > 0);
  }

  #heard(): void {
    if (this.#asked.every((seat) => this.#answers.has(seat) || seat.state === 'gone')) this.#allAnswered.resolve();
  }

  #settle(): void {
    if (this.#awaited?.hosts.size === 0) this.#awaited.done.resolve();
  }

  #announce(hosts: ReadonlyMap<number, Seat>, attempt: number): void {
    const { program, descriptions } = this.#origin!;
    for (const { member } of new Set(hosts.values())) member.link.send(jsonFrame(Verb.Program, aside(attempt), { program }));
    for (const [shard, { member }] of hosts) {
      const header: ShardHeader = { shard, shards: this.#shards, description: descriptions[shard] };
      member.link.send(jsonFrame(Verb.ShardOpen, aside(attempt, shard), header));
    }
  }

  async #send(hosts: ReadonlyMap<number, Seat>, attempt: number): Promise<void> {
    const { data } = this.#origin!;
    if (typeof data === 'function') return this.#stream(data(), hosts, attempt);
    const ownCut = [...new Set(hosts.values())].filter((seat) => this.#cutsItself(seat));
    for (const { member } of ownCut) {
      member.shared?.share(data);
      for (const outgoing of recipeFrames(data.recipe, attempt)) {
        member.link.send(outgoing);
        await member.link.drained();
      }
    }
    const others = new Map([...hosts].filter(([, seat]) => !ownCut.includes(seat)));
    if (others.size > 0) await this.#stream(data.distribution(data.matrix, data.recipe), others, attempt);
  }

  /** It gets the recipe alone: it has the matrix itself, or the file. What comes later is sent to it: its file may have changed since it was read. */
  #cutsItself(seat: Seat): boolean {
    return seat.member.shared !== undefined || (this.#isFirst && this.readsItself(seat));
  }

  /** Sends the parts of these shards. Parts of others are passed over, a turn of the event loop each: links stay alive. */
  async #stream(parts: AsyncIterable<AddressedPart>, hosts: ReadonlyMap<number, Seat>, attempt: number): Promise<void> {
    for await (const { shard, part } of parts) {
      if (this.#failure) throw this.#failure;
      const link = hosts.get(shard)?.member.link;
      link?.send(partFrame(shard, part, attempt));
      await (link?.drained() ?? new Promise<void>(afterThisTurn));
    }
    for (const [shard, { member }] of hosts) member.link.send(frame(Verb.ShardEnd, aside(attempt, shard), []));
  }
}
