/**
 * A path of 100 alphas from alpha_max down to .01 of it, ours, scikit-learn's and glmnet's by turns in one run. The gap of every solution of everybody
 * is found by this folder's own scorer from the data as parsed. Ours goes from parsed arrays in memory to the last solution, scaling
 * included; peers get arrays that are scaled already, and their time is that of the path alone.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LassoPath } from '../models/index.js';
import { densely } from '../models/lasso/fit.js';
import { findGlmnet, missingGlmnet, runGlmnet } from './glmnet.js';
import { inOriginalUnits, isEasierForPeer, loadProblem, type Loaded } from './lasso-loaded.js';
import { missingFiles, problemsNamed } from './problems.js';
import { dataOf } from './runner/arguments.js';
import { repeatedly, timed, type Benchmark, type Context, type Scale } from './runner/benchmark.js';
import { speed, speedRow, worst, type Row } from './runner/result.js';
import { findScikitLearn, missingScikitLearn, ScikitLearn, type PeerPath } from './scikit-learn.js';
import type { Scorer } from './scorer.js';

const ALPHAS = 100;
const RATIO = 0.01;
const TOL = 1e-6;
/** scikit-learn's way to say the same gap. */
const PEER_TOL = 5e-7;
/** glmnet stops by the change of its fit, not by a gap: on golub it comes to 1e-3 at its default of 1e-7, to 8e-5 at 1e-9. */
const GLMNET_THRESHOLD = 1e-12;

const PROBLEMS: Readonly<Record<Scale, readonly string[]>> = {
  small: ['golub', 'singh', 'riboflavin'],
  large: ['golub', 'singh', 'riboflavin', 'arcene', 'blogfeedback', '20news-tech'],
};

/** Coefficients at each alpha, and how long all took. */
interface Path {
  readonly seconds: number;
  at(k: number): Float64Array;
}

interface Contender {
  readonly name: string;
  readonly scorer: Scorer;
  walk(alphas: Float64Array): Promise<Path>;
}

export const lassoPath: Benchmark = {
  name: 'lasso-path',
  about: `A Lasso path of ${ALPHAS} alphas down to ${RATIO} of alpha_max on real data, beside scikit-learn and glmnet; the largest gap of all alphas by our own float64 scorer.`,
  needsData: true,
  usesEngine: true,
  async run(context) {
    const folder = dataOf(context.data!, 'lasso');
    const [interpreter, glmnet] = [findScikitLearn(), findGlmnet()];
    const missing = [...(interpreter ? [] : [missingScikitLearn()]), ...(glmnet === null ? [missingGlmnet()] : [])];
    const rows: Row[] = [];
    for (const problem of problemsNamed(PROBLEMS[context.scale])) {
      const absent = missingFiles(problem, folder);
      if (absent.length > 0) {
        missing.push(`${problem.name}: no ${absent.join(', ')} in the data folder`);
        continue;
      }
      const loaded = await loadProblem(problem, folder);
      const peer = interpreter && new ScikitLearn(interpreter);
      const own = mkdtempSync(join(tmpdir(), 'strads-path-'));
      try {
        await peer?.load(loaded.columns, loaded.scorer.centredTarget, problem.standardize);
        rows.push(...(await measure(context, loaded, [...(peer ? [scikitLearn(loaded, peer)] : []), ...(glmnet === null ? [] : [glmnetIn(loaded, own)]), library(loaded)])));
      } finally {
        peer?.close();
        rmSync(own, { recursive: true, force: true });
      }
    }
    const note = `Ours at the default tolerance of ${TOL}; scikit-learn's lasso_path at tol ${PEER_TOL}, which is the same gap; glmnet at thresh ${GLMNET_THRESHOLD}. Alphas evenly by their logarithms, the same for all. † marks an easier problem for peers: y centred and no intercept. Ratios of ours: how many times faster than the peer of its row.`;
    return { tables: rows.length === 0 ? [] : [{ title: `${ALPHAS} alphas`, note, rows }], peers: [...(interpreter ? [interpreter.versions] : []), ...(glmnet === null ? [] : [glmnet])], missing };
  },
};

