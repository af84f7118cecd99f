import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect as connectSocket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connectStandardWebSocket } from '../../src/bus/browser-client.js';
import { encodeIntroduction, newSessionId } from '../../src/bus/handshake.js';
import type { Link } from '../../src/bus/link.js';
import type { Listener } from '../../src/bus/reception.js';
import { connectWebSocket, dialWebSocket } from '../../src/bus/websocket-client.js';
import { listenWebSocket } from '../../src/bus/websocket-server.js';
import type { WebSocketListenOptions } from '../../src/bus/websocket-server.js';
import { conformance } from './conformance.js';
import { ofVersion } from './talk.js';

const TOKEN = 'correct-horse-battery-staple';
const HELLO = { name: 'worker', facts: {} };

conformance({
  name: 'websocket',
  listen: (options) => listenWebSocket({ ...options, host: '127.0.0.1', port: 0 }),
  dial: (url, token) => dialWebSocket({ url, token }),
});

let listener: Listener | null = null;
afterEach(async () => {
  await listener?.close();
  listener = null;
});

async function listen(options: Partial<WebSocketListenOptions> = {}): Promise<Listener> {
  const defaults = { host: '127.0.0.1', port: 0, token: TOKEN, run: 1, accept: () => null, onLink: () => undefined };
  return (listener = await listenWebSocket({ ...defaults, ...options }));
}

async function upgrade(headers: Record<string, string>): Promise<number> {
  const { port } = listener!;
  const handshake = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==' };
  const asking = request({ port, host: '127.0.0.1', headers: { ...handshake, ...headers } });
  asking.on('error', () => undefined);
  asking.end();
  return new Promise((resolve) => {
    asking.on('response', (response: IncomingMessage) => resolve(response.statusCode!));
    asking.on('upgrade', (response: IncomingMessage, socket) => {
      socket.destroy();
      resolve(response.statusCode!);
    });
  });
}

describe('the WebSocket server', () => {
  const authorization = `Bearer ${TOKEN}`;

  it.each([
    ['no token', {}, 401],
    ['a wrong token', { authorization: 'Bearer nonsense' }, 401],
    ['the token under another scheme', { authorization: `Basic ${TOKEN}` }, 401],
    ['the token', { authorization }, 101],
    ['the token and the origin of a strange page', { authorization, origin: 'https://elsewhere.example' }, 403],
    ['the token and an allowed origin', { authorization, origin: 'https://lab.example' }, 101],
    ['headers that are too long', { authorization, cookie: 'x'.repeat(10_000) }, 431],
  ])('answers an upgrade with %s', async (_what, headers, status) => {
    await listen({ allowedOrigins: ['https://lab.example'] });
    expect(await upgrade(headers as Record<string, string>)).toBe(status);
  });

  it('serves nothing but WebSockets', async () => {
    const { port } = await listen();
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(426);
    expect(await response.text()).toMatch(/speaks WebSocket only/);
  });

  it('hears no more than 64 strangers at a time', async () => {
    const { port, url } = await listen();
    const strangers = Array.from({ length: 64 }, () => connectSocket(port, '127.0.0.1'));
    await Promise.all(strangers.map((socket) => once(socket, 'connect')));
    await expect(connectWebSocket({ url, token: TOKEN, hello: HELLO })).rejects.toMatchObject({ reason: 'unreachable' });
    for (const stranger of strangers) stranger.destroy();
    const link = await connectWebSocket({ url, token: TOKEN, hello: HELLO, patienceMs: 10_000 });
    await link.close();
  });

  it('puts the refusal of another version in the close reason', async () => {
    const { url } = await listen();
    const socket = new WebSocket(url, { headers: { authorization } });
    await once(socket, 'open');
    socket.send(ofVersion(2, encodeIntroduction({ session: newSessionId(), run: 0, received: 0, hello: HELLO })));
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4002, 'the scheduler speaks protocol 1, this worker 2: install the same version on both']);
  });

  it('hangs up on a message above the limit', async () => {
    const { url } = await listen();
    const socket = new WebSocket(url, { headers: { authorization } });
    await once(socket, 'open');
    socket.on('error', () => undefined);
    socket.send(new Uint8Array((8 << 20) + 1));
    expect((await once(socket, 'close'))[0]).not.toBe(1000);
  });

  it('says whose port is taken', async () => {
    const { port } = await listen();
    const second = listenWebSocket({ host: '127.0.0.1', port, token: TOKEN, run: 1, accept: () => null, onLink: () => undefined });
    await expect(second).rejects.toMatchObject({ reason: 'address', message: expect.stringContaining(`port ${port} of 127.0.0.1 is taken`) as string });
  });

  it('wants a token, a run number and an address that exists', async () => {
    await expect(listen({ token: '' })).rejects.toThrow(/join token is empty or has spaces/);
    await expect(listen({ run: 0 })).rejects.toThrow(/run number is 0/);
    await expect(listen({ host: '192.0.2.1' })).rejects.toMatchObject({ reason: 'address' });
  });

  it.each(['127.0.0.1', '0.0.0.0', '::'])('on %s tells where a peer comes from', async (host) => {
    let seen: string | null = null;
    const { port } = await listen({ host, onLink: (_link, _hello, address) => (seen = address) });
    await (await connectWebSocket({ url: `ws://127.0.0.1:${port}`, token: TOKEN, hello: HELLO })).close();
    expect(seen).toBe('127.0.0.1');
  });

  it('of a worker goes by its own name', async () => {
    const { url } = await listen({ name: 'worker b', accept: ({ name }) => (name === 'worker' ? null : 'go home') });
    const link = await connectWebSocket({ url, token: TOKEN, hello: HELLO, role: 'worker' });
    expect([link.peer, link.run]).toEqual(['worker b', 1]);
    const socket = new WebSocket(url, { headers: { authorization } });
    await once(socket, 'open');
    socket.send(encodeIntroduction({ session: newSessionId(), run: 2, received: 0, hello: HELLO }));
    const [, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect(reason.toString()).toBe('worker b is at run 1, the worker belongs to run 2: start the worker again');
    await expect(connectWebSocket({ url, token: 'wrong', hello: HELLO, role: 'worker' })).rejects.toThrow(`the worker at ${url} refused this token`);
  });

  it('gives an address that workers of this machine can dial', async () => {
    const { url, port } = await listen({ host: '0.0.0.0' });
    expect(url).toBe(`ws://127.0.0.1:${port}`);
  });
});

