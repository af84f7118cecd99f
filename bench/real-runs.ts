/** Real trainings of all three models by the command line, with two worker processes: what they say, and which processes they are. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ML_100K } from './mf-sets.js';
import { KOS } from './lda-sets.js';
import { problemsNamed, trainCommand, type LassoProblem } from './problems.js';
import { dataOf } from './runner/arguments.js';
import { ROOT } from './runner/machine.js';

const MAIN = join(ROOT, 'dist/src/cli/main.js');
const [LASSO] = problemsNamed(['lasso500by1K']) as [LassoProblem];

/** Seconds of a length that a model's training takes on two cores, about. */
export interface RealRun {
  readonly model: 'lasso' | 'mf' | 'lda';
  readonly name: string;
  /** What its length counts. */
  readonly unit: 'rounds' | 'sweeps';
  /** Everything behind `strads`, from inside the model's data folder. */
  command(length: number): string[];
  /** Files that it reads. */
  readonly files: readonly string[];
}

/** Bulk-synchronous rounds of 32 variables on shards of rows; the tolerance is never reached. */
const lasso: RealRun = {
  model: 'lasso',
  name: 'Lasso, lasso500by1K',
  unit: 'rounds',
  files: [LASSO.data, LASSO.target!],
  command: (rounds) => [...trainCommand(LASSO, LASSO.penalties[0]!), ...['--cut', 'rows', '--schedule', 'random', '--block', '32', '--coupling', 'independent', '--tol', '1e-15', '--max-rounds', String(rounds)]],
};

const mf: RealRun = {
  model: 'mf',
  name: 'factorization by als, MovieLens 100K',
  unit: 'sweeps',
  files: [ML_100K.train],
  command: (sweeps) => ['train', 'mf', '--data', ML_100K.train, '--algorithm', 'als', '--rank', '16', '--lambda', '0.1', '--evaluate-every', '10', '--sweeps', String(sweeps)],
};

const lda: RealRun = {
  model: 'lda',
  name: 'topics, KOS',
  unit: 'sweeps',
  files: [KOS.train],
  command: (sweeps) => ['train', 'lda', '--data', KOS.train, '--topics', '20', '--evaluate-every', '10', '--sweeps', String(sweeps)],
};

export const REAL_RUNS: readonly RealRun[] = [lasso, mf, lda];

/** Those of its files that the data folder lacks. */
export function missingOf({ model, files, name }: RealRun, data: string): string[] {
  return files.filter((file) => !existsSync(join(dataOf(data, model), file))).map((file) => `${name}: no ${file} in the data folder`);
}

/** A line that a run says. */
export interface Said {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Running {
  readonly process: number;
  /** All lines, once it has ended well. */
  readonly lines: Promise<readonly Said[]>;
}

/** Starts a training that saves its model `into` a folder. `heard` is told of every line as it comes. */
export function startRun({ model, command }: RealRun, length: number, data: string, into: string, flags: readonly string[] = [], heard: (said: Said) => void = () => undefined): Running {
  const argv = [MAIN, ...command(length), '--engine', 'wasm', '--workers', '2', '--isolate', 'process', '--json', '--out', into, '--overwrite', ...flags];
  const child = spawn(process.execPath, argv, { cwd: dataOf(data, model), stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: Said[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    lines.push(said);
    heard(said);
  });
  const ended = new Promise<readonly Said[]>((resolve, reject) => {
    child.on('close', (code) => (code === 0 ? resolve(lines) : reject(new Error(`strads ${command(length).join(' ')} ended with code ${code}: ${JSON.stringify(lines.at(-1))}`))));
  });
  return { process: child.pid!, lines: ended };
}

/** SHA-256 of a model's arrays; what else is saved tells of the run that made it. */
export function digestOfModel(folder: string): string {
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).filter((name) => !name.endsWith('.json')).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest('hex');
}
