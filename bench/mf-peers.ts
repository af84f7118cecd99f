/**
 * Other factorizations beside us, each in processes of its own: LIBMF (mf-train and mf-predict on PATH), cmfrec and surprise (of
 * the first python3 on PATH that has them). In: ratings. Out: seconds and test RMSE; peers that are not there, by name.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Ratings } from '../src/data/ratings.js';
import { findInterpreter, howToGet, onPath, peerEnvironment } from './interpreter.js';
import type { MeasuredSets } from './mf-sets.js';
import type { Context } from './runner/benchmark.js';
import { ROOT } from './runner/machine.js';
import { quality, speed, speedRow, type Row } from './runner/result.js';

const SCRIPT = join(ROOT, 'bench/mf_peers.py');

export interface PeerSettings {
  readonly rank: number;
  readonly lambda: number;
  readonly epochs: number;
}

export interface PeerRun extends PeerSettings {
  readonly peer: string;
  /** Null where it doesn't say. */
  readonly version: string | null;
  /** What it fits and how, and what its seconds are. */
  readonly method: string;
  readonly threads: number;
  readonly seconds: number;
  readonly testRmse: number;
}

export interface PeersMeasured {
  readonly rows: Row[];
  readonly versions: string[];
  readonly missing: string[];
}

type PythonPeer = 'cmfrec' | 'surprise';

interface PythonSettings extends PeerSettings {
  readonly peer: PythonPeer;
  /** Name in the package index, which the version goes by. */
  readonly distribution: string;
  readonly method: string;
  readonly isParallel: boolean;
}

const PYTHON_PEERS: readonly PythonSettings[] = [
  { peer: 'cmfrec', distribution: 'cmfrec', method: 'ALS with biases; fit alone', isParallel: true, rank: 128, lambda: 0.07, epochs: 12 },
  { peer: 'surprise', distribution: 'scikit-surprise', method: 'SGD with biases; fit alone', isParallel: false, rank: 128, lambda: 0.05, epochs: 20 },
];

/** As published for this data set and split: .8404. */
const LIBMF: PeerSettings = { rank: 128, lambda: 0.05, epochs: 40 };

export async function measurePeers(sets: MeasuredSets, context: Context): Promise<PeersMeasured> {
  const threads = context.workers;
  const folder = mkdtempSync(join(tmpdir(), 'strads-peers-'));
  const runs: PeerRun[] = [];
  const missing: string[] = [];
  try {
    const [libmf] = onPath('mf-train');
    if (libmf === undefined) missing.push('LIBMF: no mf-train on PATH; to compare, build it from its source, as no package manager has its programs');
    else runs.push(await runLibmf(sets, threads, folder));
    writeArrays(sets, folder);
    for (const settings of PYTHON_PEERS) {
      const run = runPython(sets, settings, threads, folder);
      if (run === null) missing.push(howToGet(settings.peer, 'no python3 on PATH has it', { pip: settings.distribution }));
      else runs.push(run);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { rows: runs.map(rowOf), versions: runs.map(nameOf), missing };
}

async function runLibmf({ train, test }: MeasuredSets, threads: number, folder: string): Promise<PeerRun> {
  for (const [name, ratings] of [['train', train], ['test', test]] as const) await writeText(ratings, join(folder, name));
  const { rank, lambda, epochs } = LIBMF;
  const start = performance.now();
  call('mf-train', ['-f', '0', '-k', String(rank), '-l2', String(lambda), '-t', String(epochs), '-s', String(threads), 'train', 'model'], folder);
  const seconds = (performance.now() - start) / 1000;
  call('mf-predict', ['-e', '0', 'test', 'model', 'predictions'], folder);
  const testRmse = rmseOf(readFileSync(join(folder, 'predictions'), 'utf8').trim().split('\n').map(Number), test);
  return { peer: 'LIBMF', version: null, method: 'SGD without biases; whole command, reading included', threads, ...LIBMF, seconds, testRmse };
}

function rmseOf(predictions: readonly number[], { values, count }: Ratings): number {
  if (predictions.length !== count) throw new Error(`${predictions.length} predictions for ${count} test ratings`);
  return Math.sqrt(predictions.reduce((sum, prediction, p) => sum + (prediction - values[p]!) ** 2, 0) / count);
}

function call(program: string, args: readonly string[], folder: string): string {
  return execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26, env: peerEnvironment() });
}

/** Lines of user, item and rating. */
async function writeText({ userOf, itemOf, values, count }: Ratings, file: string): Promise<void> {
  const out = createWriteStream(file);
  for (let p = 0; p < count; p++) out.write(`${userOf[p]} ${itemOf[p]} ${values[p]}\n`);
  out.end();
  await finished(out);
}

function writeArrays({ train, test }: MeasuredSets, folder: string): void {
  for (const [name, { userOf, itemOf, values }] of [['train', train], ['test', test]] as const) {
    for (const [what, array] of [['users', userOf], ['items', itemOf], ['ratings', values]] as const) writeFileSync(join(folder, `${name}.${what}`), array);
  }
}

/** Null where no interpreter has the package. */
function runPython({ train }: MeasuredSets, { peer, distribution, method, isParallel, ...settings }: PythonSettings, allThreads: number, folder: string): PeerRun | null {
  const interpreter = findInterpreter(`import ${peer},numpy,scipy;from importlib.metadata import version;print(version("${distribution}"))`);
  if (!interpreter) return null;
  const threads = isParallel ? allThreads : 1;
  const request = { peer, folder, users: train.users.count, items: train.items.count, threads, ...settings };
  const { seconds, testRmse } = JSON.parse(call(interpreter.path, [SCRIPT, JSON.stringify(request)], folder)) as Pick<PeerRun, 'seconds' | 'testRmse'>;
  return { peer, version: interpreter.versions, method, threads, ...settings, seconds, testRmse };
}

function nameOf({ peer, version }: PeerRun): string {
  return version === null ? peer : `${peer} ${version}`;
}

function rowOf(run: PeerRun): Row {
  const { method, rank, lambda, epochs, threads, seconds, testRmse } = run;
  const parts = { case: `${method}; rank ${rank}, lambda ${lambda}, ${epochs} epochs, ${threads} thread(s)`, who: nameOf(run) };
  return speedRow({ ...parts, speeds: [speed('training', 's', [seconds])], quality: [quality('test RMSE', testRmse)] });
}
