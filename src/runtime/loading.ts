/**
 * How shards get to their hosts. In: who hosts which shards, and the data as parts, or as a matrix and how it is cut.
 * Out: every shard open, its parts streamed to its host or read there from a file of the host's own, and every host told
 * which of the others take parcels directly.
 */
import type { Link } from '../bus/link.js';
import { afterThisTurn } from '../bus/turn.js';
import type { ShardHeader } from '../program.js';
import type { AddressedPart, Cut } from './distribution.js';
import type { DataAnswer, DataOffer } from './local-data.js';
import { peersOf, type Neighbour } from './peer-addresses.js';
import { frame, jsonFrame, partFrame, Verb } from './protocol.js';
import { recipeFrames } from './recipe-frames.js';
import type { SharedMatrix } from './shared-matrix.js';

/** A worker and the shards it hosts. */
export interface ShardHost extends Neighbour {
  readonly member: Neighbour['member'] & { readonly dataRoot?: string | undefined; readonly shared?: SharedMatrix | undefined; readonly link: Link };
}

/** What a worker said to an offer. */
export interface Answered {
  readonly worker: string;
  readonly answer: DataAnswer;
}

/** Something that is waited for until it happens or the run fails. */
class Awaited {
  readonly promise: Promise<void>;
  resolve!: () => void;
  reject!: (error: Error) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => undefined);
  }
}

const ADDRESS = { round: 0, task: 0 };

export class Loading {
  readonly #hosts: readonly ShardHost[];
  readonly #shards: number;
  readonly #answers = new Map<ShardHost, DataAnswer>();
  readonly #allAnswered = new Awaited();
  readonly #allReady = new Awaited();
  #ready = 0;
  #failure: Error | null = null;

  constructor(hosts: readonly ShardHost[], shards: number) {
    this.#hosts = hosts;
    this.#shards = shards;
  }

  get possibleReaders(): string[] {
    return this.#asked().map(({ member }) => member.name);
  }

  readsItself(host: ShardHost): boolean {
    const answer = this.#answers.get(host);
    return answer !== undefined && 'found' in answer;
  }

  /** It gets the recipe alone: it has the file, or the matrix itself. */
  #cutsItself(host: ShardHost): boolean {
    return host.member.shared !== undefined || this.readsItself(host);
  }

  async offer(offer: DataOffer): Promise<Answered[]> {
    const asked = this.#asked();
    for (const { member } of asked) member.link.send(jsonFrame(Verb.Offer, ADDRESS, offer));
    await this.#allAnswered.promise;
    return asked.map((host) => ({ worker: host.member.name, answer: this.#answers.get(host)! }));
  }

  async load(program: string, descriptions: readonly unknown[], parts: AsyncIterable<AddressedPart>): Promise<void> {
    this.#open(program, descriptions);
    await this.#stream(parts, this.#hosts);
    await this.#allReady.promise;
  }

  async distribute(program: string, descriptions: readonly unknown[], cut: Cut): Promise<void> {
    const { matrix, recipe, distribution } = cut;
    this.#open(program, descriptions);
    for (const host of this.#hosts.filter((one) => this.#cutsItself(one))) {
      host.member.shared?.share(cut);
      for (const outgoing of recipeFrames(recipe)) {
        host.member.link.send(outgoing);
        await host.member.link.drained();
      }
    }
    const others = this.#hosts.filter((host) => host.shards.length > 0 && !this.#cutsItself(host));
    if (others.length > 0) await this.#stream(distribution(matrix, recipe), others);
    await this.#allReady.promise;
  }

  shardReady(): void {
    if (++this.#ready === this.#shards) this.#allReady.resolve();
  }

  /** Throws TypeError when the answer is none. */
  answered(host: ShardHost, answer: DataAnswer): void {
    const { found, missing } = answer as { found?: unknown; missing?: unknown };
    if (typeof (found ?? missing) !== 'string') throw new TypeError('an answer to an offer that says neither found nor missing');
    this.#answers.set(host, answer);
    if (this.#answers.size === this.#asked().length) this.#allAnswered.resolve();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#allAnswered.reject(error);
    this.#allReady.reject(error);
  }

  #asked(): ShardHost[] {
    return this.#hosts.filter(({ member, shards }) => member.dataRoot !== undefined && shards.length > 0);
  }

  #open(program: string, descriptions: readonly unknown[]): void {
    for (const host of this.#hosts) {
      const { member, shards } = host;
      const peers = peersOf(host, this.#hosts);
      if (shards.length > 0 && peers.length > 0) member.link.send(jsonFrame(Verb.Peers, ADDRESS, peers));
      member.link.send(jsonFrame(Verb.Program, ADDRESS, { program }));
      for (const shard of shards) {
        const header: ShardHeader = { shard, shards: this.#shards, description: descriptions[shard] };
        member.link.send(jsonFrame(Verb.ShardOpen, { ...ADDRESS, shard }, header));
      }
    }
  }

  /** Sends the parts of these hosts' shards. Parts of others are passed over, a turn of the event loop each: links stay alive. */
  async #stream(parts: AsyncIterable<AddressedPart>, hosts: readonly ShardHost[]): Promise<void> {
    const linkOf = new Map(hosts.flatMap(({ member, shards }) => shards.map((shard) => [shard, member.link] as const)));
    for await (const { shard, part } of parts) {
      if (this.#failure) throw this.#failure;
      const link = linkOf.get(shard);
      link?.send(partFrame(shard, part));
      await (link?.drained() ?? new Promise<void>(afterThisTurn));
    }
    for (const [shard, link] of linkOf) link.send(frame(Verb.ShardEnd, { ...ADDRESS, shard }, []));
  }
}
