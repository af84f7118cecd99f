/**
 * Who works for a run. In: workers as they join and as they are lost. Out: the members that the run begins with, in an order that
 * does not depend on who was faster; and later the newcomers, one by one, to its cluster.
 */
import type { Hello, Link } from '../bus/link.js';
import { VERSION } from '../version.js';
import type { Cluster, Member } from './cluster.js';
import type { WorkerFacts } from './join.js';
import { Verb } from './protocol.js';
import { WatchedLink } from './watched-link.js';
import { complaintAbout } from './worker-facts.js';

/** What a roster tells the cluster of its run. */
export type Crew = Pick<Cluster, 'admit' | 'lost' | 'fail'>;

export interface RosterOptions {
  /** Names of those that are started here, in order: all are waited for. */
  readonly local: readonly string[];
  /** How many from elsewhere to wait for. */
  readonly guests: number;
  /** The link of a member has ended, or the cluster has closed it. */
  readonly ended: (name: string) => void;
  readonly notice: (sentence: string) => void;
}

interface Entry {
  readonly member: Member;
  readonly origin: string | undefined;
  /** Why it is gone, once it is. */
  gone: string | null;
}

export class Roster {
  /** Resolves when all that are waited for are here. */
  readonly complete: Promise<void>;
  readonly #options: RosterOptions;
  /** The latest of each name. */
  readonly #entries = new Map<string, Entry>();
  /** Names of those that the run begins with. */
  #beginners: readonly string[] | null = null;
  #crew: Crew | null = null;
  #resolve!: () => void;
  #reject!: (error: Error) => void;

  constructor(options: RosterOptions) {
    this.#options = options;
    this.complete = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.complete.catch(() => undefined);
  }

  /** All that have joined, those that are gone too; the latest of each name. */
  get members(): Member[] {
    return this.#inOrder([...this.#entries.values()].map(({ member }) => member));
  }

  /** The run has begun, or can, and somebody is here to go on with it. */
  get canGoOn(): boolean {
    return this.#beginners !== null && this.#present().length > 0;
  }

  /** Why a worker may not join, or null. A name is free again when its member is gone; whoever started that one knows first. */
  refusal({ name, facts }: Hello): string | null {
    const { version, origin } = facts as unknown as WorkerFacts;
    if (version !== VERSION) return `worker ${name} is strads ${String(version).slice(0, 40)} and this scheduler is ${VERSION}: install the same version on both`;
    const complaint = complaintAbout(name, facts);
    if (complaint !== null) return complaint;
    if (origin !== undefined && this.#options.local.includes(name)) return `${name} is the name of a worker that the scheduler starts itself: choose another --name`;
    const known = this.#entries.get(name);
    if (!known || known.gone !== null || (origin !== undefined && origin === known.origin)) return null;
    return `a worker named ${name} has joined already: choose another --name`;
  }

  join(link: Link, hello: Hello, address: string | null): void {
    const { name } = hello;
    this.gone(name, 'it was started again');
    const watched = new WatchedLink(link, (message) => this.#linkEnded(entry, message));
    const entry: Entry = { member: memberOf(watched, hello, address), origin: (hello.facts as unknown as WorkerFacts).origin, gone: null };
    this.#entries.set(name, entry);
    // Nobody else listens yet, and who has no shards may go at once.
    watched.onFrame = ({ kind }) => void (kind === Verb.Leaving && watched.close());
    const { kind, adapter } = entry.member;
    if (!this.#crew && !this.#options.local.includes(name)) this.#options.notice(`worker ${name} (${kind} on ${adapter}) joins the run`);
    if (this.#crew) this.#crew.admit(entry.member);
    else if (this.#beginners === null && this.#isComplete()) {
      this.#beginners = this.#present();
      this.#resolve();
    }
  }

  /** The member of this name, if there is one, is known to be dead. */
  gone(name: string, message: string): void {
    const entry = this.#entries.get(name);
    if (!entry || entry.gone !== null) return;
    entry.gone = message;
    this.#crew?.lost(name, message);
  }

  /** Nobody can work any more. */
  fail(error: Error): void {
    this.#reject(error);
    this.#crew?.fail(error);
  }

  /** Makes the cluster of the run: of those that were waited for; whoever came or went since then is told to it. */
  begin<Made extends Crew>(make: (members: readonly Member[]) => Made): Made {
    const begin = this.members.filter(({ name }) => this.#beginners!.includes(name));
    const crew = make(begin);
    this.#crew = crew;
    for (const { member, gone } of this.#entries.values()) {
      if (gone === null && !begin.includes(member)) crew.admit(member);
      if (gone !== null && begin.includes(member)) crew.lost(member.name, gone);
    }
    return crew;
  }

  /** Names of those that are here. */
  #present(): string[] {
    return [...this.#entries.values()].flatMap(({ member, gone }) => (gone === null ? member.name : []));
  }

  #isComplete(): boolean {
    const { local, guests } = this.#options;
    const present = this.#present();
    return local.every((name) => present.includes(name)) && present.length >= local.length + guests;
  }

  /** The cluster hears of it from the link itself. */
  #linkEnded(entry: Entry, message: string): void {
    if (entry.gone !== null) return;
    entry.gone = message;
    this.#options.ended(entry.member.name);
  }

  /** In the order of their seats, then those from elsewhere by kind and name. */
  #inOrder(members: readonly Member[]): Member[] {
    const { local } = this.#options;
    const seated = local.flatMap((name) => members.find((member) => member.name === name) ?? []);
    const guests = members.filter(({ name }) => !local.includes(name));
    return [...seated, ...guests.sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name))];
  }
}

/** What a worker said of itself, as a member of the run. */
export function memberOf(link: Link, { name, facts }: Hello, seenAt: string | null): Member {
  const { engine, adapter, software, gpujs, dataRoot, peer } = facts as unknown as WorkerFacts;
  return { name, kind: engine, adapter, software, gpujs, dataRoot, seenAt, peer, link };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
