/**
 * A worker's parcels on their way out, directly to a peer that listens or by the scheduler. In: parcels, and the word that some
 * went on. Out: their frames, and when there is room for more: however slow a receiver is, no more than a window and a parcel of
 * each sender's wait for it. A receiver takes frames in while its program pushes, so senders in a ring don't wait for each other.
 */
import { deferred, type Deferred } from '../bus/deferred.js';
import type { Frame, Link } from '../bus/link.js';
import type { Peers } from './peers.js';
import { addresseeOf, contentBytes } from './protocol.js';

/** Bytes of content that have not gone on, from which the next parcel waits. */
const WINDOW_BYTES = 1 << 23;

export class OutgoingParcels {
  readonly #scheduler: Link;
  readonly #peers: Pick<Peers, 'send'>;
  #bytesUnderWay = 0;
  #room: Deferred | null = null;
  /** What to call when nobody waits for the parcels any more, for each whose way is being looked for. A promise that outlives them would keep what waited for it. */
  #seekers = new Set<() => void>();

  constructor(scheduler: Link, peers: Pick<Peers, 'send'>) {
    this.#scheduler = scheduler;
    this.#peers = peers;
  }

  /** Sends a parcel, and resolves when there is room for the next one. */
  async send(parcel: Frame): Promise<void> {
    this.#bytesUnderWay += contentBytes(parcel);
    const seekers = this.#seekers;
    const went = await this.#wentDirectly(parcel);
    if (seekers !== this.#seekers) return;
    if (!went) this.#scheduler.send(parcel);
    if (this.#bytesUnderWay < WINDOW_BYTES) return;
    this.#room = deferred();
    await this.#room.promise;
  }

  /** Whether it did; resolves early, to nothing that counts, when it is abandoned. */
  #wentDirectly(parcel: Frame): Promise<boolean> {
    const seekers = this.#seekers;
    return new Promise((resolve, reject) => {
      const giveUp = () => resolve(true);
      seekers.add(giveUp);
      const told = this.#peers.send(parcel, addresseeOf(parcel)).then(resolve, reject);
      void told.then(() => seekers.delete(giveUp));
    });
  }

  passedOn(bytes: number): void {
    this.#bytesUnderWay -= bytes;
    if (this.#bytesUnderWay < WINDOW_BYTES) this.#room?.resolve();
  }

  /** What is under way is void: nobody waits for it. */
  abandon(): void {
    this.#bytesUnderWay = 0;
    this.#room?.resolve();
    const seekers = this.#seekers;
    this.#seekers = new Set();
    for (const giveUp of seekers) giveUp();
  }
}
