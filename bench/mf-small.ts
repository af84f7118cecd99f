/** MovieLens 100K by each algorithm: how low the test error gets, and in which time. Sweeps are fixed beforehand: ccd and als get near the optimum of their objective, sgd is to stop well before. */
import type { MfInput } from '../models/mf/options.js';
import { loadSets, ML_100K, shapeText } from './mf-sets.js';
import { train } from './mf-training.js';
import { repeatedly, type Benchmark } from './runner/benchmark.js';
import { quality, speed, speedRow, type Row } from './runner/result.js';

/** With the test RMSE that is to be reached. */
const SETTINGS: readonly { readonly input: MfInput; readonly aim: number }[] = [
  { input: { algorithm: 'ccd', rank: 64, lambda: 0.12, biases: true, sweeps: 15 }, aim: 0.927 },
  { input: { algorithm: 'als', rank: 64, lambda: 0.12, biases: true, sweeps: 12 }, aim: 0.927 },
  { input: { algorithm: 'sgd', rank: 64, lambda: 0.09, rate: 0.04, biases: true, sweeps: 20 }, aim: 0.9195 },
];

export const mfSmall: Benchmark = {
  name: 'mf-small',
  about: 'Matrix factorization of MovieLens 100K (u1) by each algorithm with biases, a number of sweeps fixed beforehand.',
  needsData: true,
  usesEngine: true,
  async run(context) {
    const { sets, missing } = await loadSets(ML_100K, context);
    if (sets === null) return { tables: [], missing };
    const rows: Row[] = [];
    for (const { input, aim } of SETTINGS) {
      const tries = await repeatedly(context, () => train(sets, input, context));
      const { best } = tries[0]!;
      rows.push(
        speedRow({
          case: `rank ${input.rank}, lambda ${input.lambda}${input.rate === undefined ? '' : `, rate ${input.rate}`}, ${input.sweeps} sweeps`,
          who: input.algorithm!,
          speeds: [speed('sweeps', 's', tries.map(({ seconds }) => seconds)), speed('all', 's', tries.map(({ wallSeconds }) => wallSeconds))],
          quality: [quality('test RMSE', best.testRmse, aim), quality('train RMSE', best.trainRmse)],
        }),
      );
    }
    return { tables: [{ title: shapeText(sets), note: 'Seconds of the sweeps, and of all from ratings in memory on: distributing and an evaluation after every sweep.', rows }], missing };
  },
};
