/** 20 Newsgroups at 1,000 topics by both samplers: perplexity against sweeps and seconds, and the time to given perplexities. */
import type { Sampler } from '../models/lda/options.js';
import { grouped, shapeText, type MeasuredSets } from './lda-sets.js';
import { after, firstWithin, perplexityText, train, type Conditions, type Sweep, type Training } from './lda-training.js';
import { secondsText, table } from './report.js';

const TOPICS = 1000;
const SWEEPS: Readonly<Record<Sampler, number>> = { exact: 150, mh: 100 };
const MARKS = [10, 20, 50, 60, 80, 100, 150];
/** The perplexity that is to be reached, and the one that is aimed at. */
const TARGETS = [1115, 1070];

export interface NewsgroupsMeasured {
  readonly shape: string;
  readonly runs: readonly Training[];
}

export async function measureNewsgroups(sets: MeasuredSets, conditions: Conditions): Promise<NewsgroupsMeasured> {
  const runs: Training[] = [];
  for (const sampler of ['exact', 'mh'] as const) runs.push(await train(sets, { topics: TOPICS, sampler, sweeps: SWEEPS[sampler] }, conditions));
  return { shape: shapeText(sets), runs };
}

export function newsgroupsSection({ shape, runs }: NewsgroupsMeasured): string[] {
  const columns = runs.flatMap(({ sampler }) => [`${sampler}: perplexity`, 'sampling s', 'all s']);
  return [
    `## 20 Newsgroups at ${grouped(TOPICS)} topics`,
    `${shape}.`,
    `${runs[0]!.workers} worker processes, one run each: ${runs.map(({ sampler, sweeps }) => `${sweeps} sweeps of ${sampler}`).join(', ')}. An evaluation after every tenth sweep, outside of the seconds of sampling; all: with distributing and evaluations.`,
    table(['sweeps', ...columns], MARKS.map((sweep) => [String(sweep), ...runs.flatMap((run) => cells(after(run, sweep)))])),
    'Time to the first evaluation with a perplexity of at most the target:',
    table(['target', ...runs.flatMap(({ sampler }) => [`${sampler}: at sweep`, 'sampling s', 'all s'])], TARGETS.map((target) => [String(target), ...runs.flatMap((run) => timeCells(run, target))])),
  ];
}

function cells(report: Sweep | undefined): string[] {
  return report ? [perplexityText(report.perplexity), secondsText(report.seconds), secondsText(report.wallSeconds)] : ['-', '-', '-'];
}

function timeCells(run: Training, target: number): string[] {
  const first = firstWithin(run, target);
  return first ? [String(first.sweep), secondsText(first.seconds), secondsText(first.wallSeconds)] : [`not within ${run.sweeps}`, '-', '-'];
}
