/** What came of the trials, as a table of fault × model. */
import { MODELS } from './problems.js';
import type { Outcome } from './trial.js';

/** What is kept of a run of chaos. */
export interface Result {
  readonly seed: number;
  readonly minutes: number;
  /** Faults that could not be done here, and why. */
  readonly skipped: readonly { readonly fault: string; readonly why: string }[];
  readonly outcomes: readonly Outcome[];
}

/** Markdown: a row a fault in the order of `faults`. */
export function table({ outcomes, skipped }: Pick<Result, 'outcomes' | 'skipped'>, faults: readonly string[]): string {
  const head = ['fault', ...MODELS, 'recovery, s'];
  const rows = faults.map((fault) => {
    const why = skipped.find((each) => each.fault === fault)?.why;
    if (why !== undefined) return [fault, `skipped: ${why}`, ...MODELS.slice(1).map(() => ''), ''];
    const ours = outcomes.filter((outcome) => outcome.fault === fault);
    return [fault, ...MODELS.map((model) => cell(ours.filter((outcome) => outcome.model === model))), range(ours)];
  });
  return [head, head.map((_, at) => (at === 0 ? '---' : '---')), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** "3 of 3", and how often the run was over before. */
function cell(outcomes: readonly Outcome[]): string {
  const missed = outcomes.filter(({ result }) => result === 'missed').length;
  const struck = outcomes.length - missed;
  const same = outcomes.filter(({ result }) => result === 'same').length;
  const late = missed === 0 ? '' : `, ${missed} missed`;
  return outcomes.length === 0 ? '–' : `${same} of ${struck}${late}`;
}

/** Median, and the longest. */
function range(outcomes: readonly Outcome[]): string {
  const seconds = outcomes.flatMap(({ seconds: each }) => (each === null ? [] : [each])).sort((a, b) => a - b);
  if (seconds.length === 0) return '–';
  const median = seconds[Math.floor((seconds.length - 1) / 2)]!;
  return seconds.length === 1 ? median.toFixed(1) : `${median.toFixed(1)} (to ${seconds.at(-1)!.toFixed(1)})`;
}
