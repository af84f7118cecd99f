/**
 * The first words on a wire: hello (client), then welcome or refusal (server). One frame each, a message of its
 * own, its content JSON. The frame header carries the run and the last sequence received, which is where the
 * other side goes on sending.
 */
import { aligned, decodeFrame, encodeFrame, FrameError, Kind, PROTOCOL_VERSION } from './frames.js';
import type { DecodedFrame } from './frames.js';
import { decodeJson, encodeJson } from './json.js';
import type { Hello } from './link.js';
import { NO_SHARD } from './link.js';
import type { Pace } from './options.js';
import type { WireEnding } from './wire.js';

const MAX_HANDSHAKE_BYTES = 64 << 10;
const SESSION_ID = /^[0-9a-f]{32}$/;
const NAME = /^\P{C}{1,128}$/u;
const ENDINGS: readonly unknown[] = ['goodbye', 'refused', 'protocol', 'lost'] satisfies WireEnding['reason'][];

/** A client's side of a session; `run` is 0 until the server has told it. */
export interface Introduction {
  readonly session: string;
  readonly run: number;
  readonly received: number;
  readonly hello: Hello;
}

export interface Welcome {
  readonly run: number;
  readonly received: number;
  /** The server's heartbeat, which the client's is to be. */
  readonly pace: Pace;
  /** Name of the server. */
  readonly name: string;
}

/** Whether a peer may be called so: a line of at most 128 characters that a terminal shows as they are. */
export const isPeerName = (name: unknown): name is string => typeof name === 'string' && NAME.test(name);

/** 128 random bits: whoever knows them may take the session over. */
export function newSessionId(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function encodeIntroduction({ session, run, received, hello }: Introduction): Uint8Array {
  const bytes = encode(Kind.hello, run, received, { session, name: hello.name, facts: hello.facts });
  if (bytes.length > MAX_HANDSHAKE_BYTES) {
    throw new FrameError(`the hello takes ${bytes.length} bytes, at most ${MAX_HANDSHAKE_BYTES} are allowed: state fewer facts`);
  }
  return bytes;
}

export function decodeIntroduction(message: Uint8Array): Introduction {
  const frame = decode(message);
  if (frame.kind !== Kind.hello) throw new FrameError(`a frame of kind ${frame.kind} where a hello was expected`);
  const { session, name, facts } = record(decodeJson(frame.segments[0]));
  if (typeof session !== 'string' || !SESSION_ID.test(session)) throw new FrameError('the hello has no session of 32 hexadecimal digits');
  if (!isPeerName(name)) throw new FrameError('the hello has no name of 1 to 128 printable characters');
  return { session, run: frame.run, received: frame.acknowledged, hello: { name, facts: record(facts) } };
}

export function encodeWelcome({ run, received, name, pace }: Welcome): Uint8Array {
  return encode(Kind.welcome, run, received, { name, pace });
}

export function encodeRefusal(run: number, ending: WireEnding): Uint8Array {
  return encode(Kind.refusal, run, 0, ending);
}

/** The server's answer to a hello. */
export function decodeAnswer(message: Uint8Array): { welcome: Welcome } | { refusal: WireEnding } {
  const frame = decode(message);
  const content = record(decodeJson(frame.segments[0]));
  if (frame.kind === Kind.welcome) {
    if (!isPeerName(content['name'])) throw new FrameError('the welcome has no name');
    return { welcome: { run: frame.run, received: frame.acknowledged, name: content['name'], pace: paceOf(record(content['pace'])) } };
  }
  if (frame.kind === Kind.refusal) {
    const { reason, message: text } = content;
    if (!ENDINGS.includes(reason) || typeof text !== 'string') throw new FrameError('the refusal gives no reason');
    return { refusal: { reason: reason as WireEnding['reason'], message: text } };
  }
  throw new FrameError(`a frame of kind ${frame.kind} where a welcome was expected`);
}

/** What both sides say when their protocols differ; short enough for a WebSocket's close reason. */
export function versionSentence(server: string, serverVersion: number, workerVersion: number): string {
  return `${server} speaks protocol ${serverVersion}, this worker ${workerVersion}: install the same version on both`;
}

/** The refusal of a client that speaks `version`, by the server of this name. */
export function versionRefusal(server: string, version: number): WireEnding {
  return { reason: 'protocol', message: versionSentence(server, PROTOCOL_VERSION, version) };
}

function encode(kind: number, run: number, acknowledged: number, content: unknown): Uint8Array {
  const frame = { kind, round: 0, task: 0, shard: NO_SHARD, attempt: 0, segments: [encodeJson(content)] };
  return encodeFrame(frame, { run, sequence: 0, acknowledged });
}

function decode(message: Uint8Array): DecodedFrame {
  const frame = decodeFrame(aligned(message), 0, MAX_HANDSHAKE_BYTES);
  if (frame.bytes !== message.length) throw new FrameError(`${message.length - frame.bytes} bytes follow the first frame, expected none`);
  return frame;
}

const LONGEST_MS = 86_400_000;

function paceOf({ heartbeatMs, timeoutMs, graceMs }: Record<string, unknown>): Pace {
  const pace = { heartbeatMs, timeoutMs, graceMs };
  for (const ms of Object.values(pace)) if (!Number.isInteger(ms) || (ms as number) < 1 || (ms as number) > LONGEST_MS) throw new FrameError('the welcome has no pace of whole milliseconds');
  return pace as Pace;
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new FrameError('expected a JSON object');
  return value as Record<string, unknown>;
}
