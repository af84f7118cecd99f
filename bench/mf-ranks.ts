/** MovieLens 1M at many ranks: where does more rank stop paying? The kept factors are those of the best validation error. */
import { mfOptionsSchema, type Algorithm } from '../models/mf/options.js';
import { setsOf } from '../models/mf/split.js';
import { loadSets, ML_1M, shapeText, type MeasuredSets } from './mf-sets.js';
import { inputOf } from './mf-targets.js';
import { train } from './mf-training.js';
import type { Benchmark, Scale } from './runner/benchmark.js';
import { amount, quality, speed, speedRow, type Row } from './runner/result.js';

const RANKS: Readonly<Record<Scale, readonly number[]>> = { small: [8, 32, 128], large: [8, 32, 128, 512, 2048] };
const ALGORITHMS: readonly Algorithm[] = ['sgd', 'als', 'ccd'];
const VALIDATION_FRACTION = 0.05;
const MOST_SWEEPS: Readonly<Record<Scale, number>> = { small: 20, large: 40 };

export const mfRanks: Benchmark = {
  name: 'mf-ranks',
  about: 'Matrix factorization of MovieLens 1M by rank: what more rank costs, and what it brings.',
  needsData: true,
  usesEngine: true,
  async run(context) {
    const { sets, missing } = await loadSets(ML_1M, context);
    if (sets === null) return { tables: [], missing };
    const { train: rest, validation } = setsOf(sets.train, null, mfOptionsSchema.parse({ validationFraction: VALIDATION_FRACTION }));
    const split: MeasuredSets = { train: rest, validation, test: sets.test };
    const rows: Row[] = [];
    for (const rank of RANKS[context.scale]) {
      for (const algorithm of ALGORITHMS) {
        const { best, seconds, sweeps, bytesPerWorker, bytesMovedPerSweep } = await train(split, { ...inputOf(algorithm), rank, sweeps: MOST_SWEEPS[context.scale] }, context);
        rows.push(
          speedRow({
            case: `rank ${rank}`,
            who: algorithm,
            speeds: [speed('to the kept factors', 's', [best.seconds]), speed('a sweep', 's', [seconds / sweeps])],
            quality: [quality('test RMSE', best.testRmse)],
            amounts: [amount('kept after', 'sweeps', best.sweep), amount('held by a worker', 'MiB', Math.max(...bytesPerWorker) / 2 ** 20), amount('moved a sweep', 'MiB', bytesMovedPerSweep / 2 ** 20)],
          }),
        );
        context.say(`${algorithm} at rank ${rank}: ${best.testRmse.toFixed(4)} in ${seconds.toPrecision(3)} s`);
      }
    }
    const note = `One run each, ${100 * VALIDATION_FRACTION} % of the training ratings held out: training stops where they no longer get better, at the latest after ${MOST_SWEEPS[context.scale]} sweeps, and the best factors are kept.`;
    return { tables: [{ title: `MovieLens 1M: ${shapeText(sets)}`, note, rows }], missing };
  },
};
