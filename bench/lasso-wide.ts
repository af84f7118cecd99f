/**
 * Does a wide problem fit? Generates 2,000 × 1,000,000 with 25 nonzeros a column, trains through the real command line to a relative
 * gap of 1e-4, and reports seconds, gap and the resident memory of all processes together. Linux only: it reads /proc. Needs about 1 GB in
 * the folder for temporary files.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LassoModel } from '../models/lasso/model.js';
import { MemorySampler, type Peak } from './process-memory.js';
import type { Benchmark, Context, Scale } from './runner/benchmark.js';
import { ROOT } from './runner/machine.js';
import { amount, quality, speed, speedRow, type Row } from './runner/result.js';
import { Scorer, type Score } from './scorer.js';
import { wideColumns, wideEntries, wideTarget, writeWide } from './wide-problem.js';

const TOL = 1e-4;
const LIMIT_GIB = 4;
const MAIN = join(ROOT, 'dist/src/cli/main.js');
const RATIOS: Readonly<Record<Scale, readonly number[]>> = { small: [0.1], large: [0.1, 0.05] };

interface Run extends Score {
  readonly nonzeros: number;
  readonly rounds: number;
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
  readonly nonzeros: number;
  readonly rounds: number;
}

export const lassoWide: Benchmark = {
  name: 'lasso-wide',
  about: `A generated Lasso of ${wideColumns.rows} × ${wideColumns.count.toLocaleString('en-US')} through the real command line: seconds, gap, and the memory of all processes together.`,
  needsData: false,
  usesEngine: true,
  async run(context) {
    if (!existsSync('/proc/self/task')) return { tables: [], missing: ['the memory of processes is read from /proc, which this system does not have'] };
    const folder = mkdtempSync(join(tmpdir(), 'strads-wide-'));
    try {
      const matrixFile = join(folder, 'X.mtx');
      await writeWide(matrixFile, join(folder, 'y.mtx'));
      const scorer = new Scorer(wideColumns, wideTarget(), { intercept: true, standardize: false });
      const alphaMax = scorer.alphaMax();
      const rows: Row[] = [];
      for (const ratio of RATIOS[context.scale]) rows.push(rowOf(ratio, await train(context, folder, ratio, (coefficients) => scorer.score(ratio * alphaMax, coefficients))));
      const note = `${wideEntries.toLocaleString('en-US')} nonzeros in a MatrixMarket file of ${(statSync(matrixFile).size / 2 ** 30).toFixed(2)} GiB, with an intercept, to a relative gap of ${TOL} with ${context.workers} workers; one run each. Memory: the sum of the resident sizes of all processes at its largest, sampled every 50 ms; pages that several share count once for each. It is to stay below ${LIMIT_GIB} GiB.`;
      return { tables: [{ title: 'A wide problem in bounded memory', note, rows }], missing: [] };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function rowOf(ratio: number, { relativeGap, objective, nonzeros, rounds, readingSeconds, trainingSeconds, wallSeconds, readingPeak, trainingPeak }: Run): Row {
  const gib = ({ bytes }: Peak) => bytes / 2 ** 30;
  return speedRow({
    case: `alpha ratio ${ratio}`,
    who: 'command',
    speeds: [speed('reading', 's', [readingSeconds]), speed('training', 's', [trainingSeconds]), speed('wall', 's', [wallSeconds])],
    quality: [quality('relative gap', relativeGap, TOL), quality('objective', objective), quality('GiB at the peak', Math.max(gib(readingPeak), gib(trainingPeak)), LIMIT_GIB)],
    amounts: [amount('held while reading', 'GiB', gib(readingPeak)), amount('held while training', 'GiB', gib(trainingPeak)), amount('rounds', 'rounds', rounds), amount('nonzeros', 'nonzeros', nonzeros)],
  });
}

async function train({ engine, workers }: Context, folder: string, ratio: number, score: (coefficients: Float64Array) => Score): Promise<Run> {
  const command = ['train', 'lasso', '--data', 'X.mtx', '--target', 'y.mtx', '--alpha-ratio', String(ratio), '--tol', String(TOL), '--engine', engine.kind, '--workers', String(workers), '--json', '--out', 'model', '--overwrite'];
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
  const { seconds, wallSeconds, nonzeros, rounds } = JSON.parse(last) as Done;
  const { coefficients } = await LassoModel.load(join(folder, 'model'));
  return { ...score(coefficients), nonzeros, rounds, readingSeconds: readingSeconds!, trainingSeconds: seconds, wallSeconds, readingPeak: readingPeak!, trainingPeak };
}
