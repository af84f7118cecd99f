/** What a peer that knows the token may claim, send, leave unsaid or unread: bounds held on both sides of each. */
import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Assembly } from '../../src/bus/chunks.js';
import { pauseBefore } from '../../src/bus/connect.js';
import { decodeFrame, encodeFrame, HEADER_BYTES, Kind, MAX_SEGMENTS, writeHead } from '../../src/bus/frames.js';
import { decodeAnswer, decodeIntroduction, encodeIntroduction, isPeerName, newSessionId } from '../../src/bus/handshake.js';
import { decodeJson, encodeJson } from '../../src/bus/json.js';
import type { LinkClosed } from '../../src/bus/link.js';
import { loopback, wirePair } from '../../src/bus/loopback.js';
import { linkOptions, paceOf } from '../../src/bus/options.js';
import type { ReceptionOptions } from '../../src/bus/reception.js';
import { Session } from '../../src/bus/session.js';
import { connectWebSocket, dialWebSocket } from '../../src/bus/websocket-client.js';
import { listenWebSocket } from '../../src/bus/websocket-server.js';
import type { Wire } from '../../src/bus/wire.js';
import { collect, ended, message, turns, until } from './talk.js';

const TOKEN = 'correct-horse-battery-staple';
const HELLO = { name: 'worker', facts: {} };
const STAMP = { run: 1, sequence: 1, acknowledged: 0 };
const MIB = 1 << 20;
const LIMIT = 256 * MIB;
/** Longer than an acknowledgement waits for a ride. */
const LATER_MS = 12;

/** The head of a frame that claims `total` bytes, and nothing of them. */
function claim(total: number): Uint8Array {
  const head = new Uint8Array(HEADER_BYTES);
  writeHead(head, message(0), { ...STAMP, sequence: 0 }, total);
  return head;
}

const part = (payload: Uint8Array) => ({ ...decodeFrame(encodeFrame(message(0, payload), STAMP), 0, LIMIT), kind: Kind.part });

describe('a frame that claims memory', () => {
  it('gets 8 MiB for its head, and more as its bytes come', () => {
    const before = process.memoryUsage().arrayBuffers;
    const assemblies = Array.from({ length: 64 }, () => new Assembly(LIMIT));
    for (const assembly of assemblies) expect(assembly.add(part(claim(LIMIT)))).toBeNull();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 9 * MIB);
  });

  it.each([7 * MIB, 8 * MIB - 16, 8 * MIB, 8 * MIB + 16, 33 * MIB])('of %i bytes comes back whole', (size) => {
    const assembly = new Assembly(LIMIT);
    const content = new Uint8Array(size - 80).map((_, i) => i * 7);
    const bytes = encodeFrame(message(3, content), STAMP);
    let whole = null;
    for (let at = 0; at < bytes.length; at += 3 * MIB) whole = assembly.add(part(bytes.subarray(at, at + 3 * MIB)));
    expect(Buffer.compare(whole!.segments[0] as Uint8Array, content)).toBe(0);
  });

  it.each([
    ['0', 0, false],
    ['48, less than a header', 48, false],
    ['the limit', LIMIT, true],
    ['16 more than the limit', LIMIT + 16, false],
    ['what 32 bits hold', 0xffff_fff0, false],
  ])('of %s is taken on or not', (_what, total, isTaken) => {
    const begin = () => new Assembly(LIMIT).add(part(claim(total)));
    if (isTaken) expect(begin()).toBeNull();
    else expect(begin).toThrow(/frame/);
  });

  it('by a table whose lengths add up beyond 32 bits is refused, also where they wrap to the right size', () => {
    for (const length of [0xffff_fff0, 0x1_0000_0000 / MAX_SEGMENTS]) {
      const bytes = encodeFrame(message(0, ...Array.from({ length: MAX_SEGMENTS }, () => new Uint8Array(0))), STAMP);
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < MAX_SEGMENTS; i++) view.setUint32(HEADER_BYTES + 8 * i + 4, length, true);
      expect(() => decodeFrame(bytes, 0, LIMIT)).toThrow(/do not fill a frame/);
    }
  });

  it('has zeros between its parts', () => {
    const frame = message(0, Uint8Array.of(1), Uint8Array.of(2));
    const size = encodeFrame(frame, STAMP).length;
    const free = Array.from({ length: size }, (_, i) => i).filter((i) => (i >= 52 && i < 64) || (i > 80 && i < 96) || i > 96);
    for (const at of free) {
      const bytes = encodeFrame(frame, STAMP);
      bytes[at] = 1;
      expect(() => decodeFrame(bytes, 0, LIMIT), `byte ${at}`).toThrow(`byte ${at} is 1, expected 0`);
    }
  });

  it('as a limit of more than a header can say is none', () => {
    expect(() => linkOptions({ maxFrameBytes: 2 ** 32 })).toThrow(/maxFrameBytes is 4294967296, expected at most 4294967280/);
  });
});

