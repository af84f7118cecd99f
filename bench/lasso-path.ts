/**
 * A path of 100 alphas from alpha_max down to .01 of it, ours in fresh processes, scikit-learn's and glmnet's, by turns in one run. The gap of every
 * solution of everybody is found by this folder's own scorer from the data as parsed. Ours goes from parsed arrays in memory to the last
 * solution, scaling included; peers get arrays that are scaled already, and their time is that of the path alone.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitCold, writeArrays } from './cold.js';
import type { Interpreter } from './interpreter.js';
import { inOriginalUnits, isEasierForPeer, loadProblem, type Loaded } from './lasso-loaded.js';
import { findGlmnet, GlmnetPath, missingGlmnet, ScikitLearnPath, writeForPeers, type PeerPath } from './path-peers.js';
import { missingFiles, problemsNamed } from './problems.js';
import { dataOf } from './runner/arguments.js';
import { repeatedly, type Benchmark, type Context, type Scale } from './runner/benchmark.js';
import { amount, amountRow, speed, speedRow, worst, type Row } from './runner/result.js';
import { findScikitLearn, missingScikitLearn } from './scikit-learn.js';
import type { Scorer } from './scorer.js';

const ALPHAS = 100;
const RATIO = 0.01;
const TOL = 1e-6;
/** scikit-learn's way to say the same gap. */
const PEER_TOL = 5e-7;
/** glmnet stops by the change of its fit, not by a gap: its default, and then the first of these that reaches the gap at every alpha. */
const THRESHES = [1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16];
/** Seconds after which a peer's path is given up. */
const LIMIT: Readonly<Record<Scale, number>> = { small: 8, large: 60 };

const PROBLEMS = ['golub', 'singh', 'riboflavin', 'arcene', 'blogfeedback', '20news-tech', 'lasso500by1K'];

/** A path by somebody. */
interface Path {
  readonly seconds: number;
  /** The largest of all alphas; null for a path that was given up. */
  readonly gap: number | null;
}

interface Contender {
  readonly name: string;
  /** The peer's problem is easier: y centred and no intercept. */
  readonly isEasier: boolean;
  walk(): Promise<Path>;
}

/** A contender and its paths, one a turn. */
interface Walked extends Contender {
  readonly paths: readonly Path[];
}

interface Peers {
  readonly scikitLearn: Interpreter | null;
  readonly glmnet: Interpreter | null;
}

export const lassoPath: Benchmark = {
  name: 'lasso-path',
  about: `A Lasso path of ${ALPHAS} alphas down to ${RATIO} of alpha_max on real data, beside scikit-learn and glmnet; the largest gap of all alphas by our own float64 scorer.`,
  needsData: true,
  usesEngine: true,
  async run(context) {
    const folder = dataOf(context.data!, 'lasso');
    const peers: Peers = { scikitLearn: findScikitLearn(), glmnet: findGlmnet() };
    const missing = [...(peers.scikitLearn ? [] : [missingScikitLearn()]), ...(peers.glmnet ? [] : [missingGlmnet()])];
    const rows: Row[] = [];
    for (const problem of problemsNamed(PROBLEMS)) {
      const absent = missingFiles(problem, folder);
      if (absent.length > 0) missing.push(`${problem.name}: no ${absent.join(', ')} in the data folder`);
      else rows.push(...(await measureProblem(context, await loadProblem(problem, folder), peers)));
    }
    const note =
      `Ours at the default tolerance of ${TOL}, the first fit of a fresh process; scikit-learn's lasso_path at tol ${PEER_TOL}, which is the same gap; ` +
      `glmnet at its default thresh of ${THRESHES[0]}, and at the first of ${THRESHES.slice(1).join(', ')} whose gaps are at most ${TOL}. A peer is given up after ${LIMIT[context.scale]} s: then the ratio is more than what is given. ` +
      `Alphas evenly by their logarithms, the same for all. † marks an easier problem for scikit-learn: y centred and no intercept; glmnet has its own intercept there. Ratios: how many times faster than the peer of the row.`;
    return { tables: rows.length === 0 ? [] : [{ title: `${ALPHAS} alphas`, note, rows }], peers: [peers.scikitLearn, peers.glmnet].flatMap((peer) => peer?.versions ?? []), missing };
  },
};

