/**
 * A path of 100 alphas down to .01 alpha_max, ours in fresh processes, beside glmnet's and scikit-learn's in one run. Every solution of every
 * path is judged by this folder's scorer.
 *
 *   node dist/bench/lasso-path.js <folder with the data sets> [tries] [seconds a peer may take] [problem …]
 *
 * Writes bench/results/lasso-path. Ours goes from arrays in memory to the last solution, scaling included; a peer's seconds are its
 * solver's alone, on arrays that are scaled already. A data set or a peer that is not there is named as missing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readDataset } from '../src/data/read.js';
import { fitCold, writeArray, writeArrays } from './cold.js';
import { readColumns, type DenseColumns, type SparseColumns } from './columns.js';
import { findGlmnet, Glmnet, ScikitLearnPath, type PeerPath } from './path-peers.js';
import { missingFiles, problemsNamed, readOptions, type LassoProblem } from './problems.js';
import { fail, median, provenance, secondsText, table, writeReport } from './report.js';
import { findScikitLearn } from './scikit-learn.js';
import { Scorer } from './scorer.js';

const ALPHAS = 100;
const LAST = 0.01;
/** scikit-learn's: a relative gap of at most 1e-6. */
const TOL = 5e-7;
const GAP = 1e-6;
/** glmnet's: its default, and then the first of these that reaches the gap everywhere. */
const THRESHES = [1e-7, 1e-9, 1e-11, 1e-13, 1e-15];

export interface PathOptions {
  readonly folder: string;
  readonly tries: number;
  /** Seconds after which a peer's path is given up. */
  readonly limit: number;
  readonly names: readonly string[];
}

/** One solver's path. */
export interface PathFigures {
  readonly solver: string;
  /** One a try; of a path that was given up, the limit. */
  readonly seconds: readonly number[];
  readonly finished: boolean;
  /** Relative gap at each alpha, of the last try. */
  readonly gaps: readonly number[];
}

export interface PathRow {
  readonly problem: string;
  readonly shape: string;
  readonly solvers: readonly PathFigures[];
}

/** Rows of the problems that are there, and what is missing. */
export async function measureLassoPath({ folder, tries, limit, names }: PathOptions): Promise<{ rows: PathRow[]; missing: string[]; peers: string[] }> {
  const peers = { scikitLearn: findScikitLearn(), glmnet: findGlmnet() };
  const missing = [...(peers.scikitLearn ? [] : ['scikit-learn: no python3 on PATH has it']), ...(peers.glmnet ? [] : ['glmnet: no Rscript on PATH has it'])];
  const rows: PathRow[] = [];
  for (const problem of problemsNamed(names)) {
    const absent = missingFiles(problem, folder);
    if (absent.length > 0) missing.push(`${problem.name}: no ${absent.join(', ')} in the data folder`);
    else rows.push(await measure(problem, { folder, tries, limit }, peers));
  }
  return { rows, missing, peers: [peers.scikitLearn, peers.glmnet].flatMap((peer) => peer?.versions ?? []) };
}

type Peers = { readonly scikitLearn: ReturnType<typeof findScikitLearn>; readonly glmnet: ReturnType<typeof findGlmnet> };

async function measure(problem: LassoProblem, { folder, tries, limit }: Omit<PathOptions, 'names'>, peers: Peers): Promise<PathRow> {
  const { matrix, target } = await readDataset(readOptions(problem, folder));
  const columns = await readColumns(matrix);
  await matrix.close();
  const scorer = new Scorer(columns, target!, problem);
  const alphas = Float64Array.from({ length: ALPHAS }, (_, k) => scorer.alphaMax() * LAST ** (k / (ALPHAS - 1)));
  const arrays = mkdtempSync(join(tmpdir(), 'strads-path-'));
  try {
    writeArrays(arrays, columns, target!);
    writeScaled(arrays, columns, scorer, alphas, problem);
    const solvers = [own(arrays, columns, problem, { tries, alphas, scorer })];
    const shape = { folder: arrays, rows: columns.rows, columns: columns.count, kind: columns.kind };
    const judged = peerGaps(problem, columns, scorer, alphas);
    if (peers.scikitLearn) {
      const peer = await ScikitLearnPath.load(peers.scikitLearn, shape);
      solvers.push(await repeated(`scikit-learn, tol ${TOL}`, tries, judged(false), () => peer.fit(TOL, limit)));
      peer.close();
    }
    if (peers.glmnet) {
      // Centring of sparse X costs glmnet nothing, and it solves the problem with an intercept.
      const intercept = problem.intercept && columns.kind === 'sparse';
      const peer = await Glmnet.load(peers.glmnet, shape, intercept);
      for (const thresh of THRESHES) {
        const figures = await repeated(`glmnet, thresh ${thresh}`, tries, judged(intercept), () => peer.fit(thresh, limit));
        if (thresh === THRESHES[0] || isGood(figures) || thresh === THRESHES.at(-1) || !figures.finished) solvers.push(figures);
        if (isGood(figures) || !figures.finished) break;
      }
      peer.close();
    }
    const row = { problem: problem.name, shape: `${columns.rows} × ${columns.count} ${columns.kind}`, solvers };
    process.stderr.write(`${row.problem}: ${solvers.map((one) => `${one.solver} ${cell(one)}`).join('; ')}\n`);
    return row;
  } finally {
    rmSync(arrays, { recursive: true, force: true });
  }
}

