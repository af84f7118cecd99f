/**
 * How long the loss of a worker stops a run: SIGKILL of one of two and of one of four worker processes in the midst of a training of each model, and a
 * link from elsewhere that is cut without a word. From the fault until the run has landed a task that it had not before, by a clock of its
 * own; beside it what the run itself reports, and what loading the shards took.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLassoOptions } from '../models/lasso/estimator.js';
import { fitLasso } from '../models/lasso/fit.js';
import { lassoShards } from '../models/lasso/open.js';
import { ldaOptionsSchema } from '../models/lda/options.js';
import { fitLda } from '../models/lda/fit.js';
import { ldaShards } from '../models/lda/layout.js';
import { mfShards } from '../models/mf/distribute.js';
import { fitMf } from '../models/mf/fit.js';
import { mfOptionsSchema } from '../models/mf/options.js';
import { workerModule } from '../models/workers.js';
import { HEARTBEAT_SECONDS } from '../src/bus/options.js';
import { readDataset } from '../src/data/read.js';
import type { Cluster } from '../src/runtime/cluster.js';
import { openWorkers } from '../src/runtime/session.js';
import { KOS, loadSets as loadCorpora } from './lda-sets.js';
import { ML_100K, loadSets as loadRatings } from './mf-sets.js';
import { processTree } from './process-memory.js';
import { missingFiles, problemsNamed, readOptions, type LassoProblem } from './problems.js';
import { CuttableLine } from './cuttable-line.js';
import { dataOf } from './runner/arguments.js';
import { ROOT } from './runner/machine.js';
import type { Benchmark, Context } from './runner/benchmark.js';
import { quality, speed, speedRow, type Row } from './runner/result.js';

/** A training of a few seconds. */
interface Subject {
  readonly name: string;
  readonly shards: number;
  /** Resolves to the objective at its end. */
  train(cluster: Cluster): Promise<number>;
}

/** Something that befalls a run's second worker. */
interface Fault {
  readonly name: string;
  /** Workers on this machine, and from elsewhere over a line that can be cut. */
  readonly workers: number;
  readonly guests: 0 | 1;
  readonly heartbeat: number;
}

const FAULTS: readonly Fault[] = [
  { name: 'SIGKILL of one of 2', workers: 2, guests: 0, heartbeat: HEARTBEAT_SECONDS },
  { name: 'SIGKILL of one of 4', workers: 4, guests: 0, heartbeat: HEARTBEAT_SECONDS },
  { name: 'link cut to one of 2, heartbeat 1 s', workers: 1, guests: 1, heartbeat: 1 },
];

/** Seconds of undisturbed work before the fault. */
const BEFORE_SECONDS = 1.5;
const LOOK_MS = 2;

export const recovery: Benchmark = {
  name: 'recovery',
  about: 'How long the loss of a worker stops a run: from SIGKILL of a worker process, or from a link that falls silent, to the first task that lands thereafter, for each model.',
  needsData: true,
  usesEngine: false,
  async run(context) {
    const { subjects, missing } = await subjectsOf(context);
    const rows: Row[] = [];
    for (const subject of subjects) {
      const undisturbed = await attempt(subject, null);
      for (const fault of FAULTS) {
        context.say(`${subject.name}: ${fault.name}`);
        rows.push(await measure(subject, fault, undisturbed.objective, context));
      }
    }
    const note = `To a task that had not landed before, by the measuring process's clock; within it, what the run reports from when it noticed. At most 3 heartbeats (${3 * HEARTBEAT_SECONDS} s unless told) and the time in which the shards are loaded are allowed.`;
    return { tables: rows.length === 0 ? [] : [{ title: 'A worker is lost', note, rows }], missing };
  },
};

async function subjectsOf(context: Context): Promise<{ subjects: Subject[]; missing: string[] }> {
  const subjects: Subject[] = [];
  const [problem] = problemsNamed(['lasso500by1K']) as [LassoProblem];
  const folder = dataOf(context.data!, 'lasso');
  const missing = missingFiles(problem, folder).map((file) => `${problem.name}: no ${file} in the data folder`);
  if (missing.length === 0) {
    const { matrix, target } = await readDataset(readOptions(problem, folder));
    const options = parseLassoOptions({ alpha: problem.penalties[0]!.value, intercept: false, cut: 'rows', schedule: 'random', block: 32, coupling: 'independent', tol: 1e-15, maxRounds: 8000 });
    subjects.push({ name: 'Lasso, lasso500by1K', shards: lassoShards(matrix, options, 0), train: async (cluster) => (await fitLasso(cluster, { matrix, target: target! }, options)).objective });
  }
  const ratings = await loadRatings(ML_100K, context);
  if (ratings.sets) {
    const { sets } = ratings;
    const options = mfOptionsSchema.parse({ algorithm: 'als', rank: 16, lambda: 0.1, sweeps: 150, evaluateEvery: 150 });
    subjects.push({ name: 'factorization by als, MovieLens 100K', shards: mfShards(sets.train.count, sets.train.users.count, options), train: async (cluster) => (await fitMf(cluster, sets, options)).best.objective });
  }
  const corpora = await loadCorpora(KOS, context);
  if (corpora.sets) {
    const { sets } = corpora;
    const options = ldaOptionsSchema.parse({ topics: 20, sweeps: 60, evaluateEvery: 60 });
    subjects.push({ name: 'topics, KOS', shards: ldaShards(sets.train.tokens), train: async (cluster) => (await fitLda(cluster, sets, options)).history.at(-1)!.logLikelihoodPerToken });
  }
  return { subjects, missing: [...missing, ...ratings.missing, ...corpora.missing] };
}

