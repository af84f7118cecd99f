/** A worker's place in a run: what it hosts, what it did, how it keeps up. */
import type { Member } from './cluster.js';
import type { DirectTraffic } from './protocol.js';

export interface Seat {
  readonly member: Member;
  /** Logical shards placed here, ascending; open or about to be. */
  shards: readonly number[];
  /** Those of them that are open. */
  readonly open: Set<number>;
  /** present: it works. leaving: it would like to go. gone: it left, or was lost. */
  state: 'present' | 'leaving' | 'gone';
  /** Workers to which its parcels go by the scheduler, since a direct link to them was lost. */
  readonly relaysTo: Set<string>;
  /** Tasks pushed times shards hosted. */
  pushes: number;
  /** As of its last push. */
  direct: DirectTraffic;
  /** The last task that it pushed, and when, ms. */
  pushedTask: number;
  pushedAt: number;
  /** The longest it took for a task, ms. */
  longestPush: number;
}

const NO_TRAFFIC: DirectTraffic = { parcelBytes: 0, bytesSent: 0, bytesReceived: 0 };

export function seatOf(member: Member): Seat {
  return { member, shards: [], open: new Set(), relaysTo: new Set(), state: 'present', pushes: 0, direct: NO_TRAFFIC, pushedTask: 0, pushedAt: 0, longestPush: 0 };
}
