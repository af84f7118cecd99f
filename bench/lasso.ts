/**
 * Time and quality of the Lasso on real data sets, ours and scikit-learn's by turns in one run. Every solution is judged by the
 * scorer of this folder from the data as parsed.
 *
 *   node dist/bench/lasso.js <folder with the data sets> [tries] [problem …]
 *
 * Writes bench/results/lasso-<engine>. A data set or a peer that is not there is named as missing. Our seconds go from parsed
 * arrays in memory to the solution, scaling included; scikit-learn's are its .fit alone, on arrays that are scaled already.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MatrixInput } from '../models/index.js';
import { readDataset } from '../src/data/read.js';
import { readColumns, type DenseColumns, type SparseColumns } from './columns.js';
import { runCommand, runLibrary, type CommandFit, type OwnFit } from './ours.js';
import { missingFiles, problemsNamed, readOptions, trainCommand, type LassoProblem, type PenaltyLevel } from './problems.js';
import { fail, median, provenance, secondsText, table, writeReport } from './report.js';
import { findScikitLearn, ScikitLearn, type PeerFit } from './scikit-learn.js';
import { Scorer, type Score } from './scorer.js';

/** What scikit-learn is asked for: relative gaps of at most 1e-6, as ours. */
const PEER_TOL = 5e-7;
const WORKERS = 2;
const TIGHT_TOL = '1e-10';

/** One try of everything that is compared, in this order. */
interface Try {
  readonly peer: (Omit<PeerFit, 'coefficients'> & Score) | null;
  readonly library: TimedScore;
  readonly command: TimedScore;
  readonly twoWorkers: TimedScore;
}

interface TimedScore extends Score {
  readonly seconds: number;
  readonly wallSeconds?: number;
}

interface Row {
  readonly problem: string;
  readonly shape: string;
  readonly penalty: string;
  readonly alpha: number;
  readonly optimum: number;
  readonly command: string;
  readonly defaultWorkers: number;
  readonly nonzeros: number;
  readonly rounds: number;
  /** scikit-learn's problem has no intercept, ours has one. */
  readonly peerIsEasier: boolean;
  readonly tries: readonly Try[];
  readonly tight: TimedScore;
}

/** A problem in memory, in every form that is needed. */
interface Loaded {
  readonly problem: LassoProblem;
  readonly columns: DenseColumns | SparseColumns;
  readonly X: MatrixInput;
  readonly y: Float64Array;
  readonly scorer: Scorer;
  /** Judges scikit-learn by the problem that it solves. */
  readonly peerScorer: Scorer;
}

const [folder, tryCount = '3', ...names] = process.argv.slice(2);
if (folder === undefined || !(Number(tryCount) >= 1)) fail('usage: node dist/bench/lasso.js <folder with the data sets> [tries] [problem …]');
const tries = Number(tryCount);
const interpreter = findScikitLearn();
const missing: string[] = interpreter ? [] : ['scikit-learn: no python3 on PATH has it'];
const modelFolder = mkdtempSync(join(tmpdir(), 'strads-bench-'));
const rows: Row[] = [];
let engine = 'none';
let adapter = 'none';
try {
  for (const problem of problemsNamed(names)) {
    const absent = missingFiles(problem, folder);
    if (absent.length > 0) missing.push(`${problem.name}: no ${absent.join(', ')} in the data folder`);
    else rows.push(...(await measure(await load(problem, folder), folder)));
  }
} finally {
  rmSync(modelFolder, { recursive: true, force: true });
}
if (rows.length === 0) fail(`nothing to measure: ${missing.join('; ')}`);
report();

async function load(problem: LassoProblem, data: string): Promise<Loaded> {
  const { matrix, target } = await readDataset(readOptions(problem, data));
  const columns = await readColumns(matrix);
  await matrix.close();
  const { rows: samples, count } = columns;
  const X: MatrixInput = columns.kind === 'dense' ? { rows: samples, columns: count, values: rowMajor(columns) } : { rows: samples, columns: count, columnStarts: columns.starts, rowIds: columns.rowIds, values: columns.values };
  const scorer = new Scorer(columns, target!, problem);
  return { problem, columns, X, y: target!, scorer, peerScorer: isEasierForPeer(problem, columns) ? new Scorer(columns, scorer.centredTarget, { intercept: false, standardize: false }) : scorer };
}

