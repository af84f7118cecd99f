/**
 * Time and quality of the Lasso on real data sets, ours and scikit-learn's by turns in one run. Every solution is judged by the
 * scorer of this folder from the data as parsed. Our seconds go from parsed arrays in memory to the solution, scaling included;
 * scikit-learn's are its .fit alone, on arrays that are scaled already.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inOriginalUnits, isEasierForPeer, loadProblem, type Loaded } from './lasso-loaded.js';
import { runCommand, runLibrary, type OwnFit } from './ours.js';
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

/** A fit by somebody, judged. */
interface Judged extends Score {
  readonly seconds: number;
}

/** One try of everything that is compared, by turns. */
interface Try {
  readonly peer: Judged | null;
  readonly library: Judged;
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
      `Ours at the default tolerance of ${OWN_TOL}, from parsed arrays in memory to the solution, scaling included: the library in the measuring process, the command as a process of its own. ` +
      `scikit-learn at tol ${PEER_TOL}, which is the same gap: .fit alone, on scaled arrays in the order it likes best. † marks an easier problem for it: y centred and no intercept, which on sparse X would cost each of its updates O(n). Ratios: how many times faster than scikit-learn.`;
    return { tables: rows.length === 0 ? [] : [{ title: 'Seconds to a relative gap', note, rows: [...rows, ...summaries(rows)] }], peers: interpreter ? [interpreter.versions] : [], missing };
  },
};

async function measureProblem(context: Context, loaded: Loaded, peer: ScikitLearn | null): Promise<Row[]> {
  const modelFolder = mkdtempSync(join(tmpdir(), 'strads-bench-'));
  try {
    await peer?.load(loaded.columns, loaded.scorer.centredTarget, loaded.problem.standardize);
    const rows: Row[] = [];
    for (const level of loaded.problem.penalties) rows.push(...(await measureLevel(context, loaded, level, peer, modelFolder)));
    return rows;
  } finally {
    peer?.close();
    rmSync(modelFolder, { recursive: true, force: true });
  }
}

async function measureLevel(context: Context, loaded: Loaded, level: PenaltyLevel, peer: ScikitLearn | null, modelFolder: string): Promise<Row[]> {
  const { problem, folder, columns, X, y, scorer, peerScorer } = loaded;
  const { intercept, standardize } = problem;
  const alpha = level.flag === '--alpha' ? level.value : level.value * scorer.alphaMax();
  const train = [...trainCommand(problem, level), '--engine', context.engine.kind];
  const judged = ({ seconds, coefficients }: OwnFit): Judged => ({ seconds, ...scorer.score(alpha, coefficients) });
  const judgedPeer = ({ seconds, coefficients }: OwnFit): Judged => ({ seconds, ...peerScorer.score(alpha, inOriginalUnits(loaded, coefficients)) });
  const command = async (...flags: string[]) => judged(await runCommand([...train, ...flags], folder, modelFolder));
  const tries = await repeatedly(context, async (): Promise<Try> => ({
    peer: peer && judgedPeer(await peer.fit({ alpha, tol: PEER_TOL })),
    library: judged(await runLibrary({ intercept, standardize, alpha }, X, y)),
    command: await command(),
    twoWorkers: await command('--workers', String(context.workers)),
  }));
  const title = `${problem.name} ${columns.rows} × ${columns.count} ${columns.kind}, ${level.flag.slice(2).replace('-', ' ')} ${level.value}`;
  const own = { case: title, tries, optimum: level.optimum };
  const rows = [
    ...(peer ? [rowOf({ ...own, case: `${title}${isEasierForPeer(loaded) ? ' †' : ''}`, optimum: isEasierForPeer(loaded) ? null : level.optimum }, PEER, ({ peer: fit }) => fit!, false)] : []),
    rowOf(own, 'library', ({ library }) => library, peer !== null),
    rowOf(own, 'command', ({ command: fit }) => fit, peer !== null),
    rowOf(own, `command, ${context.workers} workers`, ({ twoWorkers }) => twoWorkers, peer !== null),
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
  return ['alpha ratio 0.1', 'alpha ratio 0.01'].flatMap((level) =>
    ['library', 'command'].flatMap((who) => {
      const ratios = rows.filter((row) => row.who === who && row.case.endsWith(level)).flatMap(({ speeds: [fit] }) => (fit?.ratio ? [median(fit.ratio.samples)] : []));
      return ratios.length === 0 ? [] : [amountRow({ case: `${ratios.length} problems, ${level}`, who, amounts: [amount('geometric mean of the ratios', '×', geometricMean(ratios)), amount('least', '×', Math.min(...ratios))] })];
    }),
  );
}
