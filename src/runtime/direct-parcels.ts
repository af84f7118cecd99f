/**
 * Parcels to one peer over a link of their own. In: parcels, and the peer's word that it has queued one. Out: their frames,
 * and when all that were sent stand in the peer's queue.
 */
import { deferred, type Deferred } from '../bus/deferred.js';
import type { Frame, Link } from '../bus/link.js';

export class DirectParcels {
  readonly #link: Link;
  readonly #underWay: Deferred[] = [];

  constructor(link: Link) {
    this.#link = link;
  }

  send(parcel: Frame): void {
    this.#link.send(parcel);
    this.#underWay.push(deferred());
  }

  /** The peer has queued the next parcel. Throws TypeError when none is under way. */
  queued(): void {
    const next = this.#underWay.shift();
    if (!next) throw new TypeError(`${this.#link.peer} has queued a parcel that was not sent`);
    next.resolve();
  }

  /** Resolves when what was sent so far is queued: parcels are queued in their order, so the last one tells of all. */
  allQueued(): Promise<void> {
    return this.#underWay.at(-1)?.promise ?? Promise.resolve();
  }

  /** Nothing more goes this way; what is under way is void. */
  hangUp(): void {
    void this.#link.close();
  }
}
