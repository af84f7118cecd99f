/**
 * Frames too large for one message. In: a frame above the chunk limit. Out: part frames whose payloads, put
 * together, are the encoded frame; and back. A part has a sequence number of its own, so parts are resent like
 * any other frame.
 */
import { asBytes, checkFrameStart, decodeFrame, FIRST_APPLICATION_KIND, FrameError, frameBytes, headBytes, Kind, segmentBytes, writeHead } from './frames.js';
import type { DecodedFrame, Stamp } from './frames.js';
import type { Frame } from './link.js';

const PART_HEAD_BYTES = headBytes(1);

/** Encodes `frame` as part frames of at most `chunkBytes`, numbered from `stamp.sequence`; its segments are copied once. */
export function encodeParts(frame: Frame, stamp: Stamp, chunkBytes: number): Uint8Array[] {
  const total = frameBytes(frame);
  const size = chunkBytes - PART_HEAD_BYTES;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < total; at += size) {
    parts.push(emptyPart(frame, { ...stamp, sequence: stamp.sequence + parts.length }, Math.min(size, total - at)));
  }
  const head = new Uint8Array(headBytes(frame.segments.length));
  writeHead(head, frame, { ...stamp, sequence: 0 }, total);
  scatter(parts, size, 0, head);
  let offset = head.length;
  for (const segment of frame.segments) {
    scatter(parts, size, offset, asBytes(segment));
    offset += segmentBytes(segment);
  }
  return parts;
}

function emptyPart(frame: Frame, stamp: Stamp, payloadBytes: number): Uint8Array {
  const part = new Uint8Array(PART_HEAD_BYTES + payloadBytes);
  const segments = [part.subarray(PART_HEAD_BYTES)];
  writeHead(part, { ...frame, kind: Kind.part, segments }, stamp, part.length);
  return part;
}

/** Copies `bytes` to position `at` of what the parts' payloads of `size` bytes make up. */
function scatter(parts: readonly Uint8Array[], size: number, at: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    const offset = (at + done) % size;
    const piece = bytes.subarray(done, done + size - offset);
    parts[Math.floor((at + done) / size)]!.set(piece, PART_HEAD_BYTES + offset);
    done += piece.length;
  }
}

/** A frame may claim as much memory before its bytes have come. */
const CLAIM_BYTES = 8 << 20;

/** Puts the parts of one direction together again. Memory grows with what has come: a header alone gets no more than 8 MiB. */
export class Assembly {
  private whole: Uint8Array | null = null;
  private total = 0;
  private filled = 0;

  constructor(private readonly maxFrameBytes: number) {}

  /** Takes the next part; returns the frame it completes, or null. The size is checked before memory is taken for it. */
  add(part: DecodedFrame): DecodedFrame | null {
    const payload = part.segments[0];
    if (part.segments.length !== 1 || !(payload instanceof Uint8Array) || payload.length === 0) {
      throw new FrameError(`a part of ${part.segments.length} segments, expected one of bytes`);
    }
    if (this.whole === null) this.begin(payload);
    if (payload.length > this.total - this.filled) throw new FrameError(`parts of a frame exceed its ${this.total} bytes`);
    const whole = this.withRoomFor(payload.length);
    whole.set(payload, this.filled);
    this.filled += payload.length;
    return this.filled === this.total ? this.complete(whole) : null;
  }

  private begin(payload: Uint8Array): void {
    this.total = checkFrameStart(payload, 0, this.maxFrameBytes);
    this.whole = new Uint8Array(Math.min(this.total, CLAIM_BYTES));
  }

  private withRoomFor(bytes: number): Uint8Array {
    const whole = this.whole!;
    if (this.filled + bytes <= whole.length) return whole;
    const grown = new Uint8Array(Math.min(this.total, Math.max(2 * whole.length, this.filled + bytes)));
    grown.set(whole.subarray(0, this.filled));
    return (this.whole = grown);
  }

  private complete(whole: Uint8Array): DecodedFrame {
    this.whole = null;
    this.filled = 0;
    const frame = decodeFrame(whole, 0, this.maxFrameBytes);
    if (frame.kind < FIRST_APPLICATION_KIND) throw new FrameError(`a frame of kind ${frame.kind} came in parts, which the bus never does`);
    return frame;
  }
}
