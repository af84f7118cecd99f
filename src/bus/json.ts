/** JSON as a segment, for what is said once and not on the data path. In: a value. Out: bytes; and back, bounded in length and depth before it is parsed. */
import { FrameError } from './frames.js';
import type { SegmentData } from './link.js';

const MAX_JSON_BYTES = 4 << 20;
const MAX_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];

export function encodeJson(value: unknown): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  if (bytes.length > MAX_JSON_BYTES) {
    throw new FrameError(`a description takes ${bytes.length} bytes as JSON, at most ${MAX_JSON_BYTES} are allowed: send what is large as parts of the data, in typed arrays`);
  }
  return bytes;
}

export function decodeJson(segment: SegmentData | undefined): unknown {
  if (!(segment instanceof Uint8Array)) throw new FrameError('expected a segment of bytes that holds JSON, found none');
  if (segment.length > MAX_JSON_BYTES) throw new FrameError(`a segment of ${segment.length} bytes of JSON, at most ${MAX_JSON_BYTES} are allowed`);
  if (isTooDeep(segment)) throw new FrameError(`JSON nested deeper than ${MAX_DEPTH} levels`);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(segment)) as unknown;
  } catch (error) {
    throw new FrameError(`a segment of ${segment.length} bytes is not JSON in UTF-8: ${(error as Error).message}`);
  }
}

/** Brackets within strings do not count. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let isQuoted = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) i += Number(byte === BACKSLASH);
    else if (OPENING.includes(byte)) depth++;
    else if (CLOSING.includes(byte)) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}
