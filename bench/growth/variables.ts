/** How a round of the scheduled Lasso grows with the number of variables, up to 10^8: columns come on demand from a hash and are never stored. */
import { runChain, type ChainRun } from '../generated/chain-run.js';
import type { Benchmark, Scale } from '../runner/benchmark.js';
import { amount, quality, speed, speedRow, type Chart, type Row } from '../runner/result.js';
import { chartOf, type Point } from './series.js';

const ROWS = 50_000;
const VARIABLES = [1e4, 1e5, 1e6, 1e7, 1e8];
const ROUNDS: Readonly<Record<Scale, number>> = { small: 200, large: 1000 };
const THRESHOLD = 0.1;
const SEED = 1;

const SCHEDULES = [
  { name: 'random', schedule: 'random', threshold: null },
  { name: 'priority', schedule: 'priority', threshold: null },
  { name: `priority, filter ${THRESHOLD}`, schedule: 'priority', threshold: THRESHOLD },
] as const;

export const growthVariables: Benchmark = {
  name: 'growth-variables',
  about: `A round of the paper's Lasso (${ROWS.toLocaleString('en-US')} samples, 25 nonzeros a column, neighbours correlated, columns generated on demand) against the number of variables.`,
  needsData: false,
  usesEngine: false,
  async run(context) {
    const rounds = ROUNDS[context.scale];
    const rows: Row[] = [];
    const points: Point[] = [];
    for (const columns of VARIABLES) {
      for (const { name, schedule, threshold } of SCHEDULES) {
        const run = await runChain({ shape: { rows: ROWS, columns, seed: SEED }, schedule, threshold, rounds, workers: context.workers, objectiveEvery: rounds });
        rows.push(rowOf(columns, name, run));
        points.push({ series: name, x: columns, milliseconds: 1000 * run.roundSeconds, bytes: run.roundBytes }, { series: `${name}: scheduler`, x: columns, milliseconds: 1000 * run.schedulerSeconds, bytes: null });
        context.say(`${columns} variables, ${name}: ${(1000 * run.roundSeconds).toPrecision(3)} ms a round`);
      }
    }
    const note = `64 variables a round, ${rounds} rounds, ${context.workers} worker processes; of the rounds the median, of the scheduler's part and of bytes the mean. The objective is that after the last round by that before the first; at so few rounds for so many variables it has barely begun to fall. Setting up is done once: priorities of all variables.`;
    return { tables: [{ title: 'A round by number of variables', note, rows }], charts: charts(points), missing: [] };
  },
};

function rowOf(columns: number, who: string, { roundSeconds, schedulerSeconds, setupSeconds, roundBytes, drawBytes, objectives }: ChainRun): Row {
  return speedRow({
    case: `${columns.toLocaleString('en-US')} variables`,
    who,
    speeds: [speed('a round', 'ms', [1000 * roundSeconds]), speed('its scheduler', 'ms', [1000 * schedulerSeconds]), speed('setting up', 's', [setupSeconds])],
    quality: [quality('objective by its start', objectives.at(-1)!.objective / objectives[0]!.objective)],
    amounts: [amount('moved a round', 'bytes', roundBytes), amount('kept by the draw', 'MiB', drawBytes / 2 ** 20)],
  });
}

function charts(points: readonly Point[]): Chart[] {
  const x = { label: 'variables', log: true };
  return [
    chartOf('growth-variables-time', 'Time of a round and its scheduler by variables', x, 'ms', points, ({ milliseconds }) => milliseconds),
    chartOf('growth-variables-bytes', 'Bytes of a round by variables', x, 'bytes a round', points, ({ bytes }) => bytes),
  ];
}
