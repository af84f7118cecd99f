/** Ratings that a test can write to files, made from the counter-based generator; and what a training says of them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { randomBelow, randomUnit } from '../../src/schedule/random.js';
import { strads, type Ran } from './strads.js';

export interface Rating {
  readonly user: string;
  readonly item: string;
  readonly rating: number;
  readonly time: number;
}

const SEED = 11;
const Stream = { Users: 1, Items: 2, Pick: 3, Noise: 4, Time: 5 } as const;

/**
 * Ratings from 1 to 5 in halves with two factors behind them. Every user rates at most `each` of the items, and the first
 * items most often. Ids are texts with gaps: u3, u6, … and i101, i102, …
 */
export function someRatings(users: number, items: number, each: number): Rating[] {
  const taste = (stream: number, row: number, factor: number) => 2 * randomUnit(SEED, stream, 2 * row + factor) - 1;
  return Array.from({ length: users }, (_, u) => {
    const rated = new Set(Array.from({ length: each }, (_, k) => Math.floor(items * randomUnit(SEED, Stream.Pick, u * each + k) ** 2)));
    return [...rated].map((i): Rating => {
      const agreement = taste(Stream.Users, u, 0) * taste(Stream.Items, i, 0) + taste(Stream.Users, u, 1) * taste(Stream.Items, i, 1);
      const noise = randomUnit(SEED, Stream.Noise, u * items + i) - 0.5;
      const rating = Math.min(5, Math.max(1, Math.round(2 * (3 + 2 * agreement + noise)) / 2));
      return { user: `u${3 * (u + 1)}`, item: `i${101 + i}`, rating, time: randomBelow(1e6, SEED, Stream.Time, u * items + i) };
    });
  }).flat();
}

/** Lines of user, item, rating and time. */
export function asLines(ratings: readonly Rating[], separator: string, header = ''): string {
  return `${header}${ratings.map(({ user, item, rating, time }) => [user, item, rating, time].join(separator)).join('\n')}\n`;
}

export const HEADER = 'userId,movieId,rating,timestamp\n';

export interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** The last event of a training, as far as tests look at it. */
export interface MfDone extends Event {
  readonly objective: number;
  readonly trainRmse: number;
  readonly testRmse: number;
  readonly ratings: number;
  readonly sweeps: number;
  readonly bestSweep: number;
}

export interface MfRun {
  readonly done: MfDone;
  readonly sweeps: readonly Event[];
  readonly notices: readonly string[];
}

/** Trains with --json into the folder `out`, which must go well. */
export async function trainMf(folder: string, out: string, ...args: string[]): Promise<MfRun> {
  return runOf(await strads(folder, 'train', 'mf', '--engine', 'wasm', '--out', out, '--json', ...args));
}

export function runOf({ code, stdout, stderr }: Ran): MfRun {
  expect(code, stderr).toBe(0);
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as Event);
  const done = events.at(-1)!;
  expect(done.event).toBe('done');
  return { done: done as MfDone, sweeps: events.filter(({ event }) => event === 'sweep'), notices: events.filter(({ event }) => event === 'notice').map(({ message }) => String(message)) };
}

export function factorsIn(folder: string, out: string): Promise<Buffer> {
  return readFile(join(folder, out, 'factors.safetensors'));
}
