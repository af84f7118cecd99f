/** What a worker says that cannot join, through the real command line: one clear message and exit code 2. */
import { afterAll, describe, expect, it } from 'vitest';
import { listenWebSocket } from '../../src/bus/websocket-server.js';
import { connectWebSocket } from '../../src/bus/websocket-client.js';
import { mistake, started, workplace } from './strads.js';

const TOKEN = 'a-token-of-24-characters';
const folder = await workplace({
  token: `${TOKEN}\n`,
  'wrong-token': 'another-token-of-24-letters\n',
  'short-token': 'abc\n',
  'train.csv': 'a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,1,6\n',
});

const work = (url: string, token = 'token') => mistake(folder, 'worker', '--connect', url, '--token-file', token, '--engine', 'wasm', '--patience', '0.2');

/** A scheduler that gives everyone the same answer. */
async function scheduler(answer: string | null): Promise<string> {
  const server = await listenWebSocket({ host: '127.0.0.1', port: 0, token: TOKEN, run: 1, accept: () => answer, onLink: () => undefined });
  afterAll(() => server.close());
  return server.url;
}

/** The port differs from run to run. */
const withoutPort = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>');

describe('a worker that cannot join', () => {
  it('because nobody listens', async () => expect(withoutPort(await work('ws://127.0.0.1:1'))).toMatchInlineSnapshot(`"strads: no scheduler answers at ws://127.0.0.1:<port> (ECONNREFUSED): check the address, that the scheduler runs, and that no firewall is between"`));
  it('because the address is none', async () => expect(await work('localhost')).toMatchInlineSnapshot(`"strads: --connect localhost: expected ws://host:port or wss://host:port"`));
  it('because its token is wrong', async () => expect(withoutPort(await work(await scheduler(null), 'wrong-token'))).toMatchInlineSnapshot(`"strads: the scheduler at ws://127.0.0.1:<port> refused this token: pass the one that it was started with"`));
  it('because its token is too short', async () => expect(await work('ws://127.0.0.1:1', 'short-token')).toMatchInlineSnapshot(`"strads: --token-file short-token: the token has 3 characters, expected at least 16; make one with: openssl rand -hex 24 > short-token"`));
  it('because there is no token file', async () => expect(await work('ws://127.0.0.1:1', 'nowhere')).toMatchInlineSnapshot(`"strads: --token-file nowhere: can't be read: ENOENT: no such file or directory, open 'nowhere'"`));
  it('because the scheduler refuses it', async () => expect(withoutPort(await work(await scheduler('no worker is wanted: go home')))).toMatchInlineSnapshot(`"strads: no worker is wanted: go home"`));

  const listen = (address: string) => mistake(folder, 'worker', '--connect', 'ws://127.0.0.1:1', '--token-file', 'token', '--engine', 'wasm', '--patience', '0.2', '--peer-listen', address);

  it('because there is no port to listen on for others', async () => expect(await listen('0.0.0.0')).toMatchInlineSnapshot(`"strads: --peer-listen 0.0.0.0: expected host:port, as in 0.0.0.0:7070"`));
  it('because the address for others is not here', async () => expect(await listen('192.0.2.1:0')).toMatchInlineSnapshot(`"strads: listening for other workers: cannot listen on 192.0.2.1, port 0: listen EADDRNOTAVAIL: address not available 192.0.2.1; give an address of this machine"`));
  it('because the port for others is taken', async () => expect(withoutPort(await listen(new URL(await scheduler(null)).host)).replaceAll(/port \d+/g, 'port <port>')).toMatchInlineSnapshot(`"strads: listening for other workers: port <port> of 127.0.0.1 is taken: choose another one, or 0 for any that is free"`));

  it('because its version is another', async () => {
    const listening = /waiting for 1 worker\(s\) at (ws:\/\/127\.0\.0\.1:\d+)/;
    const { child, match } = await started(folder, listening, 'train', 'lasso', '--data', 'train.csv', '--target-column', 'y', '--workers', '0', '--listen', '127.0.0.1:0', '--token-file', 'token');
    const hello = { name: 'elsewhere', facts: { version: '0.0.9', engine: 'wasm', adapter: 'a CPU', software: false } };
    await expect(connectWebSocket({ url: match[1]!, token: TOKEN, hello })).rejects.toMatchObject({
      reason: 'refused',
      message: 'worker elsewhere is strads 0.0.9 and this scheduler is 0.1.0: install the same version on both',
    });
    child.kill('SIGKILL');
  });
});
