/** Does it pay to visit the ranks whose objective still falls? Coordinate descent under both schedules, from the same factors. */
import type { ScheduleName } from '../models/mf/options.js';
import { shapeOf, trainedColumns } from '../models/mf/shape.js';
import { loadSets, ML_1M, shapeText } from './mf-sets.js';
import { inputOf } from './mf-targets.js';
import { train, type Training } from './mf-training.js';
import { repeatedly, type Benchmark } from './runner/benchmark.js';
import { amount, amountRow, quality, speed, speedRow, type Row } from './runner/result.js';

const RANK = 128;
const SWEEPS = 12;
const SCHEDULES: readonly ScheduleName[] = ['cyclic', 'priority'];
/** Multiples of the lowest objective that either reached. */
const FACTORS = [1.1, 1.03, 1.01, 1.003];

/** Visits of a sweep: one a rank, and one a bias. */
const VISITS = trainedColumns(shapeOf(RANK, true)).length;

export const mfSchedules: Benchmark = {
  name: 'mf-schedules',
  about: `Cyclic and priority visits of the ranks by coordinate descent, MovieLens 1M at rank ${RANK}: seconds to multiples of the lowest objective.`,
  needsData: true,
  usesEngine: true,
  async run(context) {
    const { sets, missing } = await loadSets(ML_1M, context);
    if (sets === null) return { tables: [], missing };
    const turns = await repeatedly(context, async () => {
      const turn: Training[] = [];
      for (const schedule of SCHEDULES) turn.push(await train(sets, { ...inputOf('ccd'), rank: RANK, sweeps: SWEEPS, schedule }, context));
      return turn;
    });
    const note = `Looked at after every sweep of ${VISITS} visits; a visit is a step of all users and all items at one rank. Seconds of the sweeps alone.`;
    return { tables: [{ title: `MovieLens 1M: ${shapeText(sets)}`, note, rows: rowsOf(turns) }], missing };
  },
};

function rowsOf(turns: readonly (readonly Training[])[]): Row[] {
  const lowest = Math.min(...turns[0]!.flatMap(({ history }) => history.map(({ objective }) => objective)));
  return FACTORS.flatMap((factor) => {
    const firstsOf = (schedule: number) => turns.map((turn) => turn[schedule]!.history.find(({ objective }) => objective <= factor * lowest));
    return SCHEDULES.map((schedule, s) => {
      const parts = { case: `${factor} × the lowest objective`, who: schedule };
      const firsts = firstsOf(s);
      const first = firsts[0];
      const last = turns[0]![s]!.history.at(-1)!;
      if (!first) return amountRow({ ...parts, amounts: [], quality: [quality('objective by the lowest', last.objective / lowest, factor)] });
      const cyclic = firstsOf(0);
      const baseline = s === 0 || cyclic[0] === undefined ? null : { name: SCHEDULES[0]!, samples: cyclic.map((one) => one!.seconds) };
      return speedRow({
        ...parts,
        speeds: [speed('sweeps', 's', firsts.map((one) => one!.seconds), baseline)],
        quality: [quality('objective by the lowest', first.objective / lowest, factor), quality('test RMSE', first.testRmse)],
        amounts: [amount('visits', '', first.sweep * VISITS)],
      });
    });
  });
}
