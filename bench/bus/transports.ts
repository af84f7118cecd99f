/**
 * What the bus' benchmark sends over: this project's two transports, and bare `ws` beside them. Every transport brings channels to the same two echoing
 * workers: processes where there is a socket, this process on loopback.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WebSocketServer, type WebSocket } from 'ws';
import { NO_SHARD, type Frame, type Link } from '../../src/bus/link.js';
import { loopback } from '../../src/bus/loopback.js';
import type { Listener, ReceptionOptions } from '../../src/bus/reception.js';
import { listenWebSocket } from '../../src/bus/websocket-server.js';

export const TOKEN = 'bench';
export const Verb = { echo: 16, swallow: 17, end: 18 } as const;
const RUN = 1;

/** A way to one worker. */
export interface Channel {
  /** Sends bytes of a round, to be answered with the same bytes, or swallowed. */
  send(kind: number, round: number, bytes: Uint8Array): void;
  /** Resolves once more may be sent. */
  ready(): Promise<void>;
  /** Called with the round and the length of every answer. */
  onAnswer: (round: number, length: number) => void;
}

export interface Opened {
  readonly channels: readonly Channel[];
  close(): Promise<void>;
}

export interface Transport {
  readonly name: string;
  open(workers: number): Promise<Opened>;
}

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/** A worker answers what it is to echo, and the end of a stream. */
export function serve(link: Link): void {
  link.onFrame = (frame) => {
    if (frame.kind !== Verb.swallow) link.send(frame);
  };
}

function overLink(link: Link): Channel {
  const channel: Channel = {
    send: (kind, round, bytes) => link.send(frameOf(kind, round, bytes)),
    ready: () => link.drained(),
    onAnswer: () => undefined,
  };
  link.onFrame = ({ round, segments }) => channel.onAnswer(round, segments[0]?.byteLength ?? 0);
  return channel;
}

function frameOf(kind: number, round: number, bytes: Uint8Array): Frame {
  return { kind, round, task: 0, shard: NO_SHARD, attempt: 0, segments: [bytes] };
}

async function joinedBy(workers: number, listen: (options: ReceptionOptions) => Promise<Listener>, start: (url: string) => Promise<void>): Promise<{ links: Link[]; listener: Listener }> {
  const links: Link[] = [];
  let complete!: () => void;
  const joined = new Promise<void>((resolve) => (complete = resolve));
  const onLink = (link: Link) => void (links.push(link) === workers && complete());
  const listener = await listen({ run: RUN, accept: () => null, onLink });
  for (let i = 0; i < workers; i++) await start(listener.url);
  await joined;
  return { links, listener };
}

const overLoopback: Transport = {
  name: 'bus on loopback',
  async open(workers) {
    const memory = loopback();
    const start = async () => serve(await memory.connect({ token: TOKEN, hello: { name: 'worker', facts: {} } }));
    const { links, listener } = await joinedBy(workers, (options) => memory.listen({ ...options, token: TOKEN }), start);
    return { channels: links.map(overLink), close: () => listener.close() };
  },
};

const overWebSocket: Transport = {
  name: 'bus on WebSocket',
  async open(workers) {
    const children: ChildProcess[] = [];
    const { links, listener } = await joinedBy(
      workers,
      (options) => listenWebSocket({ ...options, token: TOKEN, host: '127.0.0.1', port: 0 }),
      (url) => Promise.resolve(void children.push(fork(WORKER, ['bus', url]))),
    );
    const close = async () => {
      await listener.close();
      await Promise.all(children.map(ended));
    };
    return { channels: links.map(overLink), close };
  },
};

/** What travels: kind and round as two u32, then the bytes. */
const HEADER_BYTES = 8;

const overBareSocket: Transport = {
  name: 'bare ws',
  async open(workers) {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, maxPayload: 1 << 28 });
    await new Promise<void>((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const sockets: WebSocket[] = [];
    const joined = new Promise<void>((resolve) => server.on('connection', (socket) => void (sockets.push(socket) === workers && resolve())));
    const children = Array.from({ length: workers }, () => fork(WORKER, ['bare', `ws://127.0.0.1:${port}`]));
    await joined;
    const close = async () => {
      for (const socket of sockets) socket.close();
      await Promise.all(children.map(ended));
      await new Promise((resolve) => server.close(resolve));
    };
    return { channels: sockets.map(overSocket), close };
  },
};

function overSocket(socket: WebSocket): Channel {
  const channel: Channel = {
    send: (kind, round, bytes) => {
      const message = Buffer.allocUnsafe(HEADER_BYTES + bytes.length);
      message.writeUInt32LE(kind, 0);
      message.writeUInt32LE(round, 4);
      message.set(bytes, HEADER_BYTES);
      socket.send(message);
    },
    ready: async () => {
      while (socket.bufferedAmount > 8 << 20) await new Promise((resolve) => setImmediate(resolve));
    },
    onAnswer: () => undefined,
  };
  socket.on('message', (message: Buffer) => channel.onAnswer(message.readUInt32LE(4), message.length - HEADER_BYTES));
  return channel;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => (child.exitCode === null ? child.once('exit', () => resolve()) : resolve()));
}

/** Bare `ws` first: the others are compared with it. */
export const TRANSPORTS: readonly Transport[] = [overBareSocket, overWebSocket, overLoopback];
