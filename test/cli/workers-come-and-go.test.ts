/** Workers that are killed, stopped, join and leave in the course of a run, through real processes: the bits of the run that nobody disturbed. */
import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { childrenOf, guestArguments, isAlive, TOKEN } from './elsewhere.js';
import { asLines, factorsIn, HEADER, runOf, someRatings, trainMf } from './mf-data.js';
import { says, started, strads, workplace, type Started } from './strads.js';

const folder = await workplace({ 'ratings.csv': asLines(someRatings(60, 200, 20), ',', HEADER), token: `${TOKEN}\n` });
const DATA = ['--data', 'ratings.csv', '--rank', '16', '--algorithm', 'als'];
/** Long enough to disturb; and for workers to join meanwhile, who have to start first. */
const [SHORT, LONG] = ['400', '1500'] as const;
const SWEEP = /"event":"sweep"/;

async function undisturbed(sweeps: string): Promise<Buffer> {
  await trainMf(folder, `undisturbed-${sweeps}`, ...DATA, '--sweeps', sweeps, '--workers', '1');
  return factorsIn(folder, `undisturbed-${sweeps}`);
}

const short = undisturbed(SHORT);

const running: Started[] = [];

/** A training whose first sweep is done; where it listens, the address is what matched. */
async function training(out: string, sweeps: string, ...args: string[]): Promise<Started> {
  const run = await started(folder, args.includes('--listen') ? /(ws:\S+): [^]*"event":"sweep"/ : SWEEP, 'train', 'mf', ...DATA, '--sweeps', sweeps, '--json', '--out', out, ...args);
  running.push(run);
  return run;
}

async function guest(url: string, name: string): Promise<Started> {
  const worker = await started(folder, /WebAssembly/, ...guestArguments(url, { name }));
  running.push(worker);
  return worker;
}

async function expectSameBits(run: Started, out: string, expected = short): Promise<string> {
  const { notices } = runOf(await run.ended);
  expect((await factorsIn(folder, out)).equals(await expected), notices.join('\n')).toBe(true);
  return notices.join('\n');
}

const { TMPDIR } = process.env;

afterEach(() => {
  running.splice(0).forEach(({ child }) => child.kill('SIGKILL'));
  if (TMPDIR === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = TMPDIR;
});

const PROCESSES = ['--engine', 'wasm', '--isolate', 'process', '--heartbeat', '0.5'];

describe('a worker that the command started', () => {
  it('is started again when it is killed', async () => {
    const run = await training('killed', SHORT, '--workers', '2', ...PROCESSES);
    const [first] = await childrenOf(run.child.pid!);
    process.kill(first!, 'SIGKILL');
    expect(await expectSameBits(run, 'killed')).toMatch(/worker wasm-\d ended unexpectedly \(SIGKILL\): it is started again/);
  });

  it('is started again when it is the only one and is killed', async () => {
    const run = await training('alone', SHORT, '--workers', '1', ...PROCESSES);
    process.kill((await childrenOf(run.child.pid!))[0]!, 'SIGKILL');
    await expectSameBits(run, 'alone');
  });

  it('is killed and replaced when it hangs', async () => {
    const run = await training('hung', SHORT, '--workers', '2', ...PROCESSES);
    const hung = (await childrenOf(run.child.pid!))[0]!;
    process.kill(hung, 'SIGSTOP');
    await says(run, SWEEP);
    await expect.poll(() => isAlive(hung), { timeout: 30_000 }).toBe(false);
    await expectSameBits(run, 'hung');
  });
});

describe('workers from elsewhere', () => {
  it('join and leave a run: 1, then 3, then 1', { timeout: 120_000 }, async () => {
    const run = await training('elastic', LONG, '--workers', '1', '--listen', '127.0.0.1:0', '--expect', '0', '--token-file', 'token', ...PROCESSES);
    const both = Promise.all([says(run, /worker a has joined/), says(run, /worker b has joined/), says(run, /worker [ab] takes part: [1-9]/)]);
    const guests = await Promise.all([guest(run.match[1]!, 'a'), guest(run.match[1]!, 'b')]);
    await both;
    for (const { child } of guests) child.kill('SIGTERM');
    for (const { ended } of guests) {
      const { code, stderr } = await ended;
      expect(code, stderr).toBe(0);
      expect(stderr.trim().split('\n').at(-1)).toBe('this worker has left');
    }
    await expectSameBits(run, 'elastic', undisturbed(LONG));
  });
});

describe('a scheduler that is killed', () => {
  it('leaves no process, and the next start removes its folders', async () => {
    // Where no other start removes them.
    process.env['TMPDIR'] = folder;
    const temporary = async () => (await readdir(folder)).filter((name) => name.startsWith('strads-snapshots-') && name.includes(`-${run.child.pid}-`));
    const run = await training('orphans', SHORT, '--workers', '2', ...PROCESSES, '--profile', 'trace.json');
    const children = await childrenOf(run.child.pid!);
    expect(children).toHaveLength(2);
    run.child.kill('SIGKILL');
    await run.ended;
    await expect.poll(() => children.filter(isAlive), { timeout: 20_000 }).toEqual([]);
    const hidden = async () => (await readdir(folder)).filter((name) => name.startsWith('.'));
    expect([(await temporary()).length, (await hidden()).length]).toEqual([1, 1]);
    const next = await strads(folder, 'train', 'mf', '--data', 'ratings.csv', '--rank', '2', '--sweeps', '1', '--workers', '1', ...PROCESSES, '--profile', 'trace.json');
    expect(next.code, next.stderr).toBe(0);
    expect([...(await temporary()), ...(await hidden())]).toEqual([]);
  });
});
