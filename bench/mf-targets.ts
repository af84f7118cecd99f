/** MovieLens 1M at rank 128 by each algorithm: the test error after a dozen sweeps, the time to a given error, rates and bytes. */
import type { Algorithm, MfInput } from '../models/mf/options.js';
import { shapeText, type MeasuredSets } from './mf-sets.js';
import { train, type Sweep, type Training } from './mf-training.js';
import { median, secondsText, table } from './report.js';

const RANK = 128;
const SWEEPS = 12;

interface Setting {
  readonly algorithm: Algorithm;
  readonly input: MfInput;
  /** The test RMSE that is to be reached in the end. */
  readonly goal: number;
  /** Test errors to which the time is taken. */
  readonly targets: readonly number[];
}

const SETTINGS: readonly Setting[] = [
  { algorithm: 'ccd', input: { lambda: 0.07 }, goal: 0.846, targets: [0.85] },
  { algorithm: 'als', input: { lambda: 0.07 }, goal: 0.846, targets: [0.85] },
  { algorithm: 'sgd', input: { lambda: 0.05, rate: 0.05 }, goal: 0.841, targets: [0.85, 0.841] },
];

/** The options of an algorithm on MovieLens 1M, beside its rank. */
export function inputOf(algorithm: Algorithm): MfInput {
  return { algorithm, biases: true, ...SETTINGS.find((setting) => setting.algorithm === algorithm)!.input };
}

export interface TargetsRow extends Setting {
  /** One a try; the errors of all are the same. */
  readonly tries: readonly Training[];
}

export async function measureTargets(sets: MeasuredSets, workers: number, tries: number): Promise<TargetsRow[]> {
  const trained = new Map<Algorithm, Training[]>(SETTINGS.map(({ algorithm }) => [algorithm, []]));
  for (let t = 0; t < tries; t++) {
    for (const { algorithm } of SETTINGS) trained.get(algorithm)!.push(await train(sets, { ...inputOf(algorithm), rank: RANK, sweeps: SWEEPS }, workers));
  }
  return SETTINGS.map((setting) => ({ ...setting, tries: trained.get(setting.algorithm)! }));
}

export function targetsSection(rows: readonly TargetsRow[], sets: MeasuredSets): string[] {
  const tries = rows[0]!.tries.length;
  return [
    `## MovieLens 1M at rank ${RANK}: ${shapeText(sets)}`,
    `Biases, ${SWEEPS} sweeps with an evaluation after each; by turns, median of ${tries} with the smallest and the largest in brackets. MiB held: the high-water mark of each worker.`,
    table(['algorithm', 'lambda', 'test RMSE', 'at most', 'ratings/s', 'MiB moved a sweep', 'MiB held'], rows.map(resultLine)),
    'Time to the first sweep whose test RMSE is at most the target: of the sweeps alone, and from ratings in memory on with distributing and evaluations.',
    table(['algorithm', 'target', 'sweeps', 'sweeps s', 'all s'], rows.flatMap(timeLines)),
  ];
}

function resultLine({ algorithm, input, goal, tries }: TargetsRow): string[] {
  const [{ best, bytesMovedPerSweep, bytesPerWorker }] = tries as [Training];
  const rate = Math.round(median(tries.map(({ best: { ratingsPerSecond } }) => ratingsPerSecond)));
  return [algorithm, String(input.lambda), best.testRmse.toFixed(4), `${goal}${best.testRmse <= goal ? '' : ' **missed**'}`, rate.toLocaleString('en-US'), mib(bytesMovedPerSweep), bytesPerWorker.map(mib).join(', ')];
}

function timeLines({ algorithm, targets, tries }: TargetsRow): string[][] {
  return targets.map((target) => {
    const reached = tries.flatMap(({ history }) => history.find(({ testRmse }) => testRmse <= target) ?? []);
    if (reached.length === 0) return [algorithm, String(target), `not within ${SWEEPS}`, '-', '-'];
    const spread = (of: (sweep: Sweep) => number) => {
      const times = reached.map(of);
      return `${secondsText(median(times))} (${secondsText(Math.min(...times))} … ${secondsText(Math.max(...times))})`;
    };
    return [algorithm, String(target), String(reached[0]!.sweep), spread(({ seconds }) => seconds), spread(({ wallSeconds }) => wallSeconds)];
  });
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
