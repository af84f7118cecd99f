/**
 * A Lasso under one of the schedules, on one wasm worker in this process. In: columns as parsed and the options. Out: how the
 * objective falls from the moment at which shards are loaded and moments known. Commits are logged with their time and replayed
 * afterwards: evaluating the objective costs the run nothing.
 */
import { parseLassoOptions } from '../models/lasso/estimator.js';
import { lassoShards, openProblems, penaltyOf } from '../models/lasso/open.js';
import type { LassoInput } from '../models/lasso/options.js';
import { samplesOf } from '../models/lasso/samples.js';
import { workerPrograms } from '../models/workers.js';
import { matrixFrom } from '../src/data/in-memory.js';
import type { Commit } from '../src/program.js';
import { runRounds } from '../src/runtime/rounds.js';
import { openInProcess } from '../src/runtime/in-process.js';
import type { SparseProblem } from './serial.js';
import { Clock, replay, type LoggedCommit, type Moment } from './trace.js';

export type ScheduleOptions = Pick<LassoInput, 'schedule' | 'block' | 'dependencyThreshold'>;

/** Runs until a certificate's objective is at most `target`, or `patience` seconds are over. */
export async function scheduledDescent(data: SparseProblem, schedule: ScheduleOptions, target: number, patience: number): Promise<Moment[]> {
  const options = parseLassoOptions({ ...schedule, alpha: data.alpha, intercept: false });
  const { columns } = data;
  const matrix = matrixFrom({ rows: columns.rows, columns: columns.count, columnStarts: columns.starts, rowIds: columns.rowIds, values: columns.values });
  const session = await openInProcess(workerPrograms);
  try {
    const cluster = session.cluster(lassoShards(matrix, options, 0));
    const samples = samplesOf(data.target, { weights: null, folds: null, center: false });
    const penalty = penaltyOf(options, null);
    const [problem] = await openProblems(cluster, matrix, samples, penalty, options);
    const clock = new Clock();
    const log: LoggedCommit[] = [];
    const commit = cluster.commit.bind(cluster);
    cluster.commit = (committed: Commit) => {
      log.push({ seconds: clock.seconds, commit: committed });
      commit(committed);
    };
    // Where no schedule reads them, certificates only judge.
    const certificatesCount = options.schedule === 'working-set' || options.schedule === 'priority';
    const certified = async (certify: () => Promise<{ objective: number }>) => {
      if (!certificatesCount) clock.stop();
      const { objective } = await certify();
      clock.start();
      return objective;
    };
    const trace: Moment[] = [];
    const isOver = () => clock.seconds > patience;
    clock.start();
    let objective = await certified(() => problem!.start(penalty.at(data.alpha)));
    let rounds = 0;
    for (let certificates = 1; objective > target && !isOver(); certificates++) {
      const wanted = problem!.roundsToCertificate(certificates);
      rounds += await runRounds(cluster, problem!.program, { range: { begin: 0, end: columns.count }, firstRound: rounds, rounds: wanted, depth: 0, shouldStop: isOver });
      const { seconds } = clock;
      objective = await certified(() => problem!.certify());
      trace.push({ seconds, objective });
    }
    return options.schedule === 'working-set' ? trace : replay(data, log);
  } finally {
    await session.close();
  }
}