describe('JSON', () => {
  const nested = (depth: number) => new TextEncoder().encode('['.repeat(depth) + ']'.repeat(depth));

  it('of 64 levels is read, of 65 not, brackets in strings uncounted', () => {
    expect(decodeJson(nested(64))).toBeInstanceOf(Array);
    expect(() => decodeJson(nested(65))).toThrow('JSON nested deeper than 64 levels');
    const text = ['['.repeat(100), '\\"[{'.repeat(100), '"\\'];
    expect(decodeJson(encodeJson(text))).toEqual(text);
  });

  it('of more than 4 MiB is neither sent nor read', () => {
    expect(() => encodeJson('x'.repeat(4 * MIB - 1))).toThrow(/a description takes 4194305 bytes as JSON, at most 4194304 are allowed: send what is large as parts/);
    expect((decodeJson(encodeJson('x'.repeat(4 * MIB - 2))) as string).length).toBe(4 * MIB - 2);
    expect(() => decodeJson(new Uint8Array(4 * MIB + 1).fill(0x20))).toThrow(/4194305 bytes of JSON/);
  });

  it('names peers in one printable line of 128 characters', () => {
    for (const name of ['gpu-1', 'größe €', 'x'.repeat(128)]) expect(isPeerName(name), name).toBe(true);
    for (const name of ['', 'x'.repeat(129), 'two\nlines', 'red \u001b[31m', '\u202egnp', 7, null]) expect(isPeerName(name), String(name)).toBe(false);
    const hello = encodeIntroduction({ session: newSessionId(), run: 0, received: 0, hello: { name: 'a\u0007b', facts: {} } });
    expect(() => decodeIntroduction(hello)).toThrow(/no name of 1 to 128 printable characters/);
  });
});

