/** What a benchmark is to the runner, and what the runner tells it. */
import type { ChosenEngine } from '../../src/engine/choose-engine.js';
import type { Result } from './result.js';

export const SCALES = ['small', 'large'] as const;
/** small: minutes on two cores. large: workstations and GPUs. */
export type Scale = (typeof SCALES)[number];

export interface Benchmark {
  readonly name: string;
  /** One sentence, for --list and above its results. */
  readonly about: string;
  /** True where there is nothing to measure without data sets. */
  readonly needsData: boolean;
  /** False where no engine takes part: its figures are the host's on every machine. */
  readonly usesEngine: boolean;
  run(context: Context): Promise<Result>;
}

export interface Context {
  readonly scale: Scale;
  /** Samples of each figure at the most; a case that is slow takes fewer, at least one. */
  readonly repeats: number;
  /** Workers of a training. */
  readonly workers: number;
  readonly engine: ChosenEngine;
  /** Folder with data sets; null where none was named. */
  readonly data: string | null;
  /** Progress, on stderr. */
  say(line: string): void;
}

/** After so many seconds a case is not measured once more. */
const CASE_SECONDS: Readonly<Record<Scale, number>> = { small: 10, large: 120 };

/** Measures a case again and again, up to `repeats` times and while it has not taken long. `measure` does everything that is compared, by turns. */
export async function repeatedly<T>({ repeats, scale }: Pick<Context, 'repeats' | 'scale'>, measure: () => T | Promise<T>): Promise<T[]> {
  const start = performance.now();
  const measured: T[] = [];
  do measured.push(await measure());
  while (measured.length < repeats && performance.now() - start < 1000 * CASE_SECONDS[scale]);
  return measured;
}

/** Seconds that something takes, and what it gives. */
export async function timed<T>(work: () => T | Promise<T>): Promise<{ seconds: number; value: T }> {
  const start = performance.now();
  const value = await work();
  return { seconds: (performance.now() - start) / 1000, value };
}
