/**
 * Mutated frames through everything that reads them, in this process. In: a seed, how many. Out: what was accepted and refused, and findings: an exception
 * that is none of ours, a frame that was read and would be written otherwise, a frame delivered twice, out of turn, or otherwise than it was sent.
 */
import { Assembly } from '../../../src/bus/chunks.js';
import { decodeFrame, encodeFrame, FrameError } from '../../../src/bus/frames.js';
import { decodeAnswer, decodeIntroduction } from '../../../src/bus/handshake.js';
import type { Frame } from '../../../src/bus/link.js';
import { Session } from '../../../src/bus/session.js';
import type { Wire } from '../../../src/bus/wire.js';
import { Combiner } from '../../../src/runtime/combine.js';
import { addresseeOf, chunkOf, contentBytes, jsonOf, parcelOf, trafficOf, Verb } from '../../../src/runtime/protocol.js';
import { RecipeIntake } from '../../../src/runtime/recipe-frames.js';
import { complaintAbout } from '../../../src/runtime/worker-facts.js';
import { Draws } from '../draws.js';
import { FRAMES, OPTIONS, overheard, RUN, type Conversation } from './conversation.js';
import { mutatedMessage, reordered } from './mutate.js';

export interface Tally {
  frames: number;
  accepted: number;
  refused: number;
  readonly findings: { readonly input: number; readonly what: string }[];
}

type Subject = (conversation: Conversation, draws: Draws, tally: Tally) => void;

/** Throws what is no refusal of ours. */
function refused(error: unknown, kinds: readonly (new (message?: string) => Error)[]): void {
  if (!kinds.some((kind) => error instanceof kind)) throw error;
}

function attempt(tally: Tally, read: () => void, ...also: (new (message?: string) => Error)[]): void {
  tally.frames++;
  try {
    read();
    tally.accepted++;
  } catch (error) {
    refused(error, [FrameError, ...also]);
    tally.refused++;
  }
}

const frameSubject: Subject = ({ messages, handshake }, draws, tally) => {
  const message = mutatedMessage(draws.of([...messages, ...handshake]), draws.of(messages), draws);
  attempt(tally, () => {
    for (let offset = 0; offset < message.length; ) {
      const frame = decodeFrame(message, offset, OPTIONS.maxFrameBytes);
      const again = encodeFrame(frame, frame);
      if (Buffer.compare(again.subarray(6), message.subarray(offset + 6, offset + frame.bytes)) !== 0) throw new Error('a frame that was read is written otherwise');
      offset += frame.bytes;
    }
  });
};

const handshakeSubject: Subject = ({ handshake }, draws, tally) => {
  const message = mutatedMessage(draws.of(handshake), draws.of(handshake), draws);
  attempt(tally, () => complaintAbout('w', decodeIntroduction(message).hello.facts));
  attempt(tally, () => void decodeAnswer(message));
};

const assemblySubject: Subject = ({ messages }, draws, tally) => {
  const assembly = new Assembly(OPTIONS.maxFrameBytes);
  for (let i = 0; i < 4; i++) {
    const payload = mutatedMessage(draws.of(messages), draws.of(messages), draws);
    attempt(tally, () => assembly.add({ ...FRAMES[0]!, kind: 5, run: RUN, sequence: 1, acknowledged: 0, bytes: payload.length, segments: [payload] }));
  }
};

/** What scheduler and workers make of a frame that passed. They end a run for these errors, never their process. */
const protocolSubject: Subject = ({ messages }, draws, tally) => {
  const message = mutatedMessage(draws.of(messages), draws.of(messages), draws);
  attempt(tally, () => {
    const received = decodeFrame(message, 0, OPTIONS.maxFrameBytes);
    understand(received);
  }, TypeError, RangeError);
};

