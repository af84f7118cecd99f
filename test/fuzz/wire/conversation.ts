/** A conversation as it crosses the wire: every verb of a run, both ways, between two sessions in memory. Out: the messages of the scheduler's side, as they were sent. */
import { encodeIntroduction, encodeRefusal, encodeWelcome } from '../../../src/bus/handshake.js';
import type { Frame } from '../../../src/bus/link.js';
import { wirePair } from '../../../src/bus/loopback.js';
import { linkOptions, paceOf } from '../../../src/bus/options.js';
import { Session } from '../../../src/bus/session.js';
import type { Wire } from '../../../src/bus/wire.js';
import { recipeFrames } from '../../../src/runtime/recipe-frames.js';
import { commitFrame, frame, jsonFrame, parcelFrame, partFrame, partialFrame, passedOnFrame, pushedFrame, taskFrame, Verb } from '../../../src/runtime/protocol.js';

export const RUN = 41;
/** Small chunks, so that some frames come in parts. */
export const OPTIONS = linkOptions({ chunkBytes: 1024, windowBytes: 1 << 16, maxFrameBytes: 1 << 16, ...paceOf(3600) });

const SHAPE = { rows: 100, columns: 20, words: ['a', 'b'], nested: { deep: [1, [2, [3]]] } };
const numbers = (count: number) => Float64Array.from({ length: count }, (_, i) => Math.sin(i) * 1e3);
const ids = (count: number) => Uint32Array.from({ length: count }, (_, i) => 3 * i);
const at = { round: 7, task: 8 };

/** What an application says in a run. */
export const FRAMES: readonly Frame[] = [
  jsonFrame(Verb.Program, at, { program: 'lasso' }),
  jsonFrame(Verb.ShardOpen, { ...at, shard: 2 }, { shard: 2, shards: 4, description: SHAPE }),
  partFrame(2, [ids(5), numbers(5), new Uint8Array(3)], 0),
  partFrame(2, [new Float32Array(700)], 0),
  frame(Verb.ShardEnd, { ...at, shard: 2 }, []),
  jsonFrame(Verb.Peers, at, [{ worker: 'w', shards: [1], url: 'ws://127.0.0.1:7', run: 3, invitation: '00' }]),
  jsonFrame(Verb.Offer, at, { name: 'x.csv', file: '/data/x.csv', bytes: 10, digest: 'ab'.repeat(32), options: {} }),
  ...recipeFrames({ description: SHAPE, arrays: [numbers(40), ids(9)] }, 0),
  commitFrame(at, { ids: ids(6), values: numbers(6) }),
  taskFrame(at, { operation: 3, ids: ids(50), values: numbers(50) }),
  partialFrame({ ...at, shard: 2 }, { channel: 1, width: 2, keys: { first: 10, count: 20 }, values: numbers(40) }),
  partialFrame({ ...at, shard: 2 }, { channel: 0, width: 1, keys: ids(30), values: new Float32Array(30) }),
  parcelFrame(at, { shard: 2, to: 3, parcel: [numbers(300), ids(4)] }),
  passedOnFrame(4000, 0),
  pushedFrame(at, { parcelBytes: 1, bytesSent: 2, bytesReceived: 3 }),
  pushedFrame(at, null),
  frame(Verb.ShardReady, { ...at, shard: 2 }, []),
];

export interface Conversation {
  /** The first messages of either side, each by itself. */
  readonly handshake: readonly Uint8Array[];
  /** What one session sends to another, in order. */
  readonly messages: readonly Uint8Array[];
}

/** The session whose messages are heard, which has `FRAMES` to say; it and its peer do not know that somebody listens. */
export async function overheard(): Promise<Conversation> {
  const [near, far] = wirePair();
  const messages: Uint8Array[] = [];
  const tapped: Wire = { get bufferedBytes() { return near.bufferedBytes; }, onMessage: () => undefined, onClose: () => undefined, send: (message) => (messages.push(message.slice()), near.send(message)), close: (ending) => near.close(ending) };
  near.onMessage = (message) => tapped.onMessage(message);
  near.onClose = (ending) => tapped.onClose(ending);
  const quiet = { detached: () => undefined, ended: () => undefined };
  const [speaker, listener] = [new Session('listener', RUN, OPTIONS, quiet), new Session('speaker', RUN, OPTIONS, quiet)];
  let heard = 0;
  const all = new Promise<void>((resolve) => (listener.onFrame = () => ++heard === FRAMES.length && resolve()));
  speaker.onFrame = () => undefined;
  listener.attach(far, 0);
  speaker.attach(tapped, 0);
  for (const [i, said] of FRAMES.entries()) speaker.send(said, i % 3 === 0 ? 'now' : 'turn');
  await all;
  await speaker.close();
  // Of a version that nobody lets in: who has the token and the version is a worker, and what it says counts.
  const hello = { name: 'worker-1', facts: { version: '0.0.0-fuzz', engine: 'wasm', adapter: 'a CPU', software: false } };
  return {
    handshake: [
      encodeIntroduction({ session: '0123456789abcdef'.repeat(2), run: 0, received: 0, hello }),
      encodeIntroduction({ session: '0123456789abcdef'.repeat(2), run: RUN, received: 9, hello }),
      encodeWelcome({ run: RUN, received: 4, name: 'the scheduler', pace: paceOf(5) }),
      encodeRefusal(RUN, { reason: 'refused', message: 'go home' }),
    ],
    messages,
  };
}
