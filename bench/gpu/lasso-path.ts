/** A path of 100 alphas on a dense matrix with far more columns than rows: seconds, and the gap at every alpha by a scorer of our own. */
import { lassoShards } from '../../models/lasso/open.js';
import { lassoPathOptionsSchema } from '../../models/lasso/options.js';
import { fitLassoPath, type LassoPathFit } from '../../models/lasso/path.js';
import { densely } from '../../models/lasso/fit.js';
import { workerModule } from '../../models/workers.js';
import { matrixFrom } from '../../src/data/in-memory.js';
import { openWorkers } from '../../src/runtime/session.js';
import { denseProblem } from '../generated/dense-columns.js';
import { repeatedly, timed, type Benchmark, type Context, type Scale } from '../runner/benchmark.js';
import { amount, quality, speed, speedRow, worst, type Row } from '../runner/result.js';
import { Scorer } from '../scorer.js';

const SIZES: Readonly<Record<Scale, { readonly rows: number; readonly columns: number }>> = {
  small: { rows: 60, columns: 900 },
  large: { rows: 300, columns: 120_000 },
};
const TOL = 1e-6;

export const gpuLassoPath: Benchmark = {
  name: 'gpu-lasso',
  about: 'A Lasso path of 100 alphas down to .01 on a generated dense matrix with far more columns than rows, one worker on the engine.',
  needsData: false,
  usesEngine: true,
  async run(context) {
    return { tables: [{ title: '100 alphas', note: 'Path: from the first certificate, that of coefficients 0, to the last. With the data: from parsed arrays in memory. Gaps are relative, by a scorer that shares no code with the models.', rows: [await measure(context)] }], missing: [] };
  },
};

async function measure(context: Context): Promise<Row> {
  const { rows, columns } = SIZES[context.scale];
  const { value: { X, byColumn, y }, seconds } = await timed(() => denseProblem(rows, columns));
  context.say(`${rows} × ${columns} generated in ${seconds.toFixed(1)} s`);
  const matrix = matrixFrom(X);
  const options = lassoPathOptionsSchema.parse({ path: 100, pathRatio: 0.01, tol: TOL });
  const fits = await repeatedly(context, async () => {
    const session = await openWorkers({ workers: [{ engine: context.engine.kind, count: 1 }], workerModule });
    try {
      let [first, last] = [Infinity, 0];
      const heard = () => {
        first = Math.min(first, performance.now());
        last = performance.now();
      };
      const fit = await fitLassoPath(session.cluster(lassoShards(matrix, options, 0)), { matrix, target: y }, options, { progress: heard, point: heard });
      const pathSeconds = (last - first) / 1000;
      context.say(`${fit.points.length} alphas${context.engine.software ? '' : ` in ${pathSeconds.toFixed(3)} s (with the data: ${fit.seconds.toFixed(3)} s)`}`);
      return { ...fit, pathSeconds };
    } finally {
      await session.close();
    }
  });
  const scorer = new Scorer(byColumn, y, { intercept: true, standardize: false });
  const gaps = gapsOf(fits[0], scorer, columns);
  return speedRow({
    case: `${rows} × ${columns} dense`,
    who: 'strads',
    speeds: [speed('path', 's', fits.map(({ pathSeconds }) => pathSeconds)), speed('with the data', 's', fits.map(({ seconds: whole }) => whole))],
    quality: [worst('largest gap', gaps, TOL), quality('largest gap as certified', Math.max(...fits[0].points.map(({ relativeGap }) => relativeGap)), TOL)],
    amounts: [amount('rounds', 'rounds', fits[0].rounds), amount('at the last alpha', 'nonzeros', fits[0].points.at(-1)!.ids.length)],
  });
}

function gapsOf({ points }: LassoPathFit, scorer: Scorer, columns: number): number[] {
  return points.map((point) => scorer.score(point.alpha, densely(point, columns)).relativeGap);
}
