/**
 * The receiving half of a session. In: decoded frames, from one wire after another, and which of them are still being read.
 * Out: whether a frame is the next one, and what is owed in acknowledgements.
 */
import { Kind } from './frames.js';
import type { DecodedFrame } from './frames.js';

/** gap: something before this frame was lost. nothing: the frame only speaks of others. */
export type Place = 'next' | 'duplicate' | 'gap' | 'nothing';

/** Frames and bytes after which an acknowledgement is not to wait any longer for a ride. */
const URGENT_FRAMES = 64;
const URGENT_BYTES = 1 << 20;

export class Inbox {
  private lastSequence = 0;
  private owedFrames = 0;
  private owedBytes = 0;
  /** Sequences of the frames that are being read, ascending. */
  private readonly unread = new Set<number>();

  /** Sequence up to which frames were received and read: what the peer may let go of. */
  get received(): number {
    if (this.unread.size === 0) return this.lastSequence;
    const [first] = this.unread;
    return first! - 1;
  }

  get owes(): boolean {
    return this.owedFrames > 0;
  }

  get owesUrgently(): boolean {
    return this.owedFrames >= URGENT_FRAMES || this.owedBytes >= URGENT_BYTES;
  }

  placeOf({ kind, sequence }: DecodedFrame): Place {
    if (kind === Kind.acknowledge) return sequence > this.lastSequence ? 'gap' : 'nothing';
    if (sequence === this.lastSequence + 1) return 'next';
    return sequence > this.lastSequence ? 'gap' : 'duplicate';
  }

  /** Takes the next frame. */
  take({ sequence, bytes }: DecodedFrame): void {
    this.lastSequence = sequence;
    this.owedFrames++;
    this.owedBytes += bytes;
  }

  /** The last frame is being read for a while; returns what to call when it has been. */
  reading(): () => void {
    const sequence = this.lastSequence;
    this.unread.add(sequence);
    return () => {
      const before = this.received;
      this.unread.delete(sequence);
      if (this.received > before) this.owedFrames++;
    };
  }

  /** An acknowledgement was sent. */
  acknowledged(): void {
    this.owedFrames = 0;
    this.owedBytes = 0;
  }
}