function library({ problem: { intercept, standardize }, X, y, scorer, columns }: Loaded): Contender {
  return {
    name: 'library',
    scorer,
    async walk(alphas) {
      const { seconds, value } = await timed(() => new LassoPath({ alphas: [...alphas], intercept, standardize, tol: TOL }).fit(X, y));
      return { seconds, at: (k) => densely(value.fit.points[k]!, columns.count) };
    },
  };
}

function scikitLearn(loaded: Loaded, peer: ScikitLearn): Contender {
  return { name: 'scikit-learn', scorer: loaded.peerScorer, walk: async (alphas) => peerPath(loaded, await peer.path(alphas, PEER_TOL)) };
}

function glmnetIn(loaded: Loaded, folder: string): Contender {
  const { columns, scorer } = loaded;
  return {
    name: 'glmnet',
    scorer: loaded.peerScorer,
    walk: (alphas) => {
      const write = (name: string, { buffer, byteOffset, byteLength }: Float64Array | Uint32Array) => writeFileSync(join(folder, name), new Uint8Array(buffer, byteOffset, byteLength));
      write('y.f64', scorer.centredTarget);
      write('values.f64', scaledValues(loaded));
      write('alphas.f64', alphas);
      if (columns.kind === 'sparse') {
        write('rowIds.u32', columns.rowIds);
        write('starts.u32', columns.starts);
      }
      return Promise.resolve(peerPath(loaded, runGlmnet(folder, { rows: columns.rows, columns: columns.count, kind: columns.kind }, GLMNET_THRESHOLD)));
    },
  };
}

/** Centred and scaled where the problem asks for it; constant columns become 0. */
function scaledValues({ problem: { standardize }, columns, scorer: { means, scales } }: Loaded): Float64Array {
  if (!standardize || columns.kind === 'sparse') return columns.values;
  return columns.values.map((value, at) => {
    const j = Math.floor(at / columns.rows);
    return (value - means[j]!) / scales[j]!;
  });
}

function peerPath(loaded: Loaded, { seconds, coefficients }: PeerPath): Path {
  const { count } = loaded.columns;
  return { seconds, at: (k) => inOriginalUnits(loaded, coefficients.slice(k * count, (k + 1) * count)) };
}

async function measure(context: Context, loaded: Loaded, contenders: readonly Contender[]): Promise<Row[]> {
  const { columns, problem, scorer } = loaded;
  // A hair below alpha_max, so that rounding leaves it no path that begins above.
  const most = scorer.alphaMax() * (1 - 1e-9);
  const alphas = Float64Array.from({ length: ALPHAS }, (_, k) => most * RATIO ** (k / (ALPHAS - 1)));
  const turns = await repeatedly(context, async () => {
    const paths: Path[] = [];
    for (const contender of contenders) paths.push(await contender.walk(alphas));
    return paths;
  });
  const seconds = (c: number) => turns.map((paths) => paths[c]!.seconds);
  const gapsOf = (c: number) => Array.from(alphas, (alpha, k) => contenders[c]!.scorer.score(alpha, turns[0]![c]!.at(k)).relativeGap);
  const own = contenders.length - 1;
  const title = `${problem.name} ${columns.rows} × ${columns.count} ${columns.kind}`;
  const ownGap = worst('largest relative gap', gapsOf(own), TOL);
  context.say(`${title}: ${contenders.map(({ name }, c) => `${name} ${seconds(c)[0]!.toPrecision(3)} s`).join(', ')}`);
  const peers = contenders.slice(0, own);
  const ours = (c: number | null) => speedRow({ case: title, who: c === null ? 'library' : `library by ${peers[c]!.name}`, speeds: [speed('path', 's', seconds(own), c === null ? null : { name: peers[c]!.name, samples: seconds(c) })], quality: [ownGap] });
  return [
    ...peers.map(({ name }, c) => speedRow({ case: isEasierForPeer(loaded) ? `${title} †` : title, who: name, speeds: [speed('path', 's', seconds(c))], quality: [worst('largest relative gap', gapsOf(c), TOL)] })),
    ...(peers.length === 0 ? [ours(null)] : peers.map((_, c) => ours(c))),
  ];
}
