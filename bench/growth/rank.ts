/** How a sweep of matrix factorization grows with the rank, by each algorithm. */
import { ALGORITHMS } from '../../models/mf/options.js';
import { train } from '../mf-training.js';
import type { Benchmark, Scale } from '../runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row } from '../runner/result.js';
import { generatedRatings } from './generated-sets.js';
import { chartOf, type Point } from './series.js';

const RANKS: Readonly<Record<Scale, readonly number[]>> = { small: [8, 16, 32, 64, 128], large: [8, 16, 32, 64, 128, 256, 512] };
const SWEEPS = 3;

export const growthRank: Benchmark = {
  name: 'growth-rank',
  about: 'A sweep of matrix factorization against the rank, by each algorithm, on generated ratings in the shape of the Netflix prize\'s.',
  needsData: false,
  usesEngine: true,
  async run(context) {
    const { name, sets } = generatedRatings(context.scale);
    const rows: Row[] = [];
    const points: Point[] = [];
    for (const algorithm of ALGORITHMS) {
      for (const rank of RANKS[context.scale]) {
        const { seconds, sweeps, best, bytesMovedPerSweep, bytesPerWorker } = await train(sets, { algorithm, rank, biases: true, sweeps: SWEEPS }, context);
        rows.push(
          speedRow({
            case: `rank ${rank}`,
            who: algorithm,
            speeds: [speed('a sweep', 's', [seconds / sweeps])],
            quality: [quality('test RMSE', best.testRmse)],
            amounts: [amount('moved a sweep', 'MiB', bytesMovedPerSweep / 2 ** 20), amount('held by a worker', 'MiB', Math.max(...bytesPerWorker) / 2 ** 20)],
          }),
        );
        points.push({ series: algorithm, x: rank, milliseconds: (1000 * seconds) / sweeps, bytes: bytesMovedPerSweep });
        context.say(`${algorithm}, rank ${rank}: ${(seconds / sweeps).toPrecision(3)} s a sweep`);
      }
    }
    const x = { label: 'rank', log: true };
    return {
      tables: [{ title: 'A sweep by rank', note: `${name}; ${SWEEPS} sweeps with biases, ${context.workers} workers, one run each.`, rows }],
      charts: [chartOf('growth-rank-time', 'Time of a sweep by rank', x, 'ms a sweep', points, ({ milliseconds }) => milliseconds), chartOf('growth-rank-bytes', 'Bytes of a sweep by rank', x, 'bytes a sweep', points, ({ bytes }) => bytes)],
      missing: [],
    };
  },
};
