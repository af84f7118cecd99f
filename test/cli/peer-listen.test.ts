/** strads worker --peer-listen: workers that joined over the network hand blocks to each other, through real processes. */
import { describe, expect, it } from 'vitest';
import { guestArguments, TOKEN } from './elsewhere.js';
import { asLines, factorsIn, HEADER, someRatings, trainMf, type MfDone } from './mf-data.js';
import { started, strads, workplace } from './strads.js';

const folder = await workplace({ 'ratings.csv': asLines(someRatings(60, 200, 20), ',', HEADER), token: `${TOKEN}\n` });
const DATA = ['--data', 'ratings.csv', '--rank', '32', '--algorithm', 'als', '--sweeps', '3'];
const WAITING = /waiting for 2 worker\(s\) at (ws:\S+):/;

/** Trains on two guests, each with these arguments of its own. → the last event, and what the guests said. */
async function trainOnGuests(out: string, ...own: readonly (readonly string[])[]): Promise<{ done: MfDone; said: string[] }> {
  const scheduler = await started(folder, WAITING, 'train', 'mf', ...DATA, '--out', out, '--json', '--workers', '0', '--listen', '127.0.0.1:0', '--expect', '2', '--token-file', 'token');
  const guests = await Promise.all(own.map((args, i) => strads(folder, ...guestArguments(scheduler.match[1]!, { name: `guest-${i}` }), ...args)));
  const { code, stdout, stderr } = await scheduler.ended;
  if (code !== 0) throw new Error(stderr);
  expect(guests.map((guest) => guest.code)).toEqual([0, 0]);
  return { done: JSON.parse(stdout.trim().split('\n').at(-1)!) as MfDone, said: guests.map((guest) => guest.stderr) };
}

describe('guests', () => {
  it('that listen spare the scheduler their blocks, and the factors have the same bits', async () => {
    await trainMf(folder, 'alone', ...DATA, '--workers', '1');
    const alone = await factorsIn(folder, 'alone');
    const moved: number[] = [];
    const listening = ['--peer-listen', '127.0.0.1:0'];
    for (const [out, own] of [['neither', [[], []]], ['one', [[], ['--peer-listen', '0.0.0.0:0']]], ['both', [listening, listening]]] as const) {
      const { done, said } = await trainOnGuests(out, ...own);
      expect((await factorsIn(folder, out)).equals(alone), out).toBe(true);
      for (const text of said) expect(text).not.toContain('reached');
      moved.push(done['bytesMovedPerSweep'] as number);
    }
    const [neither, one, both] = moved as [number, number, number];
    expect(one).toBeLessThan(0.9 * neither);
    expect(both).toBeLessThan(0.8 * one);
  });
});
