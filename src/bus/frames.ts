/**
 * Frames as bytes. In: a frame's fields and typed arrays. Out: one block of bytes, a multiple of 16 long, and back.
 * Everything is little-endian, as are the hosts: decoded segments are views of the message, not copies.
 *
 *   byte   0  u32  magic "STRD"       these eight bytes mean the same
 *          4  u16  protocol version   in every version of the protocol
 *          6  u16  kind
 *          8  u32  run
 *         12  u32  round, task, shard, attempt
 *         28  u32  number of segments
 *         32  u64  sequence
 *         40  u64  acknowledged sequence of the other direction
 *         48  u32  bytes of the whole frame
 *         52       12 zero bytes
 *         64  u32  element type and byte length of each segment, then zeros up to a multiple of 16
 *                  the segments, each followed by zeros up to a multiple of 16
 */
import type { Frame, SegmentData } from './link.js';

export const PROTOCOL_VERSION = 1;
export const HEADER_BYTES = 64;
export const ALIGNMENT = 16;
export const MAX_SEGMENTS = 4096;

/** Application verbs are 16 … 255; these are the bus's own. */
export const Kind = {
  /** A peer introduces itself, is let in, or is turned away. */
  hello: 1,
  welcome: 2,
  refusal: 3,
  /** Acknowledges and keeps the wire alive. It has no sequence of its own: the field holds the last one sent. */
  acknowledge: 4,
  /** The next bytes of a frame above the chunk limit. */
  part: 5,
  /** The last frame of a direction. */
  goodbye: 6,
} as const;
export const FIRST_APPLICATION_KIND = 16;
export const LAST_APPLICATION_KIND = 255;

/** Whether something of the frame is for the application. */
export function carriesData({ kind }: Pick<Frame, 'kind'>): boolean {
  return kind === Kind.part || kind >= FIRST_APPLICATION_KIND;
}

/** What the bus adds to a frame. */
export interface Stamp {
  readonly run: number;
  readonly sequence: number;
  readonly acknowledged: number;
}

export interface DecodedFrame extends Frame, Stamp {
  /** Length of the encoded frame. */
  readonly bytes: number;
}

/** Bytes that are no frame, or a frame that cannot become bytes. */
export class FrameError extends Error {
  override readonly name: string = 'FrameError';
}

/** A frame of a peer that speaks another version of the protocol. */
export class VersionError extends FrameError {
  override readonly name = 'VersionError';

  constructor(readonly version: number) {
    super(`frame of protocol version ${version}, expected ${PROTOCOL_VERSION}: install the same version on both sides`);
  }
}

const MAGIC = 0x4452_5453;
const TABLE_ENTRY_BYTES = 8;
const U32 = 0x1_0000_0000;
const AT = {
  version: 4, kind: 6, run: 8, round: 12, task: 16, shard: 20, attempt: 24,
  segments: 28, sequence: 32, acknowledged: 40, bytes: 48, zeros: 52,
} as const;

/** Element types by their number in the segment table. */
const ELEMENTS = [null, Uint8Array, Uint32Array, Int32Array, Float32Array, Float64Array] as const;

const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Bytes of the header and the segment table. */
export const headBytes = (segments: number): number => align(HEADER_BYTES + segments * TABLE_ENTRY_BYTES);

/** Bytes of a segment with the zeros behind it. */
export const segmentBytes = (segment: SegmentData): number => align(segment.byteLength);

/** Bytes of the frame once encoded. */
export function frameBytes(frame: Frame): number {
  let bytes = headBytes(frame.segments.length);
  for (const segment of frame.segments) bytes += segmentBytes(segment);
  return bytes;
}

/** The frame as bytes, in memory of its own or in zeros of its length that are given; the segments are copied. */
export function encodeFrame(frame: Frame, stamp: Stamp, bytes = new Uint8Array(frameBytes(frame))): Uint8Array {
  writeHead(bytes, frame, stamp, bytes.length);
  let offset = headBytes(frame.segments.length);
  for (const segment of frame.segments) {
    // A small array gets an ArrayBuffer when it is first asked for one, so it is copied as what it is.
    const View = ELEMENTS[elementType(segment)]!;
    new View(bytes.buffer, bytes.byteOffset + offset, segment.length).set(segment);
    offset += segmentBytes(segment);
  }
  return bytes;
}