async function measureProblem(context: Context, loaded: Loaded, { scikitLearn, glmnet }: Peers): Promise<Row[]> {
  const { columns, problem, scorer } = loaded;
  const limit = LIMIT[context.scale];
  // A hair below alpha_max, so that rounding leaves it no path that begins above.
  const most = scorer.alphaMax() * (1 - 1e-9);
  const alphas = Float64Array.from({ length: ALPHAS }, (_, k) => most * RATIO ** (k / (ALPHAS - 1)));
  const folder = mkdtempSync(join(tmpdir(), 'strads-path-'));
  const open: { close(): void }[] = [];
  const gapOf = (judge: Scorer, coefficients: readonly Float64Array[]) => Math.max(...coefficients.map((row, k) => judge.score(alphas[k]!, row).relativeGap));
  const peerPath = (judge: Scorer, { seconds, coefficients }: PeerPath): Path => ({ seconds, gap: coefficients && gapOf(judge, coefficients.map((row) => inOriginalUnits(loaded, row))) });
  try {
    writeArrays(folder, loaded);
    const arrays = writeForPeers(folder, loaded, alphas);
    const contenders: Contender[] = [library(folder, loaded, alphas, gapOf)];
    if (scikitLearn) {
      const peer = await ScikitLearnPath.load(scikitLearn, arrays);
      open.push(peer);
      contenders.push({ name: 'scikit-learn', isEasier: isEasierForPeer(loaded), walk: async () => peerPath(loaded.peerScorer, await peer.fit(PEER_TOL, limit)) });
    }
    if (glmnet) {
      // Centring of sparse X costs glmnet nothing: it solves the problem with an intercept.
      const intercept = problem.intercept && columns.kind === 'sparse';
      const peer = await GlmnetPath.load(glmnet, arrays, intercept);
      open.push(peer);
      const at = (thresh: number): Contender => ({ name: `glmnet, thresh ${thresh}`, isEasier: false, walk: async () => peerPath(scorer, await peer.fit(thresh, limit)) });
      const threshes = new Set([THRESHES[0]!, await firstGoodThresh(at)]);
      contenders.push(...[...threshes].map(at));
    }
    const walked = await byTurns(context, contenders);
    const title = `${problem.name} ${columns.rows} × ${columns.count} ${columns.kind}`;
    context.say(`${title}: ${walked.map(({ name, paths: [{ seconds, gap }] }) => `${name} ${gap === null ? '>' : ''}${seconds.toPrecision(3)} s${gap === null ? '' : ` (gap ${gap.toExponential(1)})`}`).join(', ')}`);
    return rowsOfProblem(title, walked);
  } finally {
    for (const peer of open) peer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function library(folder: string, loaded: Loaded, alphas: Float64Array, gapOf: (judge: Scorer, coefficients: readonly Float64Array[]) => number): Contender {
  return {
    name: 'library, cold',
    isEasier: false,
    walk() {
      const { cold, coefficients } = fitCold(folder, loaded, { options: { alphas: [...alphas], tol: TOL }, path: true, fits: 1 });
      return Promise.resolve({ seconds: cold, gap: gapOf(loaded.scorer, coefficients) });
    },
  };
}

/** By bisection, as gaps fall and seconds grow along them; one that takes too long ends the search as one that is good does. The last where none does. */
async function firstGoodThresh(at: (thresh: number) => Contender): Promise<number> {
  let [begin, end] = [0, THRESHES.length - 1];
  while (begin < end) {
    const middle = (begin + end) >> 1;
    const { gap } = await at(THRESHES[middle]!).walk();
    if (gap === null || gap <= TOL) end = middle;
    else begin = middle + 1;
  }
  return THRESHES[begin]!;
}

/** Whoever was given up once is not asked again. */
async function byTurns(context: Context, contenders: readonly Contender[]): Promise<Walked[]> {
  const given = new Map<Contender, Path>();
  const turns = await repeatedly(context, async () => {
    const paths: Path[] = [];
    for (const contender of contenders) {
      const path = given.get(contender) ?? (await contender.walk());
      if (path.gap === null) given.set(contender, path);
      paths.push(path);
    }
    return paths;
  });
  return contenders.map((contender, c) => ({ ...contender, paths: turns.map((paths) => paths[c]!) }));
}

function rowsOfProblem(title: string, [own, ...peers]: readonly Walked[]): Row[] {
  const seconds = ({ paths }: Walked) => paths.map((path) => path.seconds);
  const gap = ({ paths }: Walked) => worst('largest relative gap', paths.map((path) => path.gap!), TOL);
  const isGivenUp = ({ paths }: Walked) => paths[0]!.gap === null;
  const givenUp = (peer: Walked) => `${peer.name}, given up`;
  const ours = (peer: Walked | null) =>
    speedRow({
      case: title,
      who: peer === null ? own!.name : `${own!.name}, by ${peer.name}`,
      speeds: [speed('path', 's', seconds(own!), peer && { name: isGivenUp(peer) ? `${givenUp(peer)}: more` : peer.name, samples: seconds(peer) })],
      quality: [gap(own!)],
    });
  return [
    ...peers.map((peer) => {
      const row = { case: peer.isEasier ? `${title} †` : title, who: isGivenUp(peer) ? givenUp(peer) : peer.name };
      return isGivenUp(peer) ? amountRow({ ...row, amounts: [amount('seconds until given up', '', peer.paths[0]!.seconds)] }) : speedRow({ ...row, speeds: [speed('path', 's', seconds(peer))], quality: [gap(peer)] });
    }),
    ...(peers.length === 0 ? [ours(null)] : peers.map(ours)),
  ];
}