function isGood({ finished, gaps }: PathFigures): boolean {
  return finished && Math.max(...gaps) <= GAP;
}

function own(folder: string, columns: DenseColumns | SparseColumns, { intercept, standardize }: LassoProblem, { tries, alphas, scorer }: { tries: number; alphas: Float64Array; scorer: Scorer }): PathFigures {
  const request = { rows: columns.rows, columns: columns.count, kind: columns.kind, options: { intercept, standardize, path: ALPHAS, pathRatio: LAST }, path: true, fits: 1 };
  const fits = Array.from({ length: tries }, () => fitCold(folder, request));
  const gaps = fits.at(-1)!.coefficients.map((coefficients, k) => scorer.score(alphas[k]!, coefficients).relativeGap);
  return { solver: 'strads, cold', seconds: fits.map(({ cold }) => cold), finished: true, gaps };
}

async function repeated(solver: string, tries: number, judge: (coefficients: Float64Array, k: number) => number, fit: () => Promise<PeerPath>): Promise<PathFigures> {
  const seconds: number[] = [];
  let latest: PeerPath | null = null;
  while (seconds.length < tries && latest?.coefficients !== null) seconds.push((latest = await fit()).seconds);
  return { solver, seconds, finished: latest!.coefficients !== null, gaps: latest!.coefficients?.map(judge) ?? [] };
}

/** What a peer solves: without an intercept on sparse X where the problem has one, y is centred and X is not. */
function peerGaps(problem: LassoProblem, columns: DenseColumns | SparseColumns, scorer: Scorer, alphas: Float64Array) {
  const uncentred = problem.intercept && columns.kind === 'sparse' ? new Scorer(columns, scorer.centredTarget, { intercept: false, standardize: false }) : scorer;
  return (intercept: boolean) => (coefficients: Float64Array, k: number) =>
    (intercept ? scorer : uncentred).score(alphas[k]!, problem.standardize ? coefficients.map((value, j) => value / scorer.scales[j]!) : coefficients).relativeGap;
}

/** What peers get: y centred, dense columns centred and scaled, constant ones 0. */
function writeScaled(folder: string, columns: DenseColumns | SparseColumns, scorer: Scorer, alphas: Float64Array, { standardize }: LassoProblem): void {
  writeArray(folder, 'alphas.f64', alphas);
  writeArray(folder, 'y.f64', scorer.centredTarget);
  if (columns.kind === 'sparse' || !standardize) {
    writeArray(folder, 'values.f64', columns.values);
    return;
  }
  const { rows } = columns;
  writeArray(folder, 'values.f64', columns.values.map((value, e) => (value - scorer.means[Math.floor(e / rows)]!) / scorer.scales[Math.floor(e / rows)]!));
}

function cell({ seconds, finished, gaps }: PathFigures): string {
  return finished ? `${secondsText(median(seconds))} s (gap ${Math.max(...gaps).toExponential(1)})` : `> ${secondsText(seconds[0]!)} s`;
}

async function main(): Promise<void> {
  const [folder, tryCount = '3', limit = '60', ...names] = process.argv.slice(2);
  if (folder === undefined || !(Number(tryCount) >= 1) || !(Number(limit) > 0)) fail('usage: node dist/bench/lasso-path.js <folder with the data sets> [tries] [seconds a peer may take] [problem …]');
  const { rows, missing, peers } = await measureLassoPath({ folder, tries: Number(tryCount), limit: Number(limit), names });
  if (rows.length === 0) fail(`nothing to measure: ${missing.join('; ')}`);
  const cells = rows.flatMap(({ problem, shape, solvers }) => solvers.map((one) => [`${problem} ${shape}`, one.solver, one.finished ? secondsText(median(one.seconds)) : `> ${secondsText(one.seconds[0]!)}`, one.finished ? Math.max(...one.gaps).toExponential(1) : '-', one === solvers[0] ? '' : `${one.finished ? '' : '> '}${(median(one.seconds) / median(solvers[0]!.seconds)).toPrecision(3)}×`]));
  writeReport('lasso-path', provenance(`node dist/bench/lasso-path.js <data> ${[tryCount, limit, ...names].join(' ')}`), { tries: Number(tryCount), peers, missing, rows }, [
    '# A path of 100 alphas beside glmnet and scikit-learn',
    `Seconds from alpha_max down to ${LAST} of it, median of ${tryCount}, and the largest relative gap of the 100 solutions, by this folder's own float64 scorer; the gap at each alpha is in the JSON. Ours in a fresh process, from arrays in memory, scaling included; peers (${peers.join('; ')}) on arrays that are scaled already, their solver alone, and given up after ${limit} s.`,
    table(['problem', 'solver', 'seconds', 'largest gap', 'times ours'], cells),
    ...(missing.length > 0 ? [`Missing: ${missing.join('; ')}.`] : []),
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
