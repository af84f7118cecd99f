/** Blocks of words that go round against shared rows that every worker copies: quality by sweeps and seconds, bytes moved, memory by workers. */
import { STRATEGIES, type LdaInput, type Strategy } from '../models/lda/options.js';
import { grouped, shapeText, type MeasuredSets } from './lda-sets.js';
import { after, mib, perplexityText, train, type Conditions, type Training } from './lda-training.js';
import { secondsText, table } from './report.js';

const SWEEPS = 60;
const MARKS = [10, 20, 40, 60];
/** Memory is that of a short run without test documents: buffers are as large as the data and the topics ask for, whatever the sweep. */
const MEMORY_SWEEPS = 2;
const WORKER_COUNTS = [1, 2, 4];

export interface StrategiesMeasured {
  readonly name: string;
  readonly shape: string;
  readonly topics: number;
  readonly runs: readonly Training[];
  /** By strategy and number of workers. */
  readonly memory: readonly Training[];
}

export async function measureStrategies(sets: MeasuredSets, topics: number, conditions: Conditions): Promise<StrategiesMeasured> {
  const runs: Training[] = [];
  const memory: Training[] = [];
  for (const strategy of STRATEGIES) {
    const input: LdaInput = { topics, sampler: 'exact', strategy };
    runs.push(await train(sets, { ...input, sweeps: SWEEPS }, conditions));
    for (const workers of WORKER_COUNTS) memory.push(await train({ ...sets, test: null }, { ...input, sweeps: MEMORY_SWEEPS }, { ...conditions, workers }));
  }
  return { name: sets.name, shape: shapeText(sets), topics, runs, memory };
}

export function strategiesSection({ name, shape, topics, runs, memory }: StrategiesMeasured): string[] {
  const columns = runs.flatMap(({ options }) => [`${options.strategy}: perplexity`, 'sampling s', 's-error']);
  return [
    `## Rotation and data-parallel: ${name} at ${grouped(topics)} topics`,
    `${shape}.`,
    `The exact sampler by ${runs[0]!.workers} worker processes, one run each; s-error: mean over the ten sweeps before.`,
    table(['sweeps', ...columns], MARKS.map((sweep) => [String(sweep), ...runs.flatMap((run) => cells(run, sweep))])),
    `MiB moved a sweep: ${runs.map(({ options, bytesMovedPerSweep }) => `${options.strategy} ${mib(bytesMovedPerSweep)}`).join(', ')}. MiB that each worker held at most in ${memory[0]!.sweeps} sweeps without test documents:`,
    table(['strategy', ...WORKER_COUNTS.map((count) => `${count} ${count === 1 ? 'worker' : 'workers'}`)], STRATEGIES.map((strategy) => [strategy, ...memoryOf(memory, strategy)])),
  ];
}

function cells(run: Training, sweep: number): string[] {
  const report = after(run, sweep);
  return report ? [perplexityText(report.perplexity), secondsText(report.seconds), report.sError.toFixed(4)] : ['-', '-', '-'];
}

function memoryOf(memory: readonly Training[], strategy: Strategy): string[] {
  return WORKER_COUNTS.map((count) => memory.find(({ options, workers }) => options.strategy === strategy && workers === count)!.bytesPerWorker.map(mib).join(', '));
}
