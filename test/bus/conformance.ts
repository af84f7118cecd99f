/** What every transport must do. Call it with a transport; it registers the tests. */
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/bus/connect.js';
import { BusError } from '../../src/bus/error.js';
import { encodeFrame } from '../../src/bus/frames.js';
import { decodeAnswer, encodeIntroduction, newSessionId } from '../../src/bus/handshake.js';
import type { Hello, Link } from '../../src/bus/link.js';
import type { LinkOptions } from '../../src/bus/options.js';
import type { Listener, ReceptionOptions } from '../../src/bus/reception.js';
import type { Dial, Wire, WireEnding } from '../../src/bus/wire.js';
import { faultyDial, HANDSHAKE_MESSAGES } from './faults.js';
import type { Fault, FaultPlan } from './faults.js';
import { collect, ended, exchange, failure, message, ofVersion, sameBytes, turns, until } from './talk.js';

export interface Transport {
  readonly name: string;
  listen(options: ReceptionOptions & { token: string }): Promise<Listener>;
  dial(url: string, token: string): Dial;
}

const TOKEN = 'correct-horse-battery-staple';
const RUN = 41;
const HELLO: Hello = { name: 'worker-1', facts: { engine: 'wasm' } };
/** Short silences and small chunks, so that a test sees in a second what takes a minute elsewhere. */
const QUICK: Partial<LinkOptions> = { chunkBytes: 1024, windowBytes: 64 << 10, heartbeatMs: 40, timeoutMs: 400, graceMs: 20_000 };
const FAULTS = {
  drop: { rate: 0.05, shows: ['gaps', 'reconnects'] },
  duplicate: { rate: 0.05, shows: ['duplicates'] },
  reorder: { rate: 0.05, shows: ['gaps', 'reconnects'] },
  delay: { rate: 0.05, shows: [] },
  truncate: { rate: 0.05, shows: ['reconnects'] },
} as const;