/** What came of one training. */
interface Attempt {
  readonly objective: number;
  /** From the first shard on its way to the first task landed. */
  readonly loadSeconds: number;
  /** From the fault to the first new task landed, and from its notice to where the run went on; null without a fault. */
  readonly outage: { readonly seconds: number; readonly reported: number } | null;
}

async function measure(subject: Subject, fault: Fault, objective: number, context: Context): Promise<Row> {
  const attempts: Attempt[] = [];
  for (let sample = 0; sample < context.repeats; sample++) attempts.push(await attempt(subject, fault));
  const loading = attempts.map(({ loadSeconds }) => loadSeconds);
  const outages = attempts.map(({ outage }) => outage!);
  const allowed = 3 * fault.heartbeat + Math.min(...loading);
  return speedRow({
    case: subject.name,
    who: fault.name,
    speeds: [
      speed('until a new task landed', 's', outages.map(({ seconds }) => seconds)),
      speed('of it reported', 's', outages.map(({ reported }) => reported)),
      speed('loading all shards', 's', loading),
    ],
    quality: [
      quality('different results', attempts.filter((one) => one.objective !== objective).length, 0),
      quality('longest by what is allowed', Math.max(...outages.map(({ seconds }) => seconds)) / allowed, 1),
    ],
  });
}

const TOKEN = 'a-token-for-measurements';

/** Trains once; the fault comes some time after the first task has landed. */
async function attempt(subject: Subject, fault: Fault | null): Promise<Attempt> {
  const { workers, guests, heartbeat } = fault ?? { workers: 2, guests: 0, heartbeat: HEARTBEAT_SECONDS };
  const folder = await mkdtemp(join(tmpdir(), 'strads-bench-'));
  const line = new CuttableLine();
  let guest: ChildProcess | null = null;
  const notice = (sentence: string) => {
    const port = /^waiting for .* at ws:\/\/127\.0\.0\.1:(\d+)/.exec(sentence)?.[1];
    if (port !== undefined) void line.to(Number(port)).then((url) => (guest = startGuest(url, join(folder, 'token'))));
  };
  try {
    await writeFile(join(folder, 'token'), TOKEN, { mode: 0o600 });
    const listen = guests === 0 ? undefined : { host: '127.0.0.1', port: 0, token: TOKEN, expect: guests };
    const session = await openWorkers({ workers: [{ engine: 'wasm', count: workers }], workerModule, isolate: 'process', heartbeat, listen, notice });
    try {
      const cluster = session.cluster(subject.shards);
      const victim = processTree(process.pid).filter((id) => id !== process.pid && id !== guest?.pid).slice(0, workers).at(-1)!;
      const strike = () => (guests === 0 ? process.kill(victim, 'SIGKILL') : line.cut());
      const watching = watch(cluster, fault ? strike : null);
      const objective = await subject.train(cluster);
      return { objective, ...watching.seen() };
    } finally {
      await session.close();
    }
  } finally {
    (guest as ChildProcess | null)?.kill('SIGKILL');
    line.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function startGuest(url: string, tokenFile: string): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'dist/src/cli/main.js'), 'worker', '--connect', url, '--token-file', tokenFile, '--engine', 'wasm', '--name', 'guest'], { stdio: 'ignore' });
}

/** Looks at the run every few ms, and strikes in time. */
function watch(cluster: Cluster, strike: (() => void) | null): { seen(): Omit<Attempt, 'objective'> } {
  const begin = performance.now();
  let loaded: number | null = null;
  let struck: number | null = null;
  let completed = 0;
  let recovered: number | null = null;
  const timer = setInterval(() => {
    const now = performance.now();
    if (cluster.completed > 0) loaded ??= now;
    if (struck === null && strike && loaded !== null && now - loaded > 1000 * BEFORE_SECONDS) {
      struck = now;
      strike();
    }
    if (cluster.incidents.length === 0) completed = cluster.completed;
    else if (cluster.completed > completed) recovered ??= now;
  }, LOOK_MS);
  return {
    seen() {
      clearInterval(timer);
      if (loaded === null) throw new Error('no task has landed');
      const [incident] = cluster.incidents;
      if (strike && (struck === null || recovered === null || !incident)) throw new Error('the training was over before the fault was made up for');
      return { loadSeconds: (loaded - begin) / 1000, outage: strike ? { seconds: (recovered! - struck!) / 1000, reported: incident!.seconds } : null };
    },
  };
}