describe('the WebSocket client', () => {
  it('names the address where nobody answers', async () => {
    const { url, close } = await listen();
    await close();
    listener = null;
    const joining = connectWebSocket({ url, token: TOKEN, hello: HELLO });
    await expect(joining).rejects.toMatchObject({
      name: 'BusError',
      reason: 'unreachable',
      message: `no scheduler answers at ${url} (ECONNREFUSED): check the address, that the scheduler runs, and that no firewall is between`,
    });
  });

  it('waits for a scheduler as long as it is told', async () => {
    const { url, port, close } = await listen();
    await close();
    const joining = connectWebSocket({ url, token: TOKEN, hello: HELLO, patienceMs: 20_000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await listen({ port });
    await (await joining).close();
  });

  it.each(['nonsense', 'ftp://host:1'])('rejects the address %s', async (url) => {
    await expect(connectWebSocket({ url, token: TOKEN, hello: HELLO, patienceMs: 5000 })).rejects.toMatchObject({ reason: 'address' });
  });

  it('says so where another kind of server answers', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const joining = connectWebSocket({ url, token: TOKEN, hello: HELLO, patienceMs: 5000 });
    await expect(joining).rejects.toMatchObject({ reason: 'refused', message: expect.stringContaining(`${url} answered HTTP 404`) as string });
    await new Promise((resolve) => server.close(resolve));
  });

  it('does not dial with what cannot be a token', async () => {
    const { url } = await listen();
    for (const token of ['', 'two words', 'clé']) {
      await expect(connectWebSocket({ url, token, hello: HELLO })).rejects.toThrow(/refused this token/);
    }
  });
});

describe('the client for standard WebSockets', () => {
  const standard = { WebSocket, token: TOKEN, hello: HELLO };

  it('joins with the token as a subprotocol and exchanges frames', async () => {
    let server!: Link;
    const { url } = await listen({ onLink: (link) => (server = link) });
    const client = await connectStandardWebSocket({ ...standard, url });
    server.onFrame = (frame) => server.send(frame);
    const values = Float64Array.of(1.5, -2);
    const echo = new Promise((resolve) => (client.onFrame = resolve));
    client.send({ kind: 30, round: 1, task: 2, shard: 3, attempt: 4, segments: [values] });
    expect(await echo).toMatchObject({ kind: 30, segments: [values] });
    await client.close();
  });

  it('fails with advice where it is not let in', async () => {
    const { url } = await listen();
    await expect(connectStandardWebSocket({ ...standard, url, token: 'wrong' })).rejects.toThrow(/check the address and the token/);
  });
});
