/**
 * How much of a round is the scheduler's own time. In: the chain of correlated columns, priorities, 64 candidates a round, two worker
 * processes. Out: the time in `schedule` (draw, filter, plan) and in `pull` against the wall time of a round, filter on and off.
 */
import { parseLassoOptions } from '../models/lasso/estimator.js';
import { lassoShards, openProblems, penaltyOf } from '../models/lasso/open.js';
import type { LassoInput, LassoOptions } from '../models/lasso/options.js';
import type { Problem } from '../models/lasso/problem.js';
import { samplesOf } from '../models/lasso/samples.js';
import { workerModule } from '../models/workers.js';
import { readDataset } from '../src/data/read.js';
import type { SchedulerProgram } from '../src/program.js';
import { runRounds } from '../src/runtime/rounds.js';
import { openWorkers } from '../src/runtime/session.js';
import { problemsNamed, readOptions } from './problems.js';
import { median } from './runner/statistics.js';

const BLOCK = 64;
const PIECES = 7;

export interface ShareRow {
  readonly name: string;
  readonly roundMicroseconds: number;
  readonly scheduleMicroseconds: number;
  readonly pullMicroseconds: number;
  /** Of the wall time of the rounds. */
  readonly share: number;
  /** Mean number of variables that a round updated. */
  readonly variables: number;
  readonly rounds: number;
  readonly objective: number;
}

const CASES: readonly (readonly [string, Pick<LassoInput, 'dependencyThreshold' | 'coupling'>])[] = [
  ['priority, filter .1, independent', { dependencyThreshold: 0.1, coupling: 'independent' }],
  ['priority, filter .1, exact', { dependencyThreshold: 0.1, coupling: 'exact' }],
  ['priority, no filter, exact', { coupling: 'exact' }],
];

export async function measureShares(folder: string): Promise<ShareRow[]> {
  const rows: ShareRow[] = [];
  for (const [name, options] of CASES) rows.push(await measureShare(folder, name, options));
  return rows;
}

/** Time in the program's halves, and what went through them. */
class Watched implements SchedulerProgram {
  scheduling = 0;
  pulling = 0;
  variables = 0;

  constructor(private readonly program: SchedulerProgram) {}

  *schedule(...asked: Parameters<SchedulerProgram['schedule']>): ReturnType<SchedulerProgram['schedule']> & Generator {
    let start = performance.now();
    for (const task of this.program.schedule(...asked)) {
      this.scheduling += performance.now() - start;
      yield task;
      start = performance.now();
    }
    this.scheduling += performance.now() - start;
  }

  pull(...given: Parameters<SchedulerProgram['pull']>): ReturnType<SchedulerProgram['pull']> {
    const start = performance.now();
    const commit = this.program.pull(...given);
    this.pulling += performance.now() - start;
    this.variables += given[1].values[0]!;
    return commit;
  }
}

async function measureShare(folder: string, name: string, given: Pick<LassoInput, 'dependencyThreshold' | 'coupling'>): Promise<ShareRow> {
  const [problem] = problemsNamed(['chain']);
  const { matrix, target } = await readDataset(readOptions(problem!, folder));
  const options: LassoOptions = parseLassoOptions({ alpha: problem!.penalties[0]!.value, intercept: false, schedule: 'priority', block: BLOCK, ...given });
  const session = await openWorkers({ workers: [{ engine: 'wasm', count: 2 }], workerModule, isolate: 'process' });
  try {
    const cluster = session.cluster(lassoShards(matrix, options, 0));
    const penalty = penaltyOf(options, null).at(options.alpha!);
    const [opened] = (await openProblems(cluster, matrix, samplesOf(target!, { weights: null, folds: null, center: false }), penalty, options)) as [Problem];
    let { objective } = await opened.start(penalty);
    const pieces: Pick<ShareRow, 'roundMicroseconds' | 'scheduleMicroseconds' | 'pullMicroseconds' | 'variables'>[] = [];
    let firstRound = 0;
    for (let piece = 0; piece < PIECES; piece++) {
      const watched = new Watched(opened.program);
      const start = performance.now();
      // As many rounds as a training runs between two certificates, several times over.
      const rounds = 8 * opened.roundsToCertificate(1);
      await runRounds(cluster, watched, { range: { begin: 0, end: matrix.columns }, firstRound, rounds, depth: 0 });
      const wall = performance.now() - start;
      firstRound += rounds;
      const perRound = (milliseconds: number) => (1000 * milliseconds) / rounds;
      pieces.push({ roundMicroseconds: perRound(wall), scheduleMicroseconds: perRound(watched.scheduling), pullMicroseconds: perRound(watched.pulling), variables: watched.variables / rounds });
      ({ objective } = await opened.certify());
    }
    const middle = (of: (piece: (typeof pieces)[number]) => number) => median(pieces.map(of));
    return {
      name,
      roundMicroseconds: middle((piece) => piece.roundMicroseconds),
      scheduleMicroseconds: middle((piece) => piece.scheduleMicroseconds),
      pullMicroseconds: middle((piece) => piece.pullMicroseconds),
      share: middle((piece) => piece.scheduleMicroseconds / piece.roundMicroseconds),
      variables: middle((piece) => piece.variables),
      rounds: firstRound,
      objective,
    };
  } finally {
    await session.close();
  }
}