/** Writes header and segment table of a frame of `total` bytes to the beginning of `target`, which is zero there. */
export function writeHead(target: Uint8Array, frame: Frame, stamp: Stamp, total: number): void {
  if (frame.segments.length > MAX_SEGMENTS) {
    throw new FrameError(`a frame of ${frame.segments.length} segments, at most ${MAX_SEGMENTS} are allowed: send several frames`);
  }
  const view = new DataView(target.buffer, target.byteOffset);
  view.setUint32(0, MAGIC, true);
  view.setUint16(AT.version, PROTOCOL_VERSION, true);
  view.setUint16(AT.kind, frame.kind, true);
  view.setUint32(AT.run, unsigned('run', stamp.run), true);
  view.setUint32(AT.round, unsigned('round', frame.round), true);
  view.setUint32(AT.task, unsigned('task', frame.task), true);
  view.setUint32(AT.shard, unsigned('shard', frame.shard), true);
  view.setUint32(AT.attempt, unsigned('attempt', frame.attempt), true);
  view.setUint32(AT.segments, frame.segments.length, true);
  setCount(view, AT.sequence, stamp.sequence);
  setCount(view, AT.acknowledged, stamp.acknowledged);
  view.setUint32(AT.bytes, unsigned('size', total), true);
  let entry = HEADER_BYTES;
  for (const segment of frame.segments) {
    view.setUint32(entry, elementType(segment), true);
    view.setUint32(entry + 4, segment.byteLength, true);
    entry += TABLE_ENTRY_BYTES;
  }
}

/** Renews the acknowledgement of an encoded frame, which may have waited or be sent again. */
export function stampAcknowledged(frame: Uint8Array, acknowledged: number): void {
  setCount(new DataView(frame.buffer, frame.byteOffset), AT.acknowledged, acknowledged);
}

/** The message itself, or a copy of it, in memory whose views of any element type are aligned; `take` gives such memory. */
export function aligned(message: Uint8Array, take = (bytes: number) => new Uint8Array(bytes)): Uint8Array {
  if (message.byteOffset % ALIGNMENT === 0) return message;
  const copy = take(message.length);
  copy.set(message);
  return copy;
}

/** Checks magic, version and size of the frame that begins at `offset`, and returns its size in bytes. */
export function checkFrameStart(message: Uint8Array, offset: number, maxFrameBytes: number): number {
  return startOf(new DataView(message.buffer, message.byteOffset, message.byteLength), offset, maxFrameBytes);
}

/**
 * Reads the frame that begins at `offset` of an aligned message. Its segments are views of the message.
 * Throws FrameError, before anything is allocated, when the bytes are not exactly what `encodeFrame` writes.
 */
export function decodeFrame(message: Uint8Array, offset: number, maxFrameBytes: number): DecodedFrame {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const bytes = startOf(view, offset, maxFrameBytes);
  if (bytes > message.byteLength - offset) {
    throw new FrameError(`a frame of ${bytes} bytes where the message has ${message.byteLength - offset} left: it was cut short`);
  }
  return {
    kind: view.getUint16(offset + AT.kind, true),
    run: view.getUint32(offset + AT.run, true),
    round: view.getUint32(offset + AT.round, true),
    task: view.getUint32(offset + AT.task, true),
    shard: view.getUint32(offset + AT.shard, true),
    attempt: view.getUint32(offset + AT.attempt, true),
    sequence: getCount(view, offset + AT.sequence),
    acknowledged: getCount(view, offset + AT.acknowledged),
    segments: readSegments(message, view, offset, bytes),
    bytes,
  };
}

