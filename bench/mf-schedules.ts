/** Does it pay to visit the ranks whose objective still falls? Coordinate descent under both schedules, from the same factors. */
import type { ScheduleName } from '../models/mf/options.js';
import { shapeOf, trainedColumns } from '../models/mf/shape.js';
import type { MeasuredSets } from './mf-sets.js';
import { inputOf } from './mf-targets.js';
import { train, type Training } from './mf-training.js';
import { secondsText, table } from './report.js';

const RANK = 128;
const SWEEPS = 12;
const SCHEDULES: readonly ScheduleName[] = ['cyclic', 'priority'];
/** Multiples of the lowest objective that either reached. */
const FACTORS = [1.1, 1.03, 1.01, 1.003];

/** Visits of a sweep: one a rank, and one a bias. */
const VISITS = trainedColumns(shapeOf(RANK, true)).length;

export interface ScheduleRun extends Training {
  readonly schedule: ScheduleName;
}

export async function measureSchedules(sets: MeasuredSets, workers: number): Promise<ScheduleRun[]> {
  const runs: ScheduleRun[] = [];
  for (const schedule of SCHEDULES) runs.push({ schedule, ...(await train(sets, { ...inputOf('ccd'), rank: RANK, sweeps: SWEEPS, schedule }, workers)) });
  return runs;
}

export function schedulesSection(runs: readonly ScheduleRun[]): string[] {
  const lowest = Math.min(...runs.flatMap(({ history }) => history.map(({ objective }) => objective)));
  const reached = FACTORS.map((factor) => [
    `${factor} ×`,
    ...runs.flatMap(({ history }) => {
      const first = history.find(({ objective }) => objective <= factor * lowest);
      return first ? [String(first.sweep * VISITS), secondsText(first.seconds)] : ['-', '-'];
    }),
  ]);
  const swept = Array.from({ length: SWEEPS }, (_, at) => [
    String((at + 1) * VISITS),
    ...runs.flatMap(({ history }) => {
      const { objective, testRmse, seconds } = history[at]!;
      return [objective.toPrecision(7), testRmse.toFixed(4), secondsText(seconds)];
    }),
  ]);
  return [
    `## Cyclic and priority visits of ccd, MovieLens 1M at rank ${RANK}`,
    `One run each. A visit is a step of all users and all items at one rank; a sweep has ${VISITS}. Seconds of the sweeps alone. To multiples of the lowest objective that either reached, looked at after every sweep:`,
    table(['objective', ...SCHEDULES.flatMap((schedule) => [`${schedule}: visits`, 's'])], reached),
    table(['visits', ...SCHEDULES.flatMap((schedule) => [`${schedule}: objective`, 'test RMSE', 's'])], swept),
  ];
}
