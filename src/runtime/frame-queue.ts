/**
 * Frames that wait for their turn at a worker. In: frames as they come. Out: the same in order; and, for those that bring data by the shard, when
 * there is room for more: the link they come by waits for that, so that a slow reader holds back its writer. Parcels never wait: senders in
 * a ring would wait for each other.
 */
import { deferred, type Deferred } from '../bus/deferred.js';
import type { Frame } from '../bus/link.js';
import { Verb } from './protocol.js';

const BULKY: ReadonlySet<number> = new Set([Verb.ShardPart, Verb.RestoreBlock]);
/** Bytes of such frames from which their link waits. */
const ROOM_BYTES = 1 << 23;

export class FrameQueue {
  readonly #frames: Frame[] = [];
  #bulk = 0;
  #room: Deferred | null = null;

  /** A promise where the link should wait until it is fulfilled. */
  push(frame: Frame): Promise<void> | void {
    this.#frames.push(frame);
    if (!BULKY.has(frame.kind)) return;
    this.#bulk += bytesOf(frame);
    if (this.#bulk < ROOM_BYTES) return;
    this.#room ??= deferred();
    return this.#room.promise;
  }

  shift(): Frame | undefined {
    const frame = this.#frames.shift();
    if (frame && BULKY.has(frame.kind)) this.#bulk -= bytesOf(frame);
    if (this.#bulk < ROOM_BYTES) this.open();
    return frame;
  }

  /** Nobody needs to wait any more. */
  open(): void {
    this.#room?.resolve();
    this.#room = null;
  }
}

function bytesOf({ segments }: Frame): number {
  return segments.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
