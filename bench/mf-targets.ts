/** MovieLens 1M at rank 128 by each algorithm: the test error after a dozen sweeps, the time to a given error, rates and bytes. */
import type { Algorithm, MfInput } from '../models/mf/options.js';
import { measurePeers } from './mf-peers.js';
import { loadSets, ML_1M, shapeText, type MeasuredSets } from './mf-sets.js';
import { train, type Training } from './mf-training.js';
import { repeatedly, type Benchmark, type Context } from './runner/benchmark.js';
import { amount, amountRow, quality, speed, speedRow, type Row } from './runner/result.js';

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

/** Tries of one setting; the errors of all are the same. */
interface Tried extends Setting {
  readonly tries: readonly Training[];
}

export const mfTargets: Benchmark = {
  name: 'mf',
  about: `Matrix factorization of MovieLens 1M at rank ${RANK} by each algorithm: time to a test error, beside other packages on the same ratings.`,
  needsData: true,
  usesEngine: true,
  async run(context) {
    const { sets, missing } = await loadSets(ML_1M, context);
    if (sets === null) return { tables: [], missing };
    const tried = await trySettings(sets, context);
    const peers = await measurePeers(sets, context);
    const title = `MovieLens 1M: ${shapeText(sets)}`;
    return {
      tables: [
        { title: `${title}: time to a test RMSE`, note: 'By turns. Seconds of the sweeps up to the first whose test RMSE is at most the target, and from ratings in memory on with distributing and evaluations.', rows: tried.flatMap(targetRows) },
        { title: `${title}: after ${SWEEPS} sweeps`, note: 'MiB held: the high-water mark of each worker.', rows: tried.map(endRow) },
        ...(peers.rows.length === 0 ? [] : [{ title: 'Others on the same ratings', note: 'Once each; every RMSE is of predictions that are not clipped.', rows: peers.rows }]),
      ],
      peers: peers.versions,
      missing: [...missing, ...peers.missing],
    };
  },
};

async function trySettings(sets: MeasuredSets, context: Context): Promise<Tried[]> {
  const turns = await repeatedly(context, async () => {
    const turn: Training[] = [];
    for (const { algorithm } of SETTINGS) turn.push(await train(sets, { ...inputOf(algorithm), rank: RANK, sweeps: SWEEPS }, context));
    return turn;
  });
  return SETTINGS.map((setting, i) => ({ ...setting, tries: turns.map((turn) => turn[i]!) }));
}

function targetRows({ algorithm, input, targets, tries }: Tried): Row[] {
  return targets.map((target) => {
    const reached = tries.flatMap(({ history }) => history.find(({ testRmse }) => testRmse <= target) ?? []);
    const parts = { case: `test RMSE ${target}`, who: `${algorithm}, lambda ${input.lambda}` };
    const [first] = reached;
    if (!first) return amountRow({ ...parts, amounts: [], quality: [quality('test RMSE', tries[0]!.best.testRmse, target)] });
    return speedRow({
      ...parts,
      speeds: [speed('sweeps', 's', reached.map(({ seconds }) => seconds)), speed('all', 's', reached.map(({ wallSeconds }) => wallSeconds))],
      quality: [quality('test RMSE', first.testRmse, target)],
      amounts: [amount('sweeps', 'sweeps', first.sweep)],
    });
  });
}

function endRow({ algorithm, input, goal, tries }: Tried): Row {
  const [{ best, bytesMovedPerSweep, bytesPerWorker }] = tries as [Training];
  return speedRow({
    case: `${SWEEPS} sweeps`,
    who: `${algorithm}, lambda ${input.lambda}`,
    speeds: [speed('sweeps', 'ratings/s', tries.map((one) => one.best.ratingsPerSecond))],
    quality: [quality('test RMSE', best.testRmse, goal)],
    amounts: [amount('moved a sweep', 'MiB', bytesMovedPerSweep / 2 ** 20), amount('held by a worker', 'MiB', bytesPerWorker.map((bytes) => bytes / 2 ** 20))],
  });
}
