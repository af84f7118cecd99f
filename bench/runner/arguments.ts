/** The command line of the benchmarks. In: arguments and the benchmarks there are. Out: what to do, or a UsageError that says what exists. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineRequest } from '../../src/engine/choose-engine.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import { SCALES, type Benchmark, type Scale } from './benchmark.js';

export interface Arguments {
  readonly action: 'run' | 'list' | 'help';
  readonly benchmarks: readonly Benchmark[];
  readonly engine: EngineRequest;
  readonly scale: Scale;
  readonly data: string | null;
  readonly repeats: number;
  readonly workers: number;
  readonly correctnessOnly: boolean;
  /** Folder of the results. */
  readonly out: string;
}

const ENGINES: readonly EngineRequest[] = ['auto', 'webgpu', 'wasm'];
const REPEATS: Readonly<Record<Scale, number>> = { small: 3, large: 5 };

const FLAGS = {
  engine: { type: 'string', default: 'auto' },
  scale: { type: 'string', default: 'small' },
  data: { type: 'string' },
  repeats: { type: 'string' },
  workers: { type: 'string', default: '2' },
  out: { type: 'string' },
  'correctness-only': { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Variable of the environment that names the data folder where --data does not. */
const DATA_VARIABLE = 'STRADS_DATA';

export const HELP = `Usage: npm run bench -- [benchmark …] [flags]

Without a name every benchmark runs. Results go to bench/results/<machine>.md and .json; a benchmark that runs again
replaces its own section and leaves those of the others.

  --engine auto|webgpu|wasm   where kernels run; auto takes a GPU where one answers
  --scale small|large         small: minutes on two cores; large: workstations and GPUs
  --data FOLDER               folder with the data sets (lasso/, mf/, lda/); else the variable ${DATA_VARIABLE}
  --repeats N                 samples of each figure at the most: ${REPEATS.small} at scale small, ${REPEATS.large} at large
  --workers N                 workers of a training, 2
  --out FOLDER                folder of the results, bench/results
  --correctness-only          on a software adapter: check results there, publish no speed and write no file
  --list                      the benchmarks there are
  --help                      this`;

export function parseArguments(argv: readonly string[], benchmarks: readonly Benchmark[], results: string, environment: NodeJS.ProcessEnv = process.env): Arguments {
  const { values, positionals } = parsed(argv);
  const scale = oneOf('scale', values.scale, SCALES);
  return {
    action: values.help ? 'help' : values.list ? 'list' : 'run',
    benchmarks: chosen(positionals, benchmarks),
    engine: oneOf('engine', values.engine, ENGINES),
    scale,
    data: dataFolder(values.data, environment),
    repeats: values.repeats === undefined ? REPEATS[scale] : count('repeats', values.repeats),
    workers: count('workers', values.workers),
    correctnessOnly: values['correctness-only'],
    out: values.out === undefined ? results : resolve(values.out),
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const unknown = code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? /'([^']+)'/.exec(message)?.[1] : undefined;
    if (unknown === undefined) throw new UsageError(message.split('. ')[0]!);
    throw new UsageError(`${unknown}: no such flag; there are ${Object.keys(FLAGS).map((flag) => `--${flag}`).join(', ')}`);
  }
}

function chosen(names: readonly string[], benchmarks: readonly Benchmark[]): readonly Benchmark[] {
  const unknown = names.find((name) => !benchmarks.some((benchmark) => benchmark.name === name));
  if (unknown !== undefined) throw new UsageError(`${unknown}: no such benchmark; there are ${benchmarks.map(({ name }) => name).join(', ')}`);
  return benchmarks.filter(({ name }) => names.length === 0 || names.includes(name));
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  if (!(allowed as readonly string[]).includes(value)) throw new UsageError(`--${flag} ${value}: expected ${allowed.join(', ')}`);
  return value as T;
}

function count(flag: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new UsageError(`--${flag} ${text}: expected a whole number from 1 to 9999`);
  return Number(text);
}

function dataFolder(flag: string | undefined, environment: NodeJS.ProcessEnv): string | null {
  const named = flag ?? environment[DATA_VARIABLE];
  if (named === undefined || named === '') return null;
  const folder = resolve(named);
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  throw new UsageError(`${flag === undefined ? `${DATA_VARIABLE}=` : '--data '}${named}: no such folder; name the one that has lasso/, mf/ and lda/`);
}

/** The part of a data folder that belongs to one model: <data>/<model>, or the folder itself where it has no such part. */
export function dataOf(data: string, model: 'lasso' | 'mf' | 'lda'): string {
  const part = join(data, model);
  return existsSync(part) ? part : data;
}

/** What to type to run the same again; a data folder is somebody's own, so it stands as <data>. */
export function commandOf({ scale, repeats, workers, engine, data }: Arguments, benchmark: string): string {
  const flags = [
    ...(engine === 'auto' ? [] : ['--engine', engine]),
    ...(scale === 'small' ? [] : ['--scale', scale]),
    ...(data === null ? [] : ['--data', '<data>']),
    ...(repeats === REPEATS[scale] ? [] : ['--repeats', String(repeats)]),
    ...(workers === 2 ? [] : ['--workers', String(workers)]),
  ];
  return ['npm run bench --', benchmark, ...flags].join(' ');
}
