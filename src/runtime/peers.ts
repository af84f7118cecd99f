/**
 * A worker's direct links to others of its run. In: where they can be reached, and links that they have opened. Out: the way
 * for a parcel to a shard, and the parcels that come in. It imports nothing from `node:`: what listens and dials is given.
 *
 * A link carries parcels one way, from the worker that opened it, and opens with the first parcel: whoever listens gets its
 * parcels directly, by whatever way it sends its own. A peer that can't be reached is sent to by the scheduler from the
 * first parcel on, so that a shard's parcels keep their order; a link that worked and is lost ends the run.
 */
import { BusError } from '../bus/error.js';
import type { Frame, Link } from '../bus/link.js';
import { DirectParcels } from './direct-parcels.js';
import type { PeerAddress } from './peer-addresses.js';
import { addresseeOf, contentBytes, passedOnFrame, passedOnOf, Verb, type DirectTraffic } from './protocol.js';

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
  /** Queues a parcel before it returns. */
  take(parcel: Frame): void;
  /** That many bytes of parcels are queued where they go. */
  passedOn(bytes: number): void;
  /** A peer is lost, or says what makes no sense. */
  fail(error: Error): void;
}

export class Peers {
  readonly #network: PeerNetwork | null;
  readonly #owner: PeersOwner;
  readonly #addresses = new Map<number, PeerAddress>();
  readonly #ways = new Map<string, Promise<DirectParcels | null>>();
  readonly #opened: DirectParcels[] = [];
  readonly #links: Link[] = [];
  #parcelBytes = 0;

  constructor(network: PeerNetwork | null, owner: PeersOwner) {
    this.#network = network;
    this.#owner = owner;
    if (network) network.onLink = (link) => this.#accept(link);
  }

  /** Learns which shards are hosted by workers that listen. */
  meet(addresses: readonly PeerAddress[]): void {
    this.#addresses.clear();
    for (const address of addresses) for (const shard of address.shards) this.#addresses.set(shard, address);
  }

  /** Sends a parcel to the host of shard `to`; false where its way is by the scheduler, which also says what is wrong with an address. */
  async send(parcel: Frame, to: number): Promise<boolean> {
    const address = this.#addresses.get(to);
    if (!this.#network || !address || !this.#owner.hosts(parcel.shard)) return false;
    const known = this.#ways.get(address.worker) ?? this.#open(this.#network, address);
    this.#ways.set(address.worker, known);
    const way = await known;
    if (!way) return false;
    way.send(parcel);
    this.#parcelBytes += contentBytes(parcel);
    return true;
  }

  /** Resolves when the parcels sent so far stand in the queues of their receivers; null where none ever went directly. */
  allQueued(): Promise<unknown> | null {
    return this.#opened.length === 0 ? null : Promise.all(this.#opened.map((way) => way.allQueued()));
  }

  /** What has gone over these links so far; null while there are none. */
  get traffic(): DirectTraffic | null {
    if (this.#links.length === 0) return null;
    const sum = (count: 'bytesSent' | 'bytesReceived') => this.#links.reduce((bytes, { stats }) => bytes + stats[count], 0);
    return { parcelBytes: this.#parcelBytes, bytesSent: sum('bytesSent'), bytesReceived: sum('bytesReceived') };
  }

  async #open(network: PeerNetwork, { worker, url, run, invitation }: PeerAddress): Promise<DirectParcels | null> {
    try {
      const link = await network.dial(url, invitation);
      if (link.run === run) return this.#wayOver(link, worker);
      void link.close();
      throw new BusError('refused', `${link.peer} answers at ${url}`);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      network.notice(`worker ${worker} can't be reached directly, so parcels for it go by the scheduler: ${error.message}`);
      return null;
    }
  }

  #wayOver(link: Link, worker: string): DirectParcels {
    const way = new DirectParcels(link);
    link.onFrame = (received) => this.#heed(worker, () => {
      if (received.kind !== Verb.PassedOn) throw new TypeError(`a frame of kind ${received.kind}`);
      way.queued();
      this.#owner.passedOn(passedOnOf(received));
    });
    link.onClose = ({ reason, message }) => {
      if (reason !== 'closed' && reason !== 'peer-closed') this.#owner.fail(new Error(`the direct link to worker ${worker} ended: ${message}`));
    };
    this.#opened.push(way);
    this.#links.push(link);
    return way;
  }

  /** Whoever opened the link will notice when it is lost. */
  #accept(link: Link): void {
    this.#links.push(link);
    link.onFrame = (received) => this.#heed(link.peer, () => {
      if (received.kind !== Verb.Parcel) throw new TypeError(`a frame of kind ${received.kind}`);
      const to = addresseeOf(received);
      if (!this.#owner.hosts(to)) throw new RangeError(`a parcel for shard ${to}, which is hosted elsewhere`);
      const bytes = contentBytes(received);
      this.#owner.take(received);
      link.send(passedOnFrame(bytes));
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
