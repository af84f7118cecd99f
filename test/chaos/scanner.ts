/**
 * Finds the bus's frames in the bytes of a WebSocket connection as they pass. In: chunks of one direction, cut anywhere. Out: where in the
 * chunk each frame begins and ends, and what its header says. A client masks with zeros (src/bus/node-wire.ts), so nothing is to be unmasked.
 */
import { HEADER_BYTES } from '../../src/bus/frames.js';

export interface Header {
  readonly kind: number;
  readonly run: number;
  readonly task: number;
  readonly attempt: number;
}

export interface Mark {
  readonly edge: 'begin' | 'end';
  /** Bytes of the chunk before it; a frame whose header came with an earlier chunk begins at 0. */
  readonly at: number;
  readonly header: Header;
}

const END_OF_HTTP = Buffer.from('\r\n\r\n');
const CONTROL = 0x08;
const MASK_BYTES = 4;

export class FrameScanner {
  #stage: 'http' | 'message' | 'frame' | 'content' | 'control' = 'http';
  /** What has come of a head. */
  #head = Buffer.alloc(0);
  /** Bytes that are left of the message, and of the frame in it or the control message. */
  #messageLeft = 0;
  #left = 0;
  #header: Header | null = null;

  scan(chunk: Buffer): Mark[] {
    const marks: Mark[] = [];
    let at = 0;
    while (at < chunk.length) at = this.#step(chunk, at, marks);
    return marks;
  }

  #step(chunk: Buffer, at: number, marks: Mark[]): number {
    switch (this.#stage) {
      case 'http':
        return this.#skipHttp(chunk, at);
      case 'message':
        return this.#openMessage(chunk, at);
      case 'frame':
        return this.#openFrame(chunk, at, marks);
      default:
        return this.#pass(chunk, at, marks);
    }
  }

  #skipHttp(chunk: Buffer, at: number): number {
    const known = this.#head.length;
    this.#head = Buffer.concat([this.#head, chunk.subarray(at)]);
    const end = this.#head.indexOf(END_OF_HTTP);
    if (end < 0) return chunk.length;
    this.#enter('message');
    return at + end + END_OF_HTTP.length - known;
  }

  #openMessage(chunk: Buffer, at: number): number {
    const next = this.#gather(chunk, at, this.#head.length < 2 ? 2 : messageHeadBytes(this.#head));
    if (this.#head.length < 2 || this.#head.length < messageHeadBytes(this.#head)) return next;
    const isControl = (this.#head[0]! & CONTROL) !== 0;
    const length = messageLength(this.#head);
    if (isControl) this.#left = length;
    else this.#messageLeft = length;
    this.#enter(length === 0 ? 'message' : isControl ? 'control' : 'frame');
    return next;
  }

  #openFrame(chunk: Buffer, at: number, marks: Mark[]): number {
    const next = this.#gather(chunk, at, HEADER_BYTES);
    if (this.#head.length < HEADER_BYTES) return next;
    this.#header = { kind: this.#head.readUInt16LE(6), run: this.#head.readUInt32LE(8), task: this.#head.readUInt32LE(16), attempt: this.#head.readUInt32LE(24) };
    this.#left = this.#head.readUInt32LE(48) - HEADER_BYTES;
    this.#messageLeft -= HEADER_BYTES;
    marks.push({ edge: 'begin', at: Math.max(0, next - HEADER_BYTES), header: this.#header });
    this.#enter('content');
    if (this.#left === 0) this.#endFrame(next, marks);
    return next;
  }

  #pass(chunk: Buffer, at: number, marks: Mark[]): number {
    const passed = Math.min(this.#left, chunk.length - at);
    this.#left -= passed;
    if (this.#stage === 'content') this.#messageLeft -= passed;
    if (this.#left > 0) return at + passed;
    if (this.#stage === 'content') this.#endFrame(at + passed, marks);
    else this.#enter('message');
    return at + passed;
  }

  #endFrame(at: number, marks: Mark[]): void {
    marks.push({ edge: 'end', at, header: this.#header! });
    this.#enter(this.#messageLeft > 0 ? 'frame' : 'message');
  }

  #gather(chunk: Buffer, at: number, wanted: number): number {
    const next = Math.min(chunk.length, at + wanted - this.#head.length);
    this.#head = Buffer.concat([this.#head, chunk.subarray(at, next)]);
    return next;
  }

  #enter(stage: 'message' | 'frame' | 'content' | 'control'): void {
    this.#stage = stage;
    this.#head = Buffer.alloc(0);
  }
}

/** RFC 6455, section 5.2. */
function messageHeadBytes(head: Buffer): number {
  const short = head[1]! & 0x7f;
  return 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + (head[1]! & 0x80 ? MASK_BYTES : 0);
}

function messageLength(head: Buffer): number {
  const short = head[1]! & 0x7f;
  return short === 127 ? Number(head.readBigUInt64BE(2)) : short === 126 ? head.readUInt16BE(2) : short;
}
