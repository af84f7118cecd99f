/** TLS and mutual TLS under the bus: the conformance suite over it, and who is turned away with which words. */
import { readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { Listener } from '../../src/bus/reception.js';
import type { TlsIdentity } from '../../src/bus/tls.js';
import { connectWebSocket, dialWebSocket } from '../../src/bus/websocket-client.js';
import { listenWebSocket, type WebSocketListenOptions } from '../../src/bus/websocket-server.js';
import { certificateFolder, expiredCertificate, strangerCertificate } from './certificates.js';
import { conformance } from './conformance.js';

const TOKEN = 'correct-horse-battery-staple';
const HELLO = { name: 'worker', facts: {} };

const folder = certificateFolder();
strangerCertificate(folder, 'stranger');
expiredCertificate(folder);
const pem = (name: string) => readFileSync(join(folder, `${name}.pem`), 'utf8');
const identity = (name: string, key = `${name}-key`): TlsIdentity => ({ cert: pem(name), key: pem(key) });
const ca = pem('ca');
const mutual = { ...identity('scheduler'), ca };

conformance({
  name: 'websocket under mutual TLS',
  listen: (options) => listenWebSocket({ ...options, host: '127.0.0.1', port: 0, tls: mutual }),
  dial: (url, token) => dialWebSocket({ url, token, tls: { ...identity('worker'), ca } }),
});

let listener: Listener | null = null;
afterEach(async () => {
  await listener?.close();
  listener = null;
});

async function listen(tls: TlsIdentity | undefined, options: Partial<WebSocketListenOptions> = {}): Promise<Listener> {
  return (listener = await listenWebSocket({ host: '127.0.0.1', port: 0, token: TOKEN, run: 1, accept: () => null, onLink: () => undefined, tls, ...options }));
}

const enter = (url: string, tls: TlsIdentity) => connectWebSocket({ url, token: TOKEN, hello: HELLO, tls });

describe('a client', () => {
  it('joins whom its authority vouches for, without a certificate of its own where none is demanded', async () => {
    const { url } = await listen(identity('scheduler'));
    expect(url).toMatch(/^wss:/);
    await (await enter(url, { ca })).close();
  });

  it.each([
    ['an authority it does not know', identity('scheduler'), {}, /is not signed by an authority that is trusted here .*\(--tls-ca\)/],
    ['another authority than its own', identity('stranger'), { ca }, /is not signed by an authority that is trusted here/],
    ['a certificate out of date', identity('expired', 'worker-key'), { ca }, /is out of date \(CERT_HAS_EXPIRED\)/],
    ['a demand for its certificate', mutual, { ca }, /demands a certificate: give one that its authority has signed \(--tls-cert, --tls-key\)/],
    ['no TLS', undefined, { ca }, /does not speak TLS: start it with a certificate/],
  ])('is refused at once by %s', async (_what, server, own, message) => {
    const { url } = await listen(server);
    const joining = connectWebSocket({ url: url.replace(/^ws:/, 'wss:'), token: TOKEN, hello: HELLO, tls: own, patienceMs: 60_000 });
    await expect(joining).rejects.toMatchObject({ name: 'BusError', reason: 'refused', message: expect.stringMatching(message) as string });
  });

  it('is refused by a certificate for another host', async () => {
    strangerCertificate(folder, 'elsewhere');
    const { url } = await listen(identity('elsewhere'), { host: 'localhost' });
    await expect(enter(url, { ca: pem('elsewhere') })).rejects.toMatchObject({ reason: 'refused', message: expect.stringMatching(/is for another host .*connect by a name that it has/) as string });
  });

  it('whose certificate another authority has signed does not get in, nor one whose time is over', async () => {
    const { url } = await listen(mutual);
    for (const own of [identity('stranger'), identity('expired', 'worker-key')]) await expect(enter(url, { ...own, ca })).rejects.toMatchObject({ name: 'BusError', message: expect.stringMatching(/--tls-cert/) as string });
  });

  it('without TLS is told how the address begins', async () => {
    const { url } = await listen(identity('scheduler'));
    await expect(enter(url.replace('wss', 'ws'), {})).rejects.toMatchObject({ reason: 'unreachable', message: expect.stringMatching(/its address begins with wss:/) as string });
  });
});

describe('a listener with TLS', () => {
  it('does not speak versions before 1.2', async () => {
    const { port } = await listen(identity('scheduler'));
    const socket = connectTls({ port, host: '127.0.0.1', ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/protocol version|unsupported protocol/i);
  });

  it('speaks 1.3 to who can', async () => {
    const { port } = await listen(identity('scheduler'));
    const socket = connectTls({ port, host: '127.0.0.1', ca });
    await once(socket, 'secureConnect');
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
  });

  it('reads no HTTP of a client without a certificate of the authority', async () => {
    const { port } = await listen(mutual);
    const socket = connectTls({ port, host: '127.0.0.1', ca, ...identity('stranger') });
    socket.on('error', () => undefined);
    let answer = '';
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString()));
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'close');
    expect(answer).toBe('');
  });

  it('hears no more than 64 strangers at a time, and those that have joined are none', async () => {
    const { port, url } = await listen(identity('scheduler'));
    const links = await Promise.all(Array.from({ length: 3 }, () => enter(url, { ca })));
    const strangers = Array.from({ length: 64 }, () => connectSocket(port, '127.0.0.1'));
    await Promise.all(strangers.map((socket) => once(socket, 'connect')));
    await expect(enter(url, { ca })).rejects.toMatchObject({ reason: 'unreachable' });
    for (const stranger of strangers) stranger.destroy();
    links.push(await connectWebSocket({ url, token: TOKEN, hello: HELLO, tls: { ca }, patienceMs: 10_000 }));
    await Promise.all(links.map((link) => link.close()));
  });
});