/**
 * With an intercept on sparse X each of scikit-learn's updates costs O(n). It gets y centred and no intercept there: a
 * problem that is a little different, and far cheaper.
 */
function isEasierForPeer({ intercept }: LassoProblem, { kind }: Loaded['columns']): boolean {
  return intercept && kind === 'sparse';
}

function rowMajor({ rows: samples, count, values }: DenseColumns): Float64Array {
  const turned = new Float64Array(values.length);
  for (let j = 0; j < count; j++) for (let i = 0; i < samples; i++) turned[i * count + j] = values[j * samples + i]!;
  return turned;
}

async function measure(loaded: Loaded, data: string): Promise<Row[]> {
  const peer = interpreter ? new ScikitLearn(interpreter) : null;
  try {
    await peer?.load(loaded.columns, loaded.scorer.centredTarget, loaded.problem.standardize);
    const measured: Row[] = [];
    for (const level of loaded.problem.penalties) measured.push(await measureLevel(loaded, level, peer, data));
    return measured;
  } finally {
    peer?.close();
  }
}

async function measureLevel({ problem, columns, X, y, scorer, peerScorer }: Loaded, level: PenaltyLevel, peer: ScikitLearn | null, data: string): Promise<Row> {
  const { intercept, standardize } = problem;
  const command = trainCommand(problem, level);
  const alpha = level.flag === '--alpha' ? level.value : level.value * scorer.alphaMax();
  const judged = ({ seconds, coefficients }: OwnFit): TimedScore => ({ seconds, ...scorer.score(alpha, coefficients) });
  const judgedCommand = (fit: CommandFit): TimedScore => ({ ...judged(fit), wallSeconds: fit.wallSeconds });
  const measured: Try[] = [];
  let latest!: CommandFit;
  for (let t = 0; t < tries; t++) {
    const theirs = (await peer?.fit({ alpha, tol: PEER_TOL })) ?? null;
    const library = await runLibrary({ intercept, standardize, alpha }, X, y);
    latest = await runCommand(command, data, modelFolder);
    const own = judgedCommand(latest);
    const twoWorkers = latest.workers === WORKERS ? own : judgedCommand(await runCommand([...command, '--workers', String(WORKERS)], data, modelFolder));
    measured.push({ peer: theirs && judgedPeer(theirs, peerScorer, alpha, standardize), library: judged(library), command: own, twoWorkers });
  }
  const tight = judgedCommand(await runCommand([...command, '--tol', TIGHT_TOL], data, modelFolder));
  ({ engine, adapter } = latest);
  const penalty = `${level.flag} ${level.value}`;
  const shape = `${columns.rows} × ${columns.count} ${columns.kind}`;
  process.stderr.write(`${problem.name} ${penalty}: ${line(measured)}\n`);
  return { problem: problem.name, shape, penalty, alpha, optimum: level.optimum, command: `strads ${command.join(' ')}`, defaultWorkers: latest.workers, nonzeros: latest.nonzeros, rounds: latest.rounds, peerIsEasier: isEasierForPeer(problem, columns), tries: measured, tight };
}

/** scikit-learn's coefficients are those of the arrays that it was given. */
function judgedPeer({ coefficients, ...fit }: PeerFit, scorer: Scorer, alpha: number, standardized: boolean): NonNullable<Try['peer']> {
  return { ...fit, ...scorer.score(alpha, standardized ? coefficients.map((value, j) => value / scorer.scales[j]!) : coefficients) };
}

type Runner = 'library' | 'command' | 'twoWorkers';

function medianSeconds(measured: readonly Try[], who: Runner): number {
  return median(measured.map((one) => one[who].seconds));
}

