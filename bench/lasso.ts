/**
 * Time and quality of the Lasso on real data sets, ours and scikit-learn's by turns in one run. Every solution is judged by the
 * scorer of this folder from the data as parsed. Our seconds go from parsed arrays in memory to the solution, scaling included;
 * scikit-learn's are its .fit alone, on arrays that are scaled already.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitCold, writeArrays } from './cold.js';
import { inOriginalUnits, isEasierForPeer, loadProblem, type Loaded } from './lasso-loaded.js';
import { runCommand, type OwnFit } from './ours.js';
import { missingFiles, PROBLEMS, trainCommand, type PenaltyLevel } from './problems.js';
import { dataOf } from './runner/arguments.js';
import { repeatedly, type Benchmark, type Context } from './runner/benchmark.js';
import { amount, amountRow, quality, speed, speedRow, worst, type Row } from './runner/result.js';
import { geometricMean, median } from './runner/statistics.js';
import { findScikitLearn, missingScikitLearn, ScikitLearn } from './scikit-learn.js';
import type { Score } from './scorer.js';

/** What scikit-learn is asked for: relative gaps of at most 1e-6, as our own default. */
const PEER_TOL = 5e-7;
const OWN_TOL = 1e-6;
const TIGHT_TOL = 1e-10;
const PEER = 'scikit-learn';

/** Which cases are told of as one. lasso500by1K has one alpha only, a small one. */
const SUMMARIES = [
  { title: 'alpha ratio 0.1', cases: /alpha ratio 0\.1$/ },
  { title: 'alpha ratio 0.01, lasso500by1K at its alpha', cases: /alpha ratio 0\.01$|^lasso500by1K / },
];

/** A fit by somebody, judged. */
interface Judged extends Score {
  readonly seconds: number;
}

/** One try of everything that is compared, by turns. */
interface Try {
  readonly peer: Judged | null;
  readonly cold: Judged;
  readonly warm: Judged;
  readonly command: Judged;
  readonly twoWorkers: Judged;
}

export const lasso: Benchmark = {
  name: 'lasso',
  about: 'The Lasso on real data sets to a relative gap of 1e-6, beside scikit-learn; every gap by our own float64 scorer.',
  needsData: true,
  usesEngine: true,
  async run(context) {
    const folder = dataOf(context.data!, 'lasso');
    const interpreter = findScikitLearn();
    const missing = interpreter ? [] : [missingScikitLearn()];
    const rows: Row[] = [];
    for (const problem of PROBLEMS) {
      const absent = missingFiles(problem, folder);
      if (absent.length > 0) missing.push(`${problem.name}: no ${absent.join(', ')} in the data folder`);
      else rows.push(...(await measureProblem(context, await loadProblem(problem, folder), interpreter && new ScikitLearn(interpreter))));
    }
    const note =
      `Ours at the default tolerance of ${OWN_TOL}, from parsed arrays in memory to the solution, scaling included: the library in a fresh process, its first fit (cold) and its second (warm), and the command as a process of its own. ` +
      `scikit-learn at tol ${PEER_TOL}, which is the same gap: .fit alone, on scaled arrays in the order it likes best. † marks an easier problem for it: y centred and no intercept, which on sparse X would cost each of its updates O(n). Ratios: how many times faster than scikit-learn.`;
    return { tables: rows.length === 0 ? [] : [{ title: 'Seconds to a relative gap', note, rows: [...rows, ...summaries(rows)] }], peers: interpreter ? [interpreter.versions] : [], missing };
  },
};

/** For the arrays of a problem as a fresh process reads them, and for the command's model. */
interface Folders {
  readonly arrays: string;
  readonly model: string;
}

async function measureProblem(context: Context, loaded: Loaded, peer: ScikitLearn | null): Promise<Row[]> {
  const own = { arrays: mkdtempSync(join(tmpdir(), 'strads-bench-')), model: mkdtempSync(join(tmpdir(), 'strads-bench-')) };
  try {
    writeArrays(own.arrays, loaded);
    await peer?.load(loaded.columns, loaded.scorer.centredTarget, loaded.problem.standardize);
    const rows: Row[] = [];
    for (const level of loaded.problem.penalties) rows.push(...(await measureLevel(context, loaded, level, peer, own)));
    return rows;
  } finally {
    peer?.close();
    for (const folder of Object.values(own)) rmSync(folder, { recursive: true, force: true });
  }
}