function startOf(view: DataView, offset: number, maxFrameBytes: number): number {
  const left = view.byteLength - offset;
  if (left < HEADER_BYTES) throw new FrameError(`${left} bytes where a header of ${HEADER_BYTES} bytes was expected`);
  const magic = view.getUint32(offset, true);
  if (magic !== MAGIC) throw new FrameError(`magic number 0x${magic.toString(16)}, expected 0x${MAGIC.toString(16)} ("STRD")`);
  const version = view.getUint16(offset + AT.version, true);
  if (version !== PROTOCOL_VERSION) throw new VersionError(version);
  const bytes = view.getUint32(offset + AT.bytes, true);
  if (bytes < HEADER_BYTES || bytes % ALIGNMENT !== 0) {
    throw new FrameError(`frame size ${bytes}, expected a multiple of ${ALIGNMENT} from ${HEADER_BYTES}`);
  }
  if (bytes > maxFrameBytes) throw new FrameError(`a frame of ${bytes} bytes, above the limit of ${maxFrameBytes}`);
  return bytes;
}

function readSegments(message: Uint8Array, view: DataView, offset: number, bytes: number): SegmentData[] {
  const count = view.getUint32(offset + AT.segments, true);
  if (count > MAX_SEGMENTS) throw new FrameError(`${count} segments, at most ${MAX_SEGMENTS} are allowed`);
  checkTable(view, offset, bytes, count);
  checkZeros(message, offset + AT.zeros, offset + HEADER_BYTES);
  checkZeros(message, offset + HEADER_BYTES + count * TABLE_ENTRY_BYTES, offset + headBytes(count));
  const segments: SegmentData[] = [];
  let start = message.byteOffset + offset + headBytes(count);
  for (let i = 0, entry = offset + HEADER_BYTES; i < count; i++, entry += TABLE_ENTRY_BYTES) {
    const View = ELEMENTS[view.getUint32(entry, true)]!;
    const length = view.getUint32(entry + 4, true);
    segments.push(new View(message.buffer as ArrayBuffer, start, length / View.BYTES_PER_ELEMENT));
    checkZeros(message, start - message.byteOffset + length, start - message.byteOffset + align(length));
    start += align(length);
  }
  return segments;
}

/** The table's types are known, its lengths whole elements, and together they fill the frame exactly. */
function checkTable(view: DataView, offset: number, bytes: number, count: number): void {
  let expected = headBytes(count);
  for (let i = 0, entry = offset + HEADER_BYTES; i < count && expected <= bytes; i++, entry += TABLE_ENTRY_BYTES) {
    const type = view.getUint32(entry, true);
    const View = ELEMENTS[type];
    if (!View) throw new FrameError(`segment ${i} has element type ${type}, expected 1 to ${ELEMENTS.length - 1}`);
    const length = view.getUint32(entry + 4, true);
    if (length % View.BYTES_PER_ELEMENT !== 0) {
      throw new FrameError(`segment ${i} has ${length} bytes, expected a multiple of ${View.BYTES_PER_ELEMENT}`);
    }
    expected += align(length);
  }
  if (expected !== bytes) throw new FrameError(`${count} segments do not fill a frame of ${bytes} bytes exactly`);
}

function checkZeros(message: Uint8Array, begin: number, end: number): void {
  for (let i = begin; i < end; i++) if (message[i] !== 0) throw new FrameError(`byte ${i} is ${message[i]}, expected 0 between the parts of a frame`);
}

function elementType(segment: SegmentData): number {
  for (let type = 1; type < ELEMENTS.length; type++) if (segment instanceof ELEMENTS[type]!) return type;
  throw new FrameError('a segment is a Uint8Array, Uint32Array, Int32Array, Float32Array or Float64Array');
}

/** The bytes of a segment as they lie. */
export function asBytes(segment: SegmentData): Uint8Array {
  return segment instanceof Uint8Array ? segment : new Uint8Array(segment.buffer, segment.byteOffset, segment.byteLength);
}

function unsigned(field: string, value: number): number {
  if (value >>> 0 !== value) throw new FrameError(`a frame's ${field} is ${value}, expected an integer from 0 to ${U32 - 1}`);
  return value;
}

function setCount(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setUint32(offset + 4, Math.floor(value / U32), true);
}

function getCount(view: DataView, offset: number): number {
  const value = view.getUint32(offset, true) + view.getUint32(offset + 4, true) * U32;
  if (!Number.isSafeInteger(value)) throw new FrameError(`sequence number ${value}, expected at most ${Number.MAX_SAFE_INTEGER}`);
  return value;
}