describe('a reception', () => {
  const desk = (options: Partial<ReceptionOptions> = {}) => ({ token: TOKEN, run: 1, accept: () => null, onLink: () => undefined, ...options });

  it('waits for the hello of 64 wires at a time', async () => {
    const bus = loopback();
    const listener = await bus.listen(desk());
    const silent = await Promise.all(Array.from({ length: 64 }, bus.dial(TOKEN)));
    await expect(bus.connect({ token: TOKEN, hello: HELLO })).rejects.toMatchObject({ reason: 'unreachable' });
    silent[0]!.close(null);
    await turns(3);
    await (await bus.connect({ token: TOKEN, hello: HELLO })).close();
    for (const wire of silent) wire.close(null);
    await listener.close();
  });

  it('has 2048 peers at a time', async () => {
    const bus = loopback();
    const listener = await bus.listen(desk());
    const links = [];
    for (let i = 0; i < 2048; i++) links.push(await bus.connect({ token: TOKEN, hello: HELLO }));
    await expect(bus.connect({ token: TOKEN, hello: HELLO })).rejects.toMatchObject({ reason: 'refused', message: 'the scheduler has 2048 peers, and takes no more' });
    await links[0]!.close();
    await turns(5);
    await (await bus.connect({ token: TOKEN, hello: HELLO })).close();
    await listener.close();
  });

  it('keeps no session of a newcomer that has received what was never sent', async () => {
    const bus = loopback();
    let links = 0;
    const listener = await bus.listen(desk({ onLink: () => links++ }));
    const session = newSessionId();
    const say = async (run: number, received: number) => {
      const wire = await bus.dial(TOKEN)();
      const answers: Uint8Array[] = [];
      wire.onMessage = (answer) => answers.push(answer);
      wire.send(encodeIntroduction({ session, run, received, hello: HELLO }));
      await turns(5);
      return answers.map(decodeAnswer);
    };
    expect(await say(0, 12)).toEqual([]);
    expect(await say(1, 0)).toMatchObject([{ refusal: { reason: 'lost' } }]);
    expect(links).toBe(0);
    await listener.close();
  });

  it('of a later run turns a peer of an earlier one away, and neither harms the other', async () => {
    const first = await listenWebSocket({ ...desk(), host: '127.0.0.1', port: 0 });
    const stale = await connectWebSocket({ url: first.url, token: TOKEN, hello: HELLO });
    const received = collect(stale);
    const end = ended(stale);
    const links: string[] = [];
    const options = { host: '127.0.0.1', port: first.port, ...desk({ run: 2, onLink: (_link, { name }) => links.push(name) }) };
    const close = first.close();
    stale.send(message(1));
    await close;
    const second = await listenWebSocket(options);
    expect((await end).reason).toBe('peer-closed');
    const socket = await dialWebSocket({ url: second.url, token: TOKEN })();
    const told = new Promise((resolve) => (socket.onClose = resolve));
    socket.send(encodeIntroduction({ session: newSessionId(), run: 1, received: 1, hello: HELLO }));
    expect(await told).toMatchObject({ reason: 'refused', message: 'the scheduler is at run 2, the worker belongs to run 1: start the worker again' });
    expect([received, links]).toEqual([[], []]);
    await second.close();
  });
});

