/** MovieLens 1M at many ranks: where does more rank stop paying? The kept factors are those of the best validation error. */
import { mfOptionsSchema, type Algorithm } from '../models/mf/options.js';
import { setsOf } from '../models/mf/split.js';
import type { MeasuredSets } from './mf-sets.js';
import { inputOf } from './mf-targets.js';
import { train, type Training } from './mf-training.js';
import { secondsText, table } from './report.js';

const RANKS = [8, 32, 128, 512, 2048];
const ALGORITHMS: readonly Algorithm[] = ['sgd', 'als', 'ccd'];
const VALIDATION_FRACTION = 0.05;
const MOST_SWEEPS = 40;
/** Test errors nearer than this count as the same. */
const SAME = 0.001;

export interface RankRun extends Training {
  readonly algorithm: Algorithm;
  readonly rank: number;
}

export async function measureRanks(sets: MeasuredSets, workers: number): Promise<RankRun[]> {
  const { train: rest, validation } = setsOf(sets.train, null, mfOptionsSchema.parse({ validationFraction: VALIDATION_FRACTION }));
  const split: MeasuredSets = { train: rest, validation, test: sets.test };
  const runs: RankRun[] = [];
  for (const rank of RANKS) {
    for (const algorithm of ALGORITHMS) {
      runs.push({ algorithm, rank, ...(await train(split, { ...inputOf(algorithm), rank, sweeps: MOST_SWEEPS }, workers)) });
      const { best, seconds } = runs.at(-1)!;
      process.stderr.write(`${algorithm} at rank ${rank}: ${best.testRmse.toFixed(4)} in ${secondsText(seconds)} s\n`);
    }
  }
  return runs;
}

export function ranksSection(runs: readonly RankRun[]): string[] {
  const cells = (rank: number, algorithm: Algorithm) => {
    const { best, seconds, sweeps, bytesPerWorker } = runs.find((one) => one.rank === rank && one.algorithm === algorithm)!;
    return [best.testRmse.toFixed(4), `${secondsText(best.seconds)} (${best.sweep})`, secondsText(seconds / sweeps), (Math.max(...bytesPerWorker) / 2 ** 20).toFixed(0)];
  };
  const head = ALGORITHMS.flatMap((algorithm) => [`${algorithm}: test RMSE`, 's (sweeps)', 's a sweep', 'MiB held']);
  return [
    '## MovieLens 1M by rank',
    `One run each with the options of above, ${100 * VALIDATION_FRACTION} % of the training ratings held out: training stops where they no longer get better, at the latest after ${MOST_SWEEPS} sweeps, and the best factors are kept. Seconds of the sweeps up to those factors, how many they were, seconds of one sweep, and the largest high-water mark of a worker.`,
    table(['rank', ...head], RANKS.map((rank) => [String(rank), ...ALGORITHMS.flatMap((algorithm) => cells(rank, algorithm))])),
    ALGORITHMS.map((algorithm) => conclusion(algorithm, runs.filter((run) => run.algorithm === algorithm))).join(' '),
  ];
}

/** "sgd: .8377 at rank 512 is the lowest; from rank 128 on it is within .001 of that." */
function conclusion(algorithm: Algorithm, runs: readonly RankRun[]): string {
  const errorOf = ({ best }: RankRun) => best.testRmse;
  const lowest = runs.reduce((least, run) => (errorOf(run) < errorOf(least) ? run : least));
  const enough = runs.find((run) => errorOf(run) <= errorOf(lowest) + SAME)!;
  return `${algorithm}: the lowest is ${errorOf(lowest).toFixed(4)} at rank ${lowest.rank}; the first rank within ${SAME} of that is ${enough.rank}.`;
}
