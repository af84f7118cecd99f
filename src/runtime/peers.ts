/**
 * A worker's direct links to others of its run. In: where they can be reached, and links that they have opened. Out: the way
 * for a parcel to a shard, and the parcels that come in. It imports nothing from `node:`: what listens and dials is given.
 *
 * A link carries parcels one way, from the worker that opened it, and opens with the first parcel: whoever listens gets its
 * parcels directly, by whatever way it sends its own. A peer that can't be reached is sent to by the scheduler from the
 * first parcel on, so that a shard's parcels keep their order. Of a link that worked and is lost the scheduler is told: what was on it is missing, so
 * that the run has to go back to where it was not, and from there on parcels for that peer go by the scheduler.
 */
import { BusError } from '../bus/error.js';
import type { Frame, Link } from '../bus/link.js';
import { DirectParcels } from './direct-parcels.js';
import type { PeerAddress } from './peer-addresses.js';
import { addresseeOf, contentBytes, passedOnFrame, Verb, type DirectTraffic } from './protocol.js';

/** What gives a worker links to others. */
export interface PeerNetwork {
  /** Takes each link that another worker has opened, also those from before it was set. */
  onLink: (link: Link) => void;
  /** Opens a link. Rejects with BusError when nobody of this token answers at the address. */
  dial(url: string, invitation: string): Promise<Link>;
  /** Takes a sentence for a person. */
  notice(sentence: string): void;
}

/** The worker loop, to which the links belong. */
export interface PeersOwner {
  hosts(shard: number): boolean;
  /** Whether a parcel belongs to the present attempt, or to one that is yet to be heard of. */
  awaits(parcel: Frame): boolean;
  /** Queues a parcel before it returns. */
  take(parcel: Frame): void;
  /** Parcels are queued where they go. */
  passedOn(told: Frame): void;
  /** The direct link to a worker is lost. */
  lost(worker: string, message: string): void;
  /** A peer says what makes no sense. */
  fail(error: Error): void;
}

export class Peers {
  readonly #network: PeerNetwork | null;
  readonly #owner: PeersOwner;
  readonly #addresses = new Map<number, PeerAddress>();
  /** Null where parcels go by the scheduler. */
  readonly #ways = new Map<string, Promise<DirectParcels | null>>();
  readonly #opened = new Map<DirectParcels, string>();
  readonly #links: Link[] = [];
  #parcelBytes = 0;

  constructor(network: PeerNetwork | null, owner: PeersOwner) {
    this.#network = network;
    this.#owner = owner;
    if (network) network.onLink = (link) => this.#accept(link);
  }

  /** Learns which shards are hosted by workers that listen. Ways to others are given up. */
  meet(addresses: readonly PeerAddress[]): void {
    this.#addresses.clear();
    for (const address of addresses) for (const shard of address.shards) this.#addresses.set(shard, address);
    const known = new Set(addresses.map(wayTo));
    for (const way of this.#ways.keys()) if (!known.has(way)) this.#ways.delete(way);
    for (const [direct, way] of this.#opened) {
      if (known.has(way)) continue;
      this.#opened.delete(direct);
      direct.hangUp();
    }
  }

  /** Sends a parcel to the host of shard `to`; false where its way is by the scheduler, which also says what is wrong with an address. */
  async send(parcel: Frame, to: number): Promise<boolean> {
    const address = this.#addresses.get(to);
    if (!this.#network || !address || !this.#owner.hosts(parcel.shard)) return false;
    const known = this.#ways.get(wayTo(address)) ?? this.#open(this.#network, address);
    this.#ways.set(wayTo(address), known);
    const way = await known;
    if (!way) return false;
    way.send(parcel);
    this.#parcelBytes += contentBytes(parcel);
    return true;
  }

  /** Resolves when the parcels sent so far stand in the queues of their receivers; null where none ever went directly. */
  allQueued(): Promise<unknown> | null {
    return this.#opened.size === 0 ? null : Promise.all([...this.#opened.keys()].map((way) => way.allQueued()));
  }

  /** What has gone over these links so far; null while there are none. */
  get traffic(): DirectTraffic | null {
    if (this.#links.length === 0) return null;
    const sum = (count: 'bytesSent' | 'bytesReceived') => this.#links.reduce((bytes, { stats }) => bytes + stats[count], 0);
    return { parcelBytes: this.#parcelBytes, bytesSent: sum('bytesSent'), bytesReceived: sum('bytesReceived') };
  }

  async #open(network: PeerNetwork, address: PeerAddress): Promise<DirectParcels | null> {
    const { worker, url, run, invitation } = address;
    try {
      const link = await network.dial(url, invitation);
      if (link.run === run) return this.#wayOver(link, address);
      void link.close();
      throw new BusError('refused', `${link.peer} answers at ${url}`);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      network.notice(`worker ${worker} can't be reached directly, so parcels for it go by the scheduler: ${error.message}`);
      return null;
    }
  }

  #wayOver(link: Link, address: PeerAddress): DirectParcels {
    const { worker } = address;
    const way = new DirectParcels(link);
    link.onFrame = (received) => this.#heed(worker, () => {
      if (received.kind !== Verb.PassedOn) throw new TypeError(`a frame of kind ${received.kind}`);
      way.queued();
      this.#owner.passedOn(received);
    });
    link.onClose = ({ reason, message }) => {
      if (this.#opened.delete(way) && reason !== 'peer-closed') this.#owner.lost(worker, message);
    };
    this.#opened.set(way, wayTo(address));
    this.#links.push(link);
    return way;
  }

  /** Whoever opened the link will notice when it is lost. */
  #accept(link: Link): void {
    this.#links.push(link);
    link.onFrame = (received) => this.#heed(link.peer, () => {
      if (received.kind !== Verb.Parcel) throw new TypeError(`a frame of kind ${received.kind}`);
      const to = addresseeOf(received);
      const bytes = contentBytes(received);
      if (this.#owner.awaits(received)) {
        if (!this.#owner.hosts(to)) throw new RangeError(`a parcel for shard ${to}, which is hosted elsewhere`);
        this.#owner.take(received);
      }
      link.send(passedOnFrame(bytes, received.attempt));
    });
  }

  /** A frame that makes no sense ends the run, never the process that reads the link. */
  #heed(worker: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#owner.fail(new Error(`worker ${worker} sent what another worker can't take: ${(error as Error).message}`, { cause: error }));
    }
  }
}

/** The same worker at another listener is another one to send to. */
function wayTo({ worker, run }: PeerAddress): string {
  return `${worker} ${run}`;
}
