/**
 * The sending half of a session: encoded frames from the moment they are queued until the peer has acknowledged
 * them. In: frames, acknowledgements. Out: messages, in order, and again from the last acknowledged frame when
 * a wire broke.
 */
import { FrameError, stampAcknowledged } from './frames.js';

/** Acknowledged entries at the front of the list are cut off in batches of this many. */
const COMPACT_AFTER = 256;

export class Outbox {
  /** Frames from `head` on are unacknowledged, from `next` on also unsent. */
  private frames: (Uint8Array | null)[] = [];
  private head = 0;
  private next = 0;
  private acknowledgedSequence = 0;
  private queuedBytes = 0;
  private sentBytes = 0;

  /** Unacknowledged and unsent bytes. */
  get bytes(): number {
    return this.queuedBytes;
  }

  /** Bytes that were sent on this wire and not acknowledged. */
  get underWay(): number {
    return this.sentBytes;
  }

  get isEmpty(): boolean {
    return this.head === this.frames.length;
  }

  get hasUnsent(): boolean {
    return this.next < this.frames.length;
  }

  /** Sequence of the next frame to be queued; the first is 1. */
  get nextSequence(): number {
    return this.acknowledgedSequence + this.frames.length - this.head + 1;
  }

  /** Sequence of the last frame sent on this wire. */
  get lastSent(): number {
    return this.acknowledgedSequence + this.next - this.head;
  }

  /** Queues a frame that was encoded with `nextSequence`. */
  push(frame: Uint8Array): void {
    this.frames.push(frame);
    this.queuedBytes += frame.length;
  }

  /** Lets go of the frames up to `sequence`. */
  acknowledge(sequence: number): void {
    if (sequence <= this.acknowledgedSequence) return;
    if (sequence >= this.nextSequence) {
      throw new FrameError(`frame ${sequence} was acknowledged where ${this.nextSequence - 1} is the last that exists`);
    }
    for (; this.acknowledgedSequence < sequence; this.acknowledgedSequence++) {
      const { length } = this.frames[this.head]!;
      this.queuedBytes -= length;
      if (this.head < this.next) this.sentBytes -= length;
      else this.next++;
      this.frames[this.head++] = null;
    }
    if (this.head >= COMPACT_AFTER && this.head * 2 >= this.frames.length) this.compact();
  }

  /** A new wire: everything unacknowledged is to be sent again. */
  rewind(): void {
    this.next = this.head;
    this.sentBytes = 0;
  }

  clear(): void {
    this.acknowledge(this.nextSequence - 1);
  }

  /** The next unsent frames as one message of at most `maxBytes` (a single frame may be all of it), or null. */
  take(maxBytes: number, acknowledged: number): Uint8Array | null {
    const from = this.next;
    let bytes = 0;
    while (this.next < this.frames.length) {
      const frame = this.frames[this.next]!;
      if (this.next > from && bytes + frame.length > maxBytes) break;
      stampAcknowledged(frame, acknowledged);
      bytes += frame.length;
      this.next++;
    }
    if (this.next === from) return null;
    this.sentBytes += bytes;
    return this.next === from + 1 ? this.frames[from]! : this.join(from, bytes);
  }

  /** Frames that were encoded one behind another are a message as they lie. */
  private join(from: number, bytes: number): Uint8Array {
    const first = this.frames[from]!;
    if (this.areAdjacent(from)) return new Uint8Array(first.buffer, first.byteOffset, bytes);
    const message = new Uint8Array(bytes);
    for (let i = from, offset = 0; i < this.next; i++) {
      const frame = this.frames[i]!;
      message.set(frame, offset);
      offset += frame.length;
    }
    return message;
  }

  /** Whether the frames from `from` to the last one taken lie end to end. */
  private areAdjacent(from: number): boolean {
    for (let i = from + 1; i < this.next; i++) {
      const before = this.frames[i - 1]!;
      const frame = this.frames[i]!;
      if (frame.buffer !== before.buffer || frame.byteOffset !== before.byteOffset + before.length) return false;
    }
    return true;
  }

  private compact(): void {
    this.frames.splice(0, this.head);
    this.next -= this.head;
    this.head = 0;
  }
}