describe('a session', () => {
  const quiet = { detached: () => undefined, ended: () => undefined };

  function attached(options = {}): { session: Session; wire: Wire; end: Promise<LinkClosed> } {
    const [near, wire] = wirePair();
    const session = new Session('peer', 1, linkOptions(options), quiet);
    session.attach(near, 0);
    return { session, wire, end: ended(session) };
  }

  it('is given up when more comes than the window before anybody reads it', async () => {
    const { wire, end } = attached({ windowBytes: MIB });
    const bytes = (sequence: number) => encodeFrame(message(0, new Uint8Array(MIB)), { ...STAMP, sequence });
    for (let sequence = 1; sequence <= 17; sequence++) wire.send(bytes(sequence));
    await turns(3);
    for (let sequence = 18; sequence <= 20; sequence++) wire.send(bytes(sequence));
    expect(await end).toMatchObject({ reason: 'protocol', message: expect.stringMatching(/bytes came unasked, and 1048576 may be under way/) as string });
  });

  it('is given up when its frames can’t be taken, and its process goes on', async () => {
    const { session, wire, end } = attached();
    session.onFrame = ({ segments }) => segments[0]!.length;
    wire.send(encodeFrame(message(0), STAMP));
    expect(await end).toMatchObject({ reason: 'protocol', message: expect.stringMatching(/the link to peer was given up: a frame of kind 20 can't be taken: Cannot read/) as string });
  });

  it('does not pile up acknowledgements for a peer that reads none', async () => {
    const sent: number[] = [];
    let unread = 0;
    const wire: Wire = { get bufferedBytes() { return unread; }, onMessage: () => undefined, onClose: () => undefined, send: (bytes) => (sent.push(bytes.length), (unread += bytes.length << 16)), close: () => undefined };
    const session = new Session('peer', 1, linkOptions({}), quiet);
    collect(session);
    session.attach(wire, 0);
    for (let sequence = 1; sequence <= 64 * 1000; sequence++) wire.onMessage(encodeFrame(message(0), { ...STAMP, sequence }));
    expect(sent.length).toBe(4);
    session.finish({ reason: 'closed', message: '' });
  });

  it('acknowledges what is read, not what was delivered: the writer waits for the reader', async () => {
    const bus = loopback();
    const options = { windowBytes: 64 << 10 };
    const linked = new Promise<Parameters<ReceptionOptions['onLink']>[0]>((resolve) => void bus.listen({ token: TOKEN, run: 1, accept: () => null, onLink: resolve, ...options }));
    const reader = await bus.connect({ token: TOKEN, hello: HELLO, ...options });
    const writer = await linked;
    const reading: (() => void)[] = [];
    let read = 0;
    reader.onFrame = () => new Promise<void>((resolve) => reading.push(() => (read++, resolve())));
    let written = 0;
    const writing = (async () => {
      for (; written < 100; written++) {
        await writer.drained();
        writer.send(message(written, new Uint8Array(8 << 10)));
      }
    })();
    let most = 0;
    while (read < 100) {
      await new Promise((resolve) => setTimeout(resolve, LATER_MS));
      most = Math.max(most, written - read);
      expect(reading.length).toBeLessThanOrEqual(9);
      reading.shift()?.();
    }
    await writing;
    expect(most).toBeGreaterThanOrEqual(7);
    expect(most).toBeLessThanOrEqual(9);
    expect(writer.stats).toMatchObject({ reconnects: 0, duplicates: 0, gaps: 0 });
    await reader.close();
  });

  it('that nobody answers is over within three heartbeats, and not before two', () => {
    vi.useFakeTimers();
    try {
      const { session, wire } = attached(paceOf(5));
      wire.onMessage = () => undefined;
      let reason = '';
      session.onClose = (closed) => (reason = closed.reason);
      vi.advanceTimersByTime(10_000);
      expect([session.isAttached, reason]).toEqual([false, '']);
      vi.advanceTimersByTime(5_000);
      expect(reason).toBe('lost');
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps the pace of who listens', async () => {
    const bus = loopback();
    const listener = await bus.listen({ token: TOKEN, run: 1, accept: () => null, onLink: () => undefined, heartbeatMs: 5, timeoutMs: 200, graceMs: 200 });
    const client = await bus.connect({ token: TOKEN, hello: HELLO });
    const before = client.stats.bytesSent;
    await until(() => client.stats.bytesSent - before > 20 * HEADER_BYTES);
    expect(client.stats.reconnects).toBe(0);
    await client.close();
    await listener.close();
  });
});

describe('pauses between attempts', () => {
  it('are anything up to a bound that doubles, at most 2 s', () => {
    expect([0, 1, 2, 5, 6, 40, 5000].map((attempt) => pauseBefore(attempt, 1))).toEqual([50, 100, 200, 1600, 2000, 2000, 2000]);
    expect(pauseBefore(9, 0)).toBe(0);
    const drawn = Array.from({ length: 100 }, () => pauseBefore(10));
    expect(new Set(drawn).size).toBeGreaterThan(90);
    expect(Math.min(...drawn)).toBeLessThan(700);
    expect(Math.max(...drawn)).toBeGreaterThan(1300);
  });
});

describe('a listener does not wait for ever', () => {
  const sockets: Socket[] = [];
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

  async function dripping(port: number, opening: string | Uint8Array, drop: string | Uint8Array): Promise<void> {
    const socket = connectSocket(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    socket.resume();
    socket.write(opening);
    const drip = setInterval(() => socket.write(drop), 50);
    await once(socket, 'close');
    clearInterval(drip);
  }

  const UPGRADE = `GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n`;
  /** The head of a masked binary message of 60,000 bytes. */
  const MESSAGE = Buffer.from([0x82, 0xfe, 0xea, 0x60, 0, 0, 0, 0]);

  it('for a request, a hello or a message that come drop by drop', async () => {
    const listener = await listenWebSocket({ host: '127.0.0.1', port: 0, token: TOKEN, run: 1, accept: () => null, onLink: () => undefined, heartbeatMs: 50, timeoutMs: 300, graceMs: 50 });
    await Promise.all([
      dripping(listener.port, 'GET / HT', 'T'),
      dripping(listener.port, UPGRADE, 'x-more: and more\r\n'),
      dripping(listener.port, `${UPGRADE}\r\n`, ''),
      dripping(listener.port, Buffer.concat([Buffer.from(`${UPGRADE}\r\n`), MESSAGE]), 'x'),
    ]);
    await listener.close();
  });
});
