/**
 * Parcels on their way through the scheduler. In: frames from the workers. Out: the same frames to the hosts of the
 * shards they are for, and to their senders how much has gone on. Only addresses are read, and nothing is kept: where
 * a link is slow, those who send over it wait (outgoing-parcels.ts).
 */
import type { Frame } from '../bus/link.js';
import { addresseeOf, contentBytes, passedOnFrame } from './protocol.js';
import type { Seat } from './seat.js';

export class Relay {
  readonly #shards: number;
  readonly #hostOf: (shard: number) => Seat | undefined;
  #bytes = 0;

  /** `hostOf`: of the `shards` shards of the run, as they are placed now. */
  constructor(shards: number, hostOf: (shard: number) => Seat | undefined) {
    this.#shards = shards;
    this.#hostOf = hostOf;
  }

  /** Bytes of content relayed so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Throws RangeError or TypeError when a parcel's addresses make no sense. */
  forward(sender: Seat, parcel: Frame): void {
    if (!sender.shards.includes(parcel.shard)) throw new RangeError(`a parcel from shard ${parcel.shard}, which is not one it hosts`);
    const to = addresseeOf(parcel);
    const host = this.#hostOf(to);
    if (!host) throw new RangeError(`a parcel from shard ${parcel.shard} for shard ${to}, and the run has shards 0 to ${this.#shards - 1}`);
    if (host === sender) throw new RangeError(`a parcel from shard ${parcel.shard} for shard ${to}, which it hosts too: hand over within push where shards.has(to)`);
    const bytes = contentBytes(parcel);
    this.#bytes += bytes;
    host.member.link.send(parcel);
    void host.member.link.drained().then(() => sender.member.link.send(passedOnFrame(bytes, parcel.attempt)));
  }
}
