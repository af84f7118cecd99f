/** strads worker: joins anew when it loses its scheduler or its process dies, and leaves when it is asked to, through real processes. */
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Frame, Hello, Link } from '../../src/bus/link.js';
import type { Listener } from '../../src/bus/reception.js';
import { listenWebSocket } from '../../src/bus/websocket-server.js';
import { Verb } from '../../src/runtime/protocol.js';
import { childrenOf, guestArguments, isAlive, listening, TOKEN } from './elsewhere.js';
import { started, workplace, type Started } from './strads.js';

const folder = await workplace({ 'train.csv': 'a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,1,6\n', token: `${TOKEN}\n` });
const DATA = ['--data', 'train.csv', '--target-column', 'y', '--alpha-ratio', '0.1'];

interface Joined {
  readonly hello: Hello;
  readonly link: Link;
  readonly frames: Frame[];
}

/** A scheduler that takes in everybody and gives no work. */
class Idle {
  readonly joined: Joined[] = [];
  readonly #listener: Listener;

  private constructor(listener: Listener, joined: Joined[]) {
    this.#listener = listener;
    this.joined = joined;
  }

  static async open({ port = 0, run = 1 } = {}): Promise<Idle> {
    const joined: Joined[] = [];
    const onLink = (link: Link, hello: Hello) => {
      const frames: Frame[] = [];
      link.onFrame = (frame) => void frames.push(frame);
      joined.push({ hello, link, frames });
    };
    const listener = await listenWebSocket({ host: '127.0.0.1', port, token: TOKEN, run, accept: () => null, onLink, heartbeatMs: 50, timeoutMs: 300, graceMs: 300 });
    afterAll(() => listener.close());
    return new Idle(listener, joined);
  }

  get url(): string {
    return this.#listener.url;
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  async nth(n: number): Promise<Joined> {
    await expect.poll(() => this.joined.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(n);
    return this.joined[n - 1]!;
  }
}

const running: Started[] = [];

/** A worker whose first words, about its engine, have been said. */
async function guest(url: string, ...args: string[]): Promise<Started> {
  const worker = await started(folder, /WebAssembly/, ...guestArguments(url, { name: 'guest' }), ...args);
  running.push(worker);
  return worker;
}

afterEach(() => running.splice(0).forEach(({ child }) => child.kill('SIGKILL')));

const processOf = async ({ child }: Started) => (await childrenOf(child.pid!))[0]!;

describe('a guest', () => {
  it('joins anew, as the same one, when its process is killed; and ends with the run', async () => {
    const scheduler = await Idle.open();
    const worker = await guest(scheduler.url);
    const first = await scheduler.nth(1);
    process.kill(await processOf(worker), 'SIGKILL');
    const second = await scheduler.nth(2);
    expect(second.hello).toEqual(first.hello);
    expect(second.hello.facts['origin']).toMatch(/^[0-9a-f]{32}$/);
    await scheduler.close();
    const { code, stderr } = await worker.ended;
    expect(stderr).toContain('worker guest ended unexpectedly (SIGKILL): it is started again\n');
    expect(stderr.trim().split('\n').at(-1)).toBe('the run is over');
    expect(code).toBe(0);
  });

  it('gives up after deaths in a row', async () => {
    const scheduler = await Idle.open();
    const worker = await guest(scheduler.url);
    for (const death of [1, 2, 3]) {
      await scheduler.nth(death);
      process.kill(await processOf(worker), 'SIGKILL');
    }
    const { code, stderr } = await worker.ended;
    expect(stderr.trim().split('\n').at(-1)).toBe('strads: worker guest ended unexpectedly (SIGKILL), 3 times in a row without getting anywhere');
    expect(code).toBe(1);
  });

  it('that was stopped until its session was given up joins anew when it goes on', async () => {
    const scheduler = await Idle.open();
    const worker = await guest(scheduler.url);
    const { link } = await scheduler.nth(1);
    const stopped = await processOf(worker);
    const lost = new Promise<string>((resolve) => (link.onClose = ({ reason }) => resolve(reason)));
    process.kill(stopped, 'SIGSTOP');
    expect(await lost).toBe('lost');
    process.kill(stopped, 'SIGCONT');
    await scheduler.nth(2);
    expect(await processOf(worker)).not.toBe(stopped);
    await scheduler.close();
    const { code, stderr } = await worker.ended;
    expect(stderr).toMatch(/^the scheduler at ws:\S+ is lost to worker guest \(.*has given this session up.*\): joining anew$/m);
    expect(code).toBe(0);
  });

  it('asked to leave tells the scheduler, and serves on until that says goodbye', async () => {
    const scheduler = await Idle.open();
    const worker = await guest(scheduler.url);
    const { link, frames } = await scheduler.nth(1);
    await expect.poll(() => processOf(worker)).toBeGreaterThan(0);
    const asked = expect.poll(() => frames.map(({ kind }) => kind), { timeout: 30_000 }).toEqual([Verb.Leaving]);
    worker.child.kill('SIGTERM');
    await asked;
    expect(isAlive(await processOf(worker))).toBe(true);
    await link.close();
    const { code, stderr } = await worker.ended;
    expect(stderr.trim().split('\n').at(-1)).toBe('this worker has left');
    expect(code).toBe(0);
    expect(scheduler.joined).toHaveLength(1);
  });

  it('asked twice quits at once, and its process with it', async () => {
    const scheduler = await Idle.open();
    const worker = await guest(scheduler.url);
    const { frames } = await scheduler.nth(1);
    const pid = await processOf(worker);
    worker.child.kill('SIGINT');
    await expect.poll(() => frames.length, { timeout: 30_000 }).toBe(1);
    worker.child.kill('SIGINT');
    expect((await worker.ended).code).toBe(130);
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  });

  it('that never joined is gone at once when it is asked to leave', async () => {
    const worker = await guest('ws://127.0.0.1:1', '--patience', '100');
    await expect.poll(() => processOf(worker)).toBeGreaterThan(0);
    worker.child.kill('SIGINT');
    const { code, stderr } = await worker.ended;
    expect(stderr.trim().split('\n').at(-1)).toBe('this worker has left');
    expect(code).toBe(0);
  });
});

describe('a run', () => {
  it('whose scheduler is killed takes the guests with it to the next one at that address', async () => {
    const first = await started(folder, /waiting for 2 worker\(s\) at (ws:\S+):/, ...listening(DATA, 2));
    running.push(first);
    let joins = '';
    first.child.stderr!.on('data', (piece: string) => (joins += piece));
    const url = first.match[1]!;
    const worker = await guest(url);
    await expect.poll(() => joins, { timeout: 30_000 }).toContain('worker guest (wasm on ');
    first.child.kill('SIGKILL');
    await first.ended;
    const again = listening(DATA, 1).map((arg) => arg.replace('127.0.0.1:0', new URL(url).host));
    const second = await started(folder, /waiting for 1 worker\(s\)/, ...again);
    const run = await second.ended;
    expect(run.code, run.stderr).toBe(0);
    const { code, stderr } = await worker.ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/is lost to worker guest \(.*the worker belongs to run \d+.*\): joining anew/);
  });

  it('begins with the first worker that comes where none is expected by number', async () => {
    const scheduler = await started(folder, /waiting for 1 worker\(s\) at (ws:\S+):/, 'train', 'lasso', ...DATA, '--workers', '0', '--listen', '127.0.0.1:0', '--token-file', 'token');
    const worker = await guest(scheduler.match[1]!);
    const [run, served] = await Promise.all([scheduler.ended, worker.ended]);
    expect([run.code, served.code], run.stderr + served.stderr).toEqual([0, 0]);
  });
});
