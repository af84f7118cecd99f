/**
 * The problem that the released STRADS was measured on: all of MovieLens 1M at rank 40, no mean, no biases, one lambda of .05 for
 * every row, as its run script has it. How long until the training objective is what it reaches in 12 iterations?
 */
import type { Algorithm, MfInput } from '../models/mf/options.js';
import type { Ratings } from '../src/data/ratings.js';
import type { MeasuredSets } from './mf-sets.js';
import { train, type Sweep, type Training } from './mf-training.js';
import { median, secondsText, table } from './report.js';

/** Σ (a - w·h)² + lambda (‖W‖² + ‖H‖²) after 12 iterations of the original, and the seconds that they took it (2 cores, start-up excluded). */
const ORIGINAL = { objective: 383_002, iterations: 12, seconds: 34 };
const COMMON: MfInput = { rank: 40, lambda: 0.05, penaltyPer: 'rows', mean: false };
const SETTINGS: readonly { readonly algorithm: Algorithm; readonly input: MfInput }[] = [
  { algorithm: 'als', input: { sweeps: 12 } },
  { algorithm: 'ccd', input: { sweeps: 40 } },
  { algorithm: 'sgd', input: { sweeps: 40, rate: 0.2 } },
];

export interface OriginalRow {
  readonly algorithm: Algorithm;
  readonly input: MfInput;
  /** One a try; the objectives of all are the same. */
  readonly tries: readonly Training[];
}

export async function measureOriginal({ train: ratings, test }: MeasuredSets, workers: number, tries: number): Promise<OriginalRow[]> {
  const all: MeasuredSets = { train: joined(ratings, test), validation: null, test };
  const rows = SETTINGS.map(({ algorithm, input }) => ({ algorithm, input: { ...COMMON, ...input, algorithm }, tries: [] as Training[] }));
  for (let t = 0; t < tries; t++) for (const row of rows) row.tries.push(await train(all, row.input, workers));
  return rows;
}

/** Both parts of the split, which are over the same ids: those of the second are behind those of the first. */
function joined(first: Ratings, second: Ratings): Ratings {
  const count = first.count + second.count;
  const values = new Float32Array(count);
  const [userOf, itemOf] = [new Uint32Array(count), new Uint32Array(count)];
  for (const [part, at] of [[first, 0], [second, first.count]] as const) {
    values.set(part.values, at);
    userOf.set(part.userOf, at);
    itemOf.set(part.itemOf, at);
  }
  return { ...second, userOf, itemOf, values, count };
}

export function originalSection(rows: readonly OriginalRow[]): string[] {
  const { objective, iterations, seconds } = ORIGINAL;
  return [
    `## The original's problem: MovieLens 1M whole at rank ${COMMON.rank}`,
    `No mean, no biases, Σ (a - w·h)² + ${COMMON.lambda} (‖W‖² + ‖H‖²) over all ratings. The released STRADS has ${objective.toLocaleString('en-US')} after ${iterations} iterations, in ${seconds} s. Time to that, by turns, median of ${rows[0]!.tries.length} with the smallest and the largest in brackets: of the sweeps alone, and from ratings in memory on with distributing and an evaluation after every sweep.`,
    table(['algorithm', 'sweeps', 'objective', 'sweeps s', 'all s', 'times sooner'], rows.map(line)),
  ];
}

function line({ algorithm, input, tries }: OriginalRow): string[] {
  const reached = tries.flatMap(({ history }) => history.find(({ objective }) => objective <= ORIGINAL.objective) ?? []);
  const text = (objective: number) => Math.round(objective).toLocaleString('en-US');
  if (reached.length === 0) return [algorithm, `not within ${input.sweeps}`, text(tries[0]!.history.at(-1)!.objective), '-', '-', '-'];
  const spread = (of: (sweep: Sweep) => number) => {
    const times = reached.map(of);
    return `${secondsText(median(times))} (${secondsText(Math.min(...times))} … ${secondsText(Math.max(...times))})`;
  };
  const ratio = ORIGINAL.seconds / median(reached.map(({ wallSeconds }) => wallSeconds));
  return [algorithm, String(reached[0]!.sweep), text(reached[0]!.objective), spread(({ seconds }) => seconds), spread(({ wallSeconds }) => wallSeconds), ratio.toFixed(0)];
}
