/** Connections that nobody should make. In: where to, the token, random choices. Out: each made, and over before the next one needs its place. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { tokenSubprotocol } from '../../../src/bus/websocket-wire.js';
import type { Draws } from '../draws.js';
import { BYTE_MUTATIONS } from '../mutate/bytes.js';
import type { Conversation } from './conversation.js';
import { mutatedMessage } from './mutate.js';

export interface Target {
  readonly port: number;
  readonly token: string;
}

type Attack = (socket: Socket, target: Target, draws: Draws, conversation: Conversation) => Promise<void> | void;

const LONGEST_MS = 20_000;

const noise = (draws: Draws, length: number) => Buffer.from(Array.from({ length }, () => draws.below(256)));

function upgrade({ token }: Target, changes: Readonly<Record<string, string>> = {}): string {
  const headers = { host: 'x', connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==', authorization: `Bearer ${token}`, ...changes };
  return `GET / HTTP/1.1\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

/** A WebSocket frame whose head says what the choices say, seldom the truth. */
function webSocketFrame(payload: Uint8Array, draws: Draws): Buffer {
  const first = draws.once(2) ? 0x82 : draws.below(256);
  const mask = draws.once(4) ? 0 : 0x80;
  const claimed = draws.once(2) ? payload.length : draws.of([0, 125, 126, 65535, 65536, 8 << 20, (8 << 20) + 1, 2 ** 32, Number.MAX_SAFE_INTEGER]);
  const length = claimed < 126 ? Buffer.from([claimed]) : claimed < 65536 ? Buffer.from([126, claimed >> 8, claimed & 255]) : longLength(claimed);
  length[0]! |= mask;
  return Buffer.concat([Buffer.from([first]), length, mask ? Buffer.alloc(4) : Buffer.alloc(0), payload]);
}

function longLength(claimed: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = 127;
  bytes.writeBigUInt64BE(BigInt(claimed), 1);
  return bytes;
}

/** As a client sends it, masked with zeros. */
function honestFrame(payload: Uint8Array): Buffer {
  const head = payload.length < 126 ? Buffer.from([0x82, 0x80 | payload.length]) : Buffer.from([0x82, 0xfe, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

const ATTACKS: readonly Attack[] = [
  (socket, _target, draws) => void socket.write(noise(draws, draws.small(4096))),
  // A TLS handshake where none is spoken, and its first bytes alone.
  (socket, _target, draws) => void socket.write(Buffer.concat([Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), noise(draws, draws.below(600))])),
  (socket, target, draws) => void socket.write(draws.of(BYTE_MUTATIONS)(Buffer.from(upgrade(target)), draws, Buffer.from(upgrade(target, { upgrade: 'h2c' })))),
  (socket, target, draws) => void socket.write(draws.of([
    'GET / HTTP/1.1\r\n\r\n', 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nfffffffff\r\n', 'GET / HTTP/9.9\r\nhost: x\r\n\r\n', `GET /${'a'.repeat(9000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    `OPTIONS * HTTP/1.1\r\nhost: x\r\ncookie: ${'b'.repeat(9000)}\r\n\r\n`, 'GET / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 99999999999\r\n\r\n', 'GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n'.repeat(20), 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n', upgrade(target).slice(0, -2),
  ])),
  (socket, target, draws) => void socket.write(upgrade(target, draws.of<Record<string, string>>([
    { authorization: `Bearer ${target.token}x` }, { authorization: 'Bearer ' }, { authorization: `Basic ${target.token}` }, { authorization: `Bearer ${'t'.repeat(7000)}` }, { 'sec-websocket-key': 'short' }, { 'sec-websocket-version': '8' }, { origin: 'https://elsewhere.example' },
    { authorization: '', 'sec-websocket-protocol': `strads, ${tokenSubprotocol('wrong')}` }, { 'sec-websocket-protocol': 'a,'.repeat(1000) }, { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' }, { upgrade: 'websocket, websocket' },
  ]))),
  async (socket, target, draws, { messages }) => {
    await opened(socket, target);
    for (let i = 1 + draws.below(4); i > 0; i--) socket.write(webSocketFrame(draws.of(messages), draws));
  },
  async (socket, target, draws) => {
    await opened(socket, target);
    const kind = draws.of([0x89, 0x8a, 0x88, 0x02, 0x00, 0x01]);
    for (let i = draws.below(300); i > 0; i--) socket.write(Buffer.from([kind, 0x81, 0, 0, 0, 0, draws.below(256)]));
  },
  async (socket, target, draws, { handshake, messages }) => {
    await opened(socket, target);
    socket.write(honestFrame(draws.once(3) ? draws.of(handshake) : mutatedMessage(draws.of([...handshake, ...messages]), draws.of(handshake), draws)));
    for (let i = draws.below(5); i > 0; i--) socket.write(honestFrame(mutatedMessage(draws.of(messages), draws.of(messages), draws)));
  },
  async (socket, target, _draws, { handshake }) => {
    await opened(socket, target);
    for (const byte of honestFrame(handshake[0]!).subarray(0, 40)) socket.write(Buffer.from([byte]));
  },
  // The right token, and silence.
  async (socket, target) => opened(socket, target),
];

/** The token is shown, and the listener has answered or hung up. */
async function opened(socket: Socket, target: Target): Promise<void> {
  socket.write(upgrade(target, Math.abs(target.port) % 2 === 0 ? {} : { authorization: '', 'sec-websocket-protocol': `strads, ${tokenSubprotocol(target.token)}` }));
  await Promise.race([once(socket, 'data'), once(socket, 'close')]).catch(() => undefined);
}

/** Makes one connection; says what is wrong where the listener neither answers nor hangs up for long after its end was said. */
export async function attackOnce(target: Target, draws: Draws, conversation: Conversation): Promise<string | null> {
  const socket = connect({ port: target.port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  socket.resume();
  const attack = draws.below(ATTACKS.length);
  const isReset = draws.once(3);
  const closed = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), LONGEST_MS);
    socket.once('close', () => (clearTimeout(timer), resolve(true)));
  });
  await Promise.race([once(socket, 'connect'), closed]).catch(() => undefined);
  await ATTACKS[attack]!(socket, target, draws, conversation);
  if (isReset) socket.resetAndDestroy();
  else socket.end();
  const isOver = await closed;
  socket.destroy();
  return isOver ? null : `attack ${attack} was neither answered nor hung up on within ${LONGEST_MS} ms of its end`;
}
