/** Documents that a test can write to files, made from the counter-based generator; and what a training says of them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { randomBelow, randomUnit } from '../../src/schedule/random.js';
import type { Event } from './mf-data.js';
import { strads, type Ran } from './strads.js';

const SEED = 5;
const Stream = { Theme: 1, Word: 2, Stray: 3 } as const;
const THEMES = ['sea', 'sky', 'bread', 'stone'];
const WORDS_A_THEME = 30;

/** Words as they are said to mean something: sea0 … sea29, sky0 … */
export const WORDS = THEMES.flatMap((theme) => Array.from({ length: WORDS_A_THEME }, (_, at) => `${theme}${at}`));

/** Documents of 30 tokens, of which four in five are of one theme, the first words of a theme most often. */
export function someDocuments(count: number): string[][] {
  return Array.from({ length: count }, (_, d) => {
    const main = randomBelow(THEMES.length, SEED, Stream.Theme, d);
    return Array.from({ length: 30 }, (_, at) => {
      const token = 30 * d + at;
      const isStray = randomUnit(SEED, Stream.Stray, token) < 0.2;
      const theme = isStray ? token % THEMES.length : main;
      return `${THEMES[theme]}${Math.floor(WORDS_A_THEME * randomUnit(SEED, Stream.Word, token) ** 2)}`;
    });
  });
}

/** A document a line. */
export function asText(documents: readonly (readonly string[])[]): string {
  return documents.map((words) => `${words.join(' ')}\n`).join('');
}

/** Word w of WORDS has the id w + 1; every token stands there `times` times. */
export function asDocword(documents: readonly (readonly string[])[], times = 1): string {
  const entries = documents.flatMap((words, d) => [...counted(words)].map(([word, count]) => `${d + 1} ${word + 1} ${times * count}`));
  return [documents.length, WORDS.length, entries.length, ...entries, ''].join('\n');
}

/** Word w of WORDS has the id w. */
export function asLdaC(documents: readonly (readonly string[])[]): string {
  return documents.map((words) => [counted(words).size, ...[...counted(words)].map(([word, count]) => `${word}:${count}`)].join(' ')).map((line) => `${line}\n`).join('');
}

/** By ascending word. */
function counted(words: readonly string[]): Map<number, number> {
  const indices = words.map((word) => WORDS.indexOf(word)).sort((a, b) => a - b);
  const counts = new Map<number, number>();
  for (const index of indices) counts.set(index, (counts.get(index) ?? 0) + 1);
  return counts;
}

/** The last event of a training, as far as tests look at it. */
export interface LdaDone extends Event {
  readonly sweeps: number;
  readonly bestSweep: number;
  readonly tokens: number;
  readonly documents: number;
  readonly vocabulary: number;
  readonly heldOutPerplexity: number;
  readonly logLikelihoodPerToken: number;
}

export interface LdaRun {
  readonly done: LdaDone;
  readonly sweeps: readonly Event[];
  readonly notices: readonly string[];
}

/** Trains with --json into the folder `out`, which must go well. */
export async function trainLda(folder: string, out: string, ...args: string[]): Promise<LdaRun> {
  return runOf(await strads(folder, 'train', 'lda', '--engine', 'wasm', '--out', out, '--json', ...args));
}

export function runOf({ code, stdout, stderr }: Ran): LdaRun {
  expect(code, stderr).toBe(0);
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as Event);
  const done = events.at(-1)!;
  expect(done.event).toBe('done');
  return { done: done as LdaDone, sweeps: events.filter(({ event }) => event === 'sweep'), notices: events.filter(({ event }) => event === 'notice').map(({ message }) => String(message)) };
}

/** The files that hold the topics. */
export function topicsIn(folder: string, out: string): Promise<Buffer[]> {
  return Promise.all(['phi.safetensors', 'counts.safetensors', 'vocabulary.txt'].map((name) => readFile(join(folder, out, name))));
}