export function conformance(transport: Transport): void {
  let listener: Listener | null = null;
  afterEach(async () => {
    await listener?.close();
    listener = null;
  });

  /** A listener and the first link that it makes. */
  async function open(options: Partial<ReceptionOptions> = {}): Promise<{ url: string; link: Promise<Link> }> {
    let linked!: (link: Link) => void;
    const link = new Promise<Link>((resolve) => (linked = resolve));
    listener = await transport.listen({ run: RUN, token: TOKEN, accept: () => null, onLink: linked, ...options });
    return { url: listener.url, link };
  }

  async function pair(options: Partial<LinkOptions> = {}, wrap: (dial: Dial) => Dial = (dial) => dial): Promise<{ server: Link; client: Link }> {
    const { url, link } = await open(options);
    const client = await connect(wrap(transport.dial(url, TOKEN)), url, { hello: HELLO, patienceMs: 10_000, ...options });
    return { server: await link, client };
  }

  describe(`${transport.name}: delivery`, () => {
    it('carries frames both ways with every field and every element type', async () => {
      const { server, client } = await pair();
      const segments = [Uint8Array.of(1, 2, 3), Uint32Array.of(4), Int32Array.of(-5), Float32Array.of(0.5), Float64Array.of(Math.PI), new Float64Array(0)];
      const frame = { kind: 16, round: 7, task: 8, shard: 9, attempt: 10, segments };
      for (const [from, to] of [[server, client], [client, server]] as const) {
        const received = collect(to);
        from.send(frame);
        await until(() => received.length === 1);
        expect(received[0]).toMatchObject(frame);
      }
      expect(client.peer).toBe('the scheduler');
      expect(server.peer).toBe('worker-1');
    });

    it('copies segments before send returns', async () => {
      const { server, client } = await pair();
      const received = collect(client);
      const values = Float64Array.of(1, 2);
      server.send(message(0, values));
      values.fill(9);
      await until(() => received.length === 1);
      expect(received[0]!.segments[0]).toEqual(Float64Array.of(1, 2));
    });

    it('sends the frames of one turn as one message', async () => {
      const { server, client } = await pair();
      const received = collect(client);
      let messages = 0;
      const before = client.stats.bytesReceived;
      client.onFrame = (frame) => {
        if (received.push(frame) === 1) messages = client.stats.bytesReceived - before;
      };
      for (let i = 0; i < 10; i++) server.send(message(i, new Uint8Array(16)));
      await until(() => received.length === 10);
      expect(messages).toBe(10 * (64 + 16 + 16));
    });

    it('sends a frame at once that shall leave now, in one message with those that wait for it', async () => {
      const { server, client } = await pair();
      const received = collect(client);
      const before = server.stats.bytesSent;
      server.send(message(0, new Uint8Array(16)), 'next');
      expect(server.stats.bytesSent).toBe(before);
      server.send(message(1, new Uint8Array(16)), 'now');
      expect(server.stats.bytesSent - before).toBe(2 * (64 + 16 + 16));
      await until(() => received.length === 2);
      expect(received.map(({ task }) => task)).toEqual([0, 1]);
    });

    it('keeps frames for a handler that is set later', async () => {
      const { server, client } = await pair();
      for (let i = 0; i < 5; i++) server.send(message(i));
      await turns(20);
      const received = collect(client);
      await until(() => received.length === 5);
      expect(received.map(({ task }) => task)).toEqual([0, 1, 2, 3, 4]);
    });

    it('carries 20 MiB frames in chunks, both ways at once', async () => {
      const { server, client } = await pair();
      const values = new Float64Array((20 << 20) / 8).map((_, i) => i * 1.5);
      const [atClient, atServer] = [collect(client), collect(server)];
      server.send(message(1, values, Uint8Array.of(7)));
      client.send(message(2, values));
      await until(() => atClient.length === 1 && atServer.length === 1);
      expect(sameBytes(atClient[0]!.segments[0]!, values)).toBe(true);
      expect(atClient[0]!.segments[1]).toEqual(Uint8Array.of(7));
      expect(sameBytes(atServer[0]!.segments[0]!, values)).toBe(true);
    });

    it('refuses to send a frame above the limit, a kind of its own, or a number out of range', async () => {
      const { server } = await pair({ maxFrameBytes: 4096 });
      expect(() => server.send(message(0, new Uint8Array(5000)))).toThrow(/frame of 5088 bytes, at most 4096/);
      expect(() => server.send({ ...message(0), kind: 3 })).toThrow(/kind 3, expected 16 to 255/);
      expect(() => server.send({ ...message(0), round: -1 })).toThrow(/round is -1/);
    });
  });

  describe(`${transport.name}: faults`, () => {
    for (const [fault, { rate, shows }] of Object.entries(FAULTS)) {
      it(`delivers once, in order and byte for byte despite ${fault}`, async () => {
        const { server, client } = await pair(QUICK, (dial) => faultyDial(dial, 5, spare((_, u) => (u < rate ? (fault as Fault) : 'none'))));
        await exchange(server, client, 400);
        for (const count of shows) expect(server.stats[count] + client.stats[count], count).toBeGreaterThan(0);
        if (fault === 'delay') expect(client.stats).toMatchObject({ gaps: 0, duplicates: 0, reconnects: 0 });
      });
    }

    it('survives all faults mixed, the handshake included', async () => {
      const mix: readonly Fault[] = ['drop', 'duplicate', 'reorder', 'delay', 'truncate'];
      const { server, client } = await pair(QUICK, (dial) => faultyDial(dial, 77, (_, u) => mix[Math.floor(u * 100)] ?? 'none'));
      await exchange(server, client, 400);
    });

    it('notices a half-open wire and goes on over another one', async () => {
      const { server, client } = await pair(QUICK, (dial) => faultyDial(dial, 3, (n) => (n === 60 ? 'half-open' : 'none')));
      await exchange(server, client, 200);
      expect(client.stats.reconnects).toBeGreaterThan(0);
      expect(server.stats.reconnects).toBeGreaterThan(0);
    });

    it('notices the loss of the very last message', async () => {
      let lose = false;
      const { server, client } = await pair(QUICK, (dial) => faultyDial(dial, 1, () => (lose ? 'drop' : 'none')));
      const received = collect(server);
      lose = true;
      client.send(message(1));
      await turns(20);
      lose = false;
      await until(() => received.length === 1);
      expect(server.stats.gaps).toBe(1);
    });

    it('keeps an idle link alive without reconnecting', async () => {
      const { server, client } = await pair({ ...QUICK, heartbeatMs: 10, timeoutMs: 60 });
      const before = client.stats.bytesReceived;
      await until(() => client.stats.bytesReceived - before > 30 * 64);
      const received = collect(client);
      server.send(message(3));
      await until(() => received.length === 1);
      expect(client.stats).toMatchObject({ reconnects: 0, framesReceived: 1 });
      expect(server.stats.reconnects).toBe(0);
    });

    it('is lost on both ends when no new wire comes in time', async () => {
      let wires = 0;
      const once = (dial: Dial): Dial => () => (wires++ === 0 ? dial() : Promise.reject(new BusError('unreachable', 'the network is gone')));
      const options = { ...QUICK, graceMs: 200 };
      const { server, client } = await pair(options, (dial) => faultyDial(once(dial), 1, (n) => (n === 5 ? 'half-open' : 'none')));
      const ends = Promise.all([ended(server), ended(client)]);
      for (let i = 0; i < 20; i++) {
        client.send(message(i));
        await turns(1);
      }
      expect((await ends).map(({ reason }) => reason)).toEqual(['lost', 'lost']);
      await client.drained();
      await client.close();
    });
  });

  describe(`${transport.name}: back-pressure`, () => {
    const FRAME_BYTES = 8 << 10;
    const FRAMES = 60;

    async function write(link: Link, sent: { bytes: number }): Promise<void> {
      for (let i = 0; i < FRAMES; i++) {
        await link.drained();
        link.send(message(i, new Uint8Array(FRAME_BYTES)));
        sent.bytes += FRAME_BYTES;
      }
    }

    it('holds the writer at the window while nothing is read', async () => {
      const { server, client } = await pair(QUICK);
      const sent = { bytes: 0 };
      const writing = write(server, sent);
      await turns(200);
      expect(sent.bytes).toBeGreaterThanOrEqual(QUICK.windowBytes! - FRAME_BYTES);
      expect(sent.bytes).toBeLessThanOrEqual(QUICK.windowBytes! + FRAME_BYTES);
      const received = collect(client);
      await writing;
      await until(() => received.length === FRAMES);
    });

    it('never has more than the window and a frame unread, however slow the wire', async () => {
      const { server, client } = await pair(QUICK, (dial) => faultyDial(dial, 9, (n) => (n < HANDSHAKE_MESSAGES ? 'none' : 'delay')));
      const sent = { bytes: 0 };
      let readBytes = 0;
      let most = 0;
      let count = 0;
      client.onFrame = ({ segments }) => {
        most = Math.max(most, sent.bytes - readBytes);
        readBytes += segments[0]!.byteLength;
        count++;
      };
      await write(server, sent);
      await until(() => count === FRAMES);
      expect(most).toBeLessThanOrEqual(QUICK.windowBytes! + FRAME_BYTES);
    });
  });

  describe(`${transport.name}: refusals`, () => {
    const join = (url: string, token = TOKEN): Promise<Link> => connect(transport.dial(url, token), url, { hello: HELLO, patienceMs: 5000 });

    it('turns away a wrong token, at once and by name of the address, without showing it', async () => {
      const { url } = await open();
      const error = await failure(join(url, 'a-wrong-token'));
      expect(error).toMatchObject({ name: 'BusError', reason: 'refused' });
      expect(error.message).toContain(`the scheduler at ${url} refused this token`);
      expect(error.message).not.toContain('a-wrong-token');
    });

    it('turns away whom the scheduler does not accept, with its reason, whole and in any script', async () => {
      const reason = `no: ${'ä€𝄞'.repeat(40)} is too long for a close reason`;
      const { url } = await open({ accept: ({ name }) => (name === 'worker-1' ? reason : null) });
      expect(await failure(join(url))).toMatchObject({ reason: 'refused', message: reason });
    });

    it('turns away a worker of another protocol version in a way that it can read', async () => {
      const { url } = await open();
      const { answer, ending } = await strangerSays(transport.dial(url, TOKEN), ofVersion(2, introduction(0)));
      const sentence = 'the scheduler speaks protocol 1, this worker 2: install the same version on both';
      expect(decodeAnswer(answer!)).toEqual({ refusal: { reason: 'protocol', message: sentence } });
      expect(ending).toEqual({ reason: 'protocol', message: sentence });
    });

    it('turns away a worker of an old run', async () => {
      const { url } = await open();
      const { ending } = await strangerSays(transport.dial(url, TOKEN), introduction(7));
      expect(ending?.reason).toBe('refused');
      expect(ending?.message).toMatch(/at run 41, the worker belongs to run 7/);
    });

    it('turns away a session that it does not know', async () => {
      const { url } = await open();
      const { ending } = await strangerSays(transport.dial(url, TOKEN), introduction(RUN));
      expect(ending?.reason).toBe('lost');
    });

    it('hangs up on what is no hello', async () => {
      const { url } = await open();
      const { answer, ending } = await strangerSays(transport.dial(url, TOKEN), new Uint8Array(100));
      expect(answer).toBeNull();
      expect(ending).toBeNull();
    });

    it('ends a link on which a frame of another run comes', async () => {
      const { url, link } = await open();
      const end = link.then((made) => (collect(made), ended(made)));
      const foreign = encodeFrame(message(0), { run: 9, sequence: 1, acknowledged: 0 });
      const { ending } = await strangerSays(transport.dial(url, TOKEN), introduction(0), foreign);
      expect(ending?.reason).toBe('protocol');
      expect(await end).toMatchObject({ reason: 'protocol' });
      expect((await end).message).toMatch(/frame of run 9 came where run 41 is under way/);
    });

    it('ends a link whose peer acknowledges what was never sent', async () => {
      const { url, link } = await open();
      const end = link.then((made) => (collect(made), ended(made)));
      const impossible = encodeFrame(message(0), { run: RUN, sequence: 1, acknowledged: 12 });
      await strangerSays(transport.dial(url, TOKEN), introduction(0), impossible);
      expect((await end).message).toMatch(/frame 12 was acknowledged where 0 is the last/);
    });

    it('waits for a scheduler that is not there yet', async () => {
      const { url } = await open();
      await listener!.close();
      expect(await failure(connect(transport.dial(url, TOKEN), url, { hello: HELLO }))).toMatchObject({ reason: 'unreachable' });
      let tries = 0;
      const dial: Dial = () => (tries++ < 3 ? Promise.reject(new BusError('unreachable', 'not yet')) : transport.dial(url2, TOKEN)());
      const { url: url2 } = await open();
      await connect(dial, url2, { hello: HELLO, patienceMs: 10_000 });
      expect(tries).toBe(4);
    });
  });

  describe(`${transport.name}: closing`, () => {
    it('delivers what was queued, then tells both ends', async () => {
      const { server, client } = await pair();
      const received = collect(client);
      const ends = Promise.all([ended(server), ended(client)]);
      for (let i = 0; i < 50; i++) server.send(message(i, new Uint8Array(1000)));
      await server.close();
      expect(received).toHaveLength(50);
      expect((await ends).map(({ reason }) => reason)).toEqual(['closed', 'peer-closed']);
      server.send(message(99));
      await server.drained();
      await server.close();
      await client.close();
      expect(received).toHaveLength(50);
    });

    it('lets both ends close at once', async () => {
      const { server, client } = await pair();
      const [atServer, atClient] = [collect(server), collect(client)];
      server.send(message(1));
      client.send(message(2));
      await Promise.all([server.close(), client.close()]);
      expect([atServer.length, atClient.length]).toEqual([1, 1]);
    });

    it('tells a handler that is set after the end', async () => {
      const { server, client } = await pair();
      client.onFrame = () => undefined;
      server.onFrame = () => undefined;
      await client.close();
      await turns(50);
      expect((await ended(server)).reason).toBe('peer-closed');
    });

    it.each(['before', 'while'])('does not wait for a worker that disappears %s the listener closes', async (moment) => {
      const wires: Wire[] = [];
      const onlyOnce = (dial: Dial): Dial => async () => {
        if (wires.length > 0) throw new BusError('unreachable', 'the network is gone');
        wires.push(await dial());
        return wires[0]!;
      };
      const { server } = await pair({ graceMs: 600_000 }, onlyOnce);
      const end = ended(server);
      const vanish = (): void => wires[0]!.close(null);
      if (moment === 'before') {
        vanish();
        await turns(50);
      }
      const closing = listener!.close();
      if (moment === 'while') vanish();
      await closing;
      expect((await end).reason).toBe('lost');
    });

    it('says goodbye to every worker when the listener closes, and takes nobody new', async () => {
      const { client } = await pair();
      const end = ended(client);
      collect(client);
      await listener!.close();
      expect((await end).reason).toBe('peer-closed');
    });
  });
}

function spare(plan: FaultPlan): FaultPlan {
  return (n, u) => (n < HANDSHAKE_MESSAGES ? 'none' : plan(n, u));
}

function introduction(run: number): Uint8Array {
  return encodeIntroduction({ session: newSessionId(), run, received: 0, hello: HELLO });
}

/** Speaks the given messages on a bare wire and waits for its end. */
async function strangerSays(dial: Dial, ...messages: Uint8Array[]): Promise<{ answer: Uint8Array | null; ending: WireEnding | null }> {
  const wire: Wire = await dial();
  let answer: Uint8Array | null = null;
  wire.onMessage = (bytes) => void (answer ??= bytes);
  const ending = new Promise<WireEnding | null>((resolve) => (wire.onClose = resolve));
  for (const bytes of messages) wire.send(bytes);
  return { ending: await ending, answer };
}
