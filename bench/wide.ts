/**
 * Does a wide problem fit? Generates 2,000 × 1,000,000 with 25 nonzeros a column, trains through the real command line to a relative
 * gap of 1e-4, and reports seconds, gap and the resident memory of all processes together. Linux only: it reads /proc.
 *
 *   node dist/bench/wide.js [alpha ratio …]
 *
 * Needs about 1 GB in the folder for temporary files. Writes bench/results/wide.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LassoModel } from '../models/lasso/model.js';
import { MemorySampler, type Peak } from './process-memory.js';
import { fail, provenance, ROOT, secondsText, table, writeReport } from './report.js';
import { Scorer, type Score } from './scorer.js';
import { wideColumns, wideEntries, wideTarget, writeWide } from './wide-problem.js';

const TOL = 1e-4;
const LIMIT_BYTES = 4 * 2 ** 30;
const MAIN = join(ROOT, 'dist/src/cli/main.js');

const ratios = process.argv.length > 2 ? process.argv.slice(2) : ['0.1', '0.05'];
if (!ratios.every((ratio) => Number(ratio) > 0)) fail('usage: node dist/bench/wide.js [alpha ratio …]');
if (!existsSync('/proc/self/task')) fail('this measurement reads the memory of processes from /proc: run it on Linux');

interface Row extends Score {
  readonly ratio: string;
  /** The gap as the command says it. */
  readonly certifiedGap: number;
  readonly nonzeros: number;
  readonly rounds: number;
  readonly workers: number;
  /** From start to parsed; from parsed to the solution; all of the command. */
  readonly readingSeconds: number;
  readonly trainingSeconds: number;
  readonly wallSeconds: number;
  readonly readingPeak: Peak;
  readonly trainingPeak: Peak;
}

interface Done {
  readonly seconds: number;
  readonly wallSeconds: number;
  readonly relativeGap: number;
  readonly nonzeros: number;
  readonly rounds: number;
  readonly workers: number;
  readonly alphaMax: number;
}

const folder = mkdtempSync(join(tmpdir(), 'strads-wide-'));
const rows: Row[] = [];
let fileBytes = 0;
try {
  const matrixFile = join(folder, 'X.mtx');
  await writeWide(matrixFile, join(folder, 'y.mtx'));
  fileBytes = statSync(matrixFile).size;
  const scorer = new Scorer(wideColumns, wideTarget(), { intercept: true, standardize: false });
  const alphaMax = scorer.alphaMax();
  for (const ratio of ratios) {
    const { coefficients, ...row } = await train(ratio);
    rows.push({ ...row, ...scorer.score(Number(ratio) * alphaMax, coefficients) });
    process.stderr.write(`${line(rows.at(-1)!).join(', ')}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
report();

async function train(ratio: string): Promise<Omit<Row, keyof Score> & { coefficients: Float64Array }> {
  const command = ['train', 'lasso', '--data', 'X.mtx', '--target', 'y.mtx', '--alpha-ratio', ratio, '--tol', String(TOL), '--json', '--out', 'model', '--overwrite'];
  const start = performance.now();
  const child = spawn(process.execPath, [MAIN, ...command], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const sampler = new MemorySampler(child.pid!);
  let readingSeconds: number | null = null;
  let readingPeak: Peak | null = null;
  let last = '';
  for await (const event of createInterface(child.stdout)) {
    // The first event says what was read.
    readingSeconds ??= (performance.now() - start) / 1000;
    readingPeak ??= sampler.takePeak();
    last = event;
  }
  const trainingPeak = sampler.takePeak();
  sampler.stop();
  const { seconds, wallSeconds, relativeGap, nonzeros, rounds: count, workers } = JSON.parse(last) as Done;
  const { coefficients } = await LassoModel.load(join(folder, 'model'));
  return { ratio, certifiedGap: relativeGap, nonzeros, rounds: count, workers, readingSeconds: readingSeconds!, trainingSeconds: seconds, wallSeconds, readingPeak: readingPeak!, trainingPeak, coefficients };
}

function gib(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(2);
}

function line({ ratio, certifiedGap, relativeGap, objective, nonzeros, rounds: count, readingSeconds, trainingSeconds, wallSeconds, readingPeak, trainingPeak }: Row): string[] {
  const peak = (at: Peak) => `${gib(at.bytes)} (${at.byProcess.map(gib).join(' + ')})`;
  return [ratio, secondsText(readingSeconds), secondsText(trainingSeconds), secondsText(wallSeconds), peak(readingPeak), peak(trainingPeak), certifiedGap.toExponential(1), relativeGap.toExponential(1), objective.toPrecision(9), String(nonzeros), String(count)];
}

function report(): void {
  const worst = Math.max(...rows.flatMap(({ readingPeak, trainingPeak }) => [readingPeak.bytes, trainingPeak.bytes]));
  writeReport('wide', provenance(['node dist/bench/wide.js', ...process.argv.slice(2)].join(' ')), { rows: wideColumns.rows, columns: wideColumns.count, entries: wideEntries, fileBytes, tol: TOL, peakBytes: worst, limitBytes: LIMIT_BYTES, runs: rows }, [
    '# A wide problem in bounded memory',
    `${wideColumns.rows} × ${wideColumns.count} with ${wideEntries} nonzeros, a MatrixMarket file of ${gib(fileBytes)} GiB, with an intercept, to a relative gap of ${TOL} with ${rows[0]!.workers} workers. Memory: the sum of the resident sizes of all processes at its largest, in GiB, the command first and then its workers; sampled every 50 ms. Its peak of ${gib(worst)} GiB is ${worst <= LIMIT_BYTES ? 'within' : '**above**'} the limit of ${gib(LIMIT_BYTES)}.`,
    table(['alpha ratio', 'reading s', 'training s', 'wall s', 'peak while reading', 'peak while training', 'gap as certified', 'gap by our scorer', 'objective', 'nonzeros', 'rounds'], rows.map(line)),
  ]);
}