function understand(received: Frame): void {
  switch (received.kind) {
    case Verb.Partial: {
      const combiner = new Combiner(4);
      combiner.add(received.shard, chunkOf(received));
      for (let shard = 0; shard < 4; shard++) combiner.finish(shard);
      combiner.sums();
      return;
    }
    case Verb.Parcel:
      addresseeOf(received);
      contentBytes(received);
      parcelOf(received);
      return;
    case Verb.Pushed:
      trafficOf(received);
      return;
    case Verb.Recipe:
      assertSmall(received);
      new RecipeIntake(received);
      return;
    case Verb.Program:
    case Verb.ShardOpen:
    case Verb.Offer:
      jsonOf(received);
  }
}

/** A recipe may be as large as the data; this process has no room for many. */
function assertSmall(received: Frame): void {
  const { arrays } = jsonOf<{ arrays?: readonly { length?: unknown }[] }>(received);
  for (const { length } of arrays ?? []) if (typeof length === 'number' && length > 1e6) throw new RangeError('a large recipe');
}

/** A wire whose far end is the test. */
function wireOf(): Wire & { closed: boolean } {
  const wire = { bufferedBytes: 0, closed: false, onMessage: () => undefined, onClose: () => undefined, send: () => undefined, close: () => void (wire.closed = true) };
  return wire;
}

/** A session hears mutated messages, over one wire after another as a peer that dials again would give it. */
function heard(messages: readonly Uint8Array[], tally: Tally): Frame[] {
  const delivered: Frame[] = [];
  let wire = wireOf();
  const session = new Session('peer', RUN, OPTIONS, { detached: () => undefined, ended: () => undefined });
  session.onFrame = (received) => void delivered.push(received);
  session.attach(wire, 0);
  for (const message of messages) {
    if (session.isEnded) break;
    if (wire.closed) session.attach((wire = wireOf()), 0);
    wire.onMessage(message);
  }
  tally[session.isEnded ? 'refused' : 'accepted'] += messages.length;
  session.finish({ reason: 'closed', message: '' });
  return delivered;
}

const sessionSubject: Subject = ({ messages }, draws, tally) => {
  const changes = messages.map(() => draws.once(4));
  tally.frames += changes.filter(Boolean).length;
  heard(messages.map((message, i) => (changes[i] ? mutatedMessage(message, draws.of(messages), draws) : message)), tally);
};

/** Whole messages, lost, repeated and out of order: what is delivered is the beginning of what was said. */
const orderSubject: Subject = ({ messages }, draws, tally) => {
  const sent = reordered(messages, draws);
  tally.frames += sent.length;
  const delivered = heard(sent, tally);
  for (const [i, { kind, segments }] of delivered.entries()) {
    const said = FRAMES[i]!;
    const isSame = kind === said.kind && segments.length === said.segments.length && segments.every((segment, s) => Buffer.compare(bytesOf(segment), bytesOf(said.segments[s]!)) === 0);
    if (!isSame) throw new Error(`frame ${i} of kind ${said.kind} was delivered as one of kind ${kind}, or with other content`);
  }
};

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => Buffer.from(buffer, byteOffset, byteLength);

/** By how often their turn comes: those that take one frame at a time more often than those that take a conversation. */
const SUBJECTS: readonly Subject[] = [frameSubject, frameSubject, frameSubject, frameSubject, handshakeSubject, handshakeSubject, assemblySubject, protocolSubject, protocolSubject, protocolSubject, sessionSubject, orderSubject];

/** At least `frames` of them. The same seed and input give the same frames. */
export async function fuzzFrames(seed: number, frames: number): Promise<Tally> {
  const conversation = await overheard();
  const tally: Tally = { frames: 0, accepted: 0, refused: 0, findings: [] };
  for (let input = 0; tally.frames < frames; input++) {
    try {
      SUBJECTS[input % SUBJECTS.length]!(conversation, new Draws(seed, input), tally);
    } catch (error) {
      tally.findings.push({ input, what: (error as Error).stack ?? String(error) });
    }
    if (input % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return tally;
}