async function measureLevel(context: Context, loaded: Loaded, level: PenaltyLevel, peer: ScikitLearn | null, own: Folders): Promise<Row[]> {
  const { problem, folder, columns, scorer, peerScorer } = loaded;
  const alpha = level.flag === '--alpha' ? level.value : level.value * scorer.alphaMax();
  const train = [...trainCommand(problem, level), '--engine', context.engine.kind];
  const judged = ({ seconds, coefficients }: OwnFit): Judged => ({ seconds, ...scorer.score(alpha, coefficients) });
  const judgedPeer = ({ seconds, coefficients }: OwnFit): Judged => ({ seconds, ...peerScorer.score(alpha, inOriginalUnits(loaded, coefficients)) });
  const command = async (...flags: string[]) => judged(await runCommand([...train, ...flags], folder, own.model));
  const tries = await repeatedly(context, async (): Promise<Try> => {
    const theirs = peer && judgedPeer(await peer.fit({ alpha, tol: PEER_TOL }));
    const { cold, warm, coefficients } = fitCold(own.arrays, loaded, { options: { alpha, tol: OWN_TOL }, path: false, fits: 2 });
    const library = (seconds: number) => judged({ seconds, coefficients: coefficients[0]! });
    return { peer: theirs, cold: library(cold), warm: library(warm[0]!), command: await command(), twoWorkers: await command('--workers', String(context.workers)) };
  });
  const title = `${problem.name} ${columns.rows} × ${columns.count} ${columns.kind}, ${level.flag.slice(2).replace('-', ' ')} ${level.value}`;
  const parts = { case: title, tries, optimum: level.optimum };
  const rows = [
    ...(peer ? [rowOf({ ...parts, case: `${title}${isEasierForPeer(loaded) ? ' †' : ''}`, optimum: isEasierForPeer(loaded) ? null : level.optimum }, PEER, ({ peer: fit }) => fit!, false)] : []),
    rowOf(parts, 'library, cold', ({ cold }) => cold, peer !== null),
    rowOf(parts, 'library, warm', ({ warm }) => warm, peer !== null),
    rowOf(parts, 'command', ({ command: fit }) => fit, peer !== null),
    rowOf(parts, `command, ${context.workers} workers`, ({ twoWorkers }) => twoWorkers, peer !== null),
    tightRow(title, await command('--tol', String(TIGHT_TOL)), level.optimum),
  ];
  context.say(`${title}: ${rows.map(({ who, speeds: [fit] }) => `${who} ${fit!.median.toPrecision(3)} s`).join(', ')}`);
  return rows;
}

function rowOf({ case: title, tries, optimum }: { readonly case: string; readonly tries: readonly Try[]; readonly optimum: number | null }, who: string, pick: (one: Try) => Judged, isCompared: boolean): Row {
  const fits = tries.map(pick);
  const baseline = isCompared ? { name: PEER, samples: tries.map(({ peer }) => peer!.seconds) } : null;
  return speedRow({
    case: title,
    who,
    speeds: [speed('fit', 's', fits.map(({ seconds }) => seconds), baseline)],
    quality: [worst('relative gap', fits.map(({ relativeGap }) => relativeGap), OWN_TOL), ...(optimum === null ? [] : [worst('objective beyond the reference', fits.map(({ objective }) => objective / optimum - 1))])],
  });
}

function tightRow(title: string, { seconds, relativeGap, objective }: Judged, optimum: number): Row {
  return speedRow({
    case: title,
    who: `command, --tol ${TIGHT_TOL}`,
    speeds: [speed('fit', 's', [seconds])],
    quality: [quality('relative gap', relativeGap, TIGHT_TOL), quality('objective beyond the reference', objective / optimum - 1)],
  });
}

/** Over all problems at a penalty, how many times faster the library and the command are. */
function summaries(rows: readonly Row[]): Row[] {
  return SUMMARIES.flatMap(({ title, cases }) =>
    ['library, cold', 'command'].flatMap((who) => {
      const ratios = rows.filter((row) => row.who === who && cases.test(row.case)).flatMap(({ speeds: [fit] }) => (fit?.ratio ? [median(fit.ratio.samples)] : []));
      return ratios.length === 0 ? [] : [amountRow({ case: `${ratios.length} problems, ${title}`, who, amounts: [amount('geometric mean of the ratios', '×', geometricMean(ratios)), amount('least', '×', Math.min(...ratios))] })];
    }),
  );
}
