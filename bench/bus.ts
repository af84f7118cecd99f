/**
 * How fast the bus is: strict rounds a second between one scheduler and two workers (a 256-byte frame to each,
 * the next round when both have answered), and MB/s of 4 MiB frames to one worker. WebSocket workers are
 * processes, loopback workers live in this one. Prints the median of several samples.
 *
 *   npm run build && node dist/bench/bus.js
 */
import { fork } from 'node:child_process';
import { loopback } from '../src/bus/loopback.js';
import { NO_SHARD } from '../src/bus/link.js';
import type { Frame, Link } from '../src/bus/link.js';
import type { Listener, ReceptionOptions } from '../src/bus/reception.js';
import { connectWebSocket } from '../src/bus/websocket-client.js';
import { listenWebSocket } from '../src/bus/websocket-server.js';

const WORKERS = 2;
const SAMPLES = 7;
const WARM_UP_ROUNDS = 5000;
const ROUNDS = 10_000;
const SMALL_BYTES = 256;
const LARGE_BYTES = 4 << 20;
const LARGE_FRAMES = 64;
const TOKEN = 'bench';
const RUN = 1;
const Verb = { echo: 16, swallow: 17, end: 18 } as const;

interface Transport {
  readonly name: string;
  listen(options: ReceptionOptions): Promise<Listener>;
  startWorker(url: string): Promise<void>;
}

const memory = loopback();
const TRANSPORTS: readonly Transport[] = [
  {
    name: 'loopback',
    listen: (options) => memory.listen({ ...options, token: TOKEN }),
    startWorker: async () => serve(await memory.connect({ token: TOKEN, hello: { name: 'worker', facts: {} } })),
  },
  {
    name: 'websocket',
    listen: (options) => listenWebSocket({ ...options, token: TOKEN, host: '127.0.0.1', port: 0 }),
    startWorker: (url) => Promise.resolve(void fork(process.argv[1]!, [url])),
  },
];

/** A worker answers what it is to echo, and the end of a stream. */
function serve(link: Link): void {
  link.onFrame = (frame) => {
    if (frame.kind !== Verb.swallow) link.send(frame);
  };
}

async function measure(transport: Transport): Promise<void> {
  const links: Link[] = [];
  let complete: () => void;
  const joined = new Promise<void>((resolve) => (complete = resolve));
  const listener = await transport.listen({
    run: RUN,
    accept: () => null,
    onLink: (link) => {
      if (links.push(link) === WORKERS) complete();
    },
  });
  for (let i = 0; i < WORKERS; i++) await transport.startWorker(listener.url);
  await joined;
  await rounds(links, WARM_UP_ROUNDS);
  const perSecond = await median(async () => ROUNDS / (await seconds(() => rounds(links, ROUNDS))));
  const megabytes = (LARGE_FRAMES * LARGE_BYTES) / 1e6;
  await stream(links[0]!);
  const rate = await median(async () => megabytes / (await seconds(() => stream(links[0]!))));
  console.log(`${transport.name.padEnd(10)} ${perSecond.toFixed(0).padStart(7)} rounds/s ${rate.toFixed(0).padStart(6)} MB/s`);
  await listener.close();
}

function rounds(links: readonly Link[], count: number): Promise<void> {
  const values = new Uint8Array(SMALL_BYTES);
  return new Promise((resolve) => {
    let round = 0;
    let answers = 0;
    const start = (): void => {
      for (const link of links) link.send(message(Verb.echo, round, values));
    };
    for (const link of links) {
      link.onFrame = () => {
        if (++answers < links.length) return;
        answers = 0;
        if (++round === count) resolve();
        else start();
      };
    }
    start();
  });
}

async function stream(link: Link): Promise<void> {
  const values = new Uint8Array(LARGE_BYTES);
  const ended = new Promise<void>((resolve) => (link.onFrame = () => resolve()));
  for (let i = 0; i < LARGE_FRAMES; i++) {
    await link.drained();
    link.send(message(Verb.swallow, i, values));
  }
  link.send(message(Verb.end, 0, new Uint8Array(0)));
  await ended;
}

function message(kind: number, round: number, values: Uint8Array): Frame {
  return { kind, round, task: 0, shard: NO_SHARD, attempt: 0, segments: [values] };
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function median(sample: () => Promise<number>): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < SAMPLES; i++) samples.push(await sample());
  return samples.sort((a, b) => a - b)[SAMPLES >> 1]!;
}

const url = process.argv[2];
if (url === undefined) for (const transport of TRANSPORTS) await measure(transport);
else serve(await connectWebSocket({ url, token: TOKEN, hello: { name: 'worker', facts: {} } }));
