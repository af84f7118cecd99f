/** The numbers that bound a link: how much may wait, how large a message is, how long silence may last. */
import { ALIGNMENT } from './frames.js';
import { MAX_MESSAGE_BYTES } from './wire.js';

/** How soon silence is noticed. */
export interface Pace {
  /** An idle link says that it is alive this often. */
  readonly heartbeatMs: number;
  /** Silence after which a wire counts as half-open; a message has to pass the network in this time. */
  readonly timeoutMs: number;
  /** Time a session waits for a new wire before it is lost. */
  readonly graceMs: number;
}

export interface LinkOptions extends Pace {
  /** Unacknowledged and unsent bytes from which `drained()` waits; also the most that is under way at once. */
  readonly windowBytes: number;
  /** Frames above this many bytes are sent in parts. */
  readonly chunkBytes: number;
  /** Frames above this many bytes are neither sent nor taken. */
  readonly maxFrameBytes: number;
}

export const HEARTBEAT_SECONDS = 5;

/** A peer that falls silent is given up within three heartbeats: two of silence, and half of one in which it may come back. What is left is for doing again what was lost. */
export function paceOf(heartbeatSeconds: number): Pace {
  const heartbeatMs = Math.ceil(1000 * heartbeatSeconds);
  return { heartbeatMs, timeoutMs: 2 * heartbeatMs, graceMs: Math.ceil(heartbeatMs / 2) };
}

const MIB = 1 << 20;
const MIN_CHUNK_BYTES = 1024;
/** What a header can say. */
const MAX_FRAME_BYTES = 0xffff_fff0;

const DEFAULTS: LinkOptions = {
  windowBytes: 8 * MIB,
  chunkBytes: 1 * MIB,
  maxFrameBytes: 256 * MIB,
  ...paceOf(HEARTBEAT_SECONDS),
};

/** The options given, the defaults for the others. Throws RangeError where a number makes no sense. */
export function linkOptions(given: Partial<LinkOptions>): LinkOptions {
  const options: LinkOptions = {
    windowBytes: given.windowBytes ?? DEFAULTS.windowBytes,
    chunkBytes: given.chunkBytes ?? DEFAULTS.chunkBytes,
    maxFrameBytes: given.maxFrameBytes ?? DEFAULTS.maxFrameBytes,
    heartbeatMs: given.heartbeatMs ?? DEFAULTS.heartbeatMs,
    timeoutMs: given.timeoutMs ?? DEFAULTS.timeoutMs,
    graceMs: given.graceMs ?? DEFAULTS.graceMs,
  };
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} is ${value}, expected a positive integer`);
  }
  const { chunkBytes, maxFrameBytes } = options;
  if (maxFrameBytes > MAX_FRAME_BYTES) throw new RangeError(`maxFrameBytes is ${maxFrameBytes}, expected at most ${MAX_FRAME_BYTES}`);
  if (chunkBytes < MIN_CHUNK_BYTES || chunkBytes > MAX_MESSAGE_BYTES || chunkBytes % ALIGNMENT !== 0) {
    throw new RangeError(`chunkBytes is ${chunkBytes}, expected a multiple of ${ALIGNMENT} from ${MIN_CHUNK_BYTES} to ${MAX_MESSAGE_BYTES}`);
  }
  return options;
}
