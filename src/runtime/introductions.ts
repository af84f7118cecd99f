/** Every worker learns which of the others host which shards and take parcels directly. */
import { peersOf } from './peer-addresses.js';
import { aside, jsonFrame, Verb } from './protocol.js';
import type { Seat } from './seat.js';

/** Goes ahead of whatever is sent in this attempt. In the first one nobody has anything to forget. */
export function introduce(seats: readonly Seat[], attempt: number): void {
  for (const seat of seats) {
    const peers = peersOf(seat, seats).filter(({ worker }) => !seat.relaysTo.has(worker));
    if (seat.shards.length > 0 && (peers.length > 0 || attempt > 0)) seat.member.link.send(jsonFrame(Verb.Peers, aside(attempt), peers));
  }
}