/** Median over the tries of scikit-learn's seconds by ours. */
function ratio(measured: readonly Try[], who: Runner): string {
  return measured[0]!.peer ? `${median(measured.map((one) => one.peer!.seconds / one[who].seconds)).toPrecision(3)}×` : '-';
}

function line(measured: readonly Try[]): string {
  const peer = measured[0]!.peer ? `scikit-learn ${secondsText(median(measured.map((one) => one.peer!.seconds)))} s, ` : '';
  return `${peer}library ${secondsText(medianSeconds(measured, 'library'))} s (${ratio(measured, 'library')}), command ${secondsText(medianSeconds(measured, 'command'))} s (${ratio(measured, 'command')})`;
}

function report(): void {
  const gap = (measured: readonly Score[]) => Math.max(...measured.map(({ relativeGap }) => relativeGap)).toExponential(1);
  const compared = rows.map(({ problem, shape, penalty, peerIsEasier, tries: measured }) => [
    `${problem} ${shape}${peerIsEasier ? ' †' : ''}`,
    penalty,
    measured[0]!.peer ? `${secondsText(median(measured.map(({ peer }) => peer!.seconds)))} (${gap(measured.map(({ peer }) => peer!))}${measured.every(({ peer }) => peer!.converged) ? '' : ', not converged'})` : '-',
    ...(['library', 'command', 'twoWorkers'] as const).flatMap((who) => [`${secondsText(medianSeconds(measured, who))} (${gap(measured.map((one) => one[who]))})`, ratio(measured, who)]),
    secondsText(median(measured.map(({ command }) => command.wallSeconds!))),
  ]);
  const reached = rows.map(({ problem, penalty, optimum, nonzeros, rounds, tries: measured, tight }) => {
    const { objective } = measured[0]!.command;
    const off = Math.abs(objective - optimum) / optimum;
    return [problem, penalty, objective.toPrecision(9), optimum.toPrecision(9), off.toExponential(1), String(nonzeros), String(rounds), secondsText(tight.seconds), tight.relativeGap.toExponential(1), tight.objective.toPrecision(12)];
  });
  const peer = interpreter ? `${interpreter.versions}, tol ${PEER_TOL}, dense X in Fortran order and sparse X as CSC, precompute off: .fit alone, on scaled arrays` : 'scikit-learn: missing';
  const workers = [...new Set(rows.map(({ defaultWorkers }) => defaultWorkers))].join(' or ');
  const args = ['<data>', ...(names.length > 0 || tries !== 3 ? [tryCount, ...names] : [])];
  writeReport(`lasso-${engine}`, provenance(`node dist/bench/lasso.js ${args.join(' ')}`), { peer: interpreter?.versions ?? null, peerTol: PEER_TOL, adapter, tries, missing, rows }, [
    '# The Lasso beside scikit-learn',
    `Seconds, and in brackets the worst relative gap, by this folder's own float64 scorer. By turns, median of ${tries}; ratios are taken pair by pair. ${peer}. Ours at the default tolerance of 1e-6, from parsed arrays in memory to the solution, scaling included: the library inside the measuring process, the command as a process of its own with its default of ${workers} workers (${adapter}).`,
    table(['problem', 'penalty', 'scikit-learn', 'library', 'ratio', 'command', 'ratio', `command, ${WORKERS} workers`, 'ratio', 'command, wall'], compared),
    ...(rows.some(({ peerIsEasier }) => peerIsEasier) ? ['† scikit-learn solves an easier problem here: y is centred for it and there is no intercept, since an intercept on sparse X costs each of its updates O(n). Its gap is that of its own problem.'] : []),
    `The command's objective beside the reference, and the command with \`--tol ${TIGHT_TOL}\`:`,
    table(['problem', 'penalty', 'objective', 'reference', 'off by', 'nonzeros', 'rounds', `seconds to ${TIGHT_TOL}`, 'gap', 'objective'], reached),
    ...(missing.length > 0 ? [`Missing: ${missing.join('; ')}.`] : []),
  ]);
}
