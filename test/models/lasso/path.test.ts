/** A path of alphas holds what separate fits would find, goes as far as asked, and has the same bits on any number of workers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LassoPath } from '../../../models/lasso/estimator.js';
import { LassoModel } from '../../../models/lasso/model.js';
import type { LassoPathInput } from '../../../models/lasso/options.js';
import { describePlace, type PathPlace } from '../../../models/lasso/path.js';
import { UsageError } from '../../../src/runtime/worker-request.js';
import { STORAGES } from './lasso-cluster.js';
import { NetOracle } from './net-oracle.js';
import { fitAlone, fitPath, type GivenData } from './path-fits.js';
import { CUTS } from './problem-path.js';
import { asDense, judge, problemOf, scaled, transform } from './problems.js';

const ROWS = 43;
const COLUMNS = 13;
const TOL = 1e-8;
const problem = problemOf({ rows: ROWS, columns: COLUMNS, seed: 71, density: 0.7, shift: 1 });
const dense: GivenData = { input: asDense(problem), target: problem.y };
const sampleWeights = Float64Array.from({ length: ROWS }, (_, i) => (i * 7) % 5);
const featureWeights = Float64Array.from({ length: COLUMNS }, (_, j) => [1, 2, 0, 0.5][j % 4]);

interface Variant {
  readonly options: LassoPathInput;
  readonly weights?: Pick<GivenData, 'sampleWeights' | 'featureWeights'>;
}

const variants: Record<string, Variant> = {
  'the plain Lasso': { options: {} },
  'standardized columns': { options: { standardize: true } },
  'no intercept': { options: { intercept: false } },
  'the elastic net': { options: { l1Ratio: 0.4 } },
  'feature weights, some of them 0': { options: {}, weights: { featureWeights } },
  'no coefficient below 0': { options: { nonNegative: true } },
  'sample weights': { options: {}, weights: { sampleWeights } },
  'all of it together': { options: { l1Ratio: 0.6, nonNegative: true, standardize: true }, weights: { sampleWeights, featureWeights } },
};

function oracleOf({ options, weights }: Variant): NetOracle {
  const { l1Ratio = 1, nonNegative = false, intercept = true, standardize = false } = options;
  return new NetOracle(problem, {
    penalty: { l1Ratio, nonNegative, weights: weights?.featureWeights ?? null },
    sampleWeights: weights?.sampleWeights ?? new Float64Array(ROWS).fill(1),
    conventions: { intercept, standardize },
    ratio: 1,
  });
}

function densely({ ids, values }: { ids: Uint32Array; values: Float64Array }, columns = COLUMNS): Float64Array {
  const coefficients = new Float64Array(columns);
  ids.forEach((j, k) => (coefficients[j] = values[k]));
  return coefficients;
}

describe.each(CUTS)('every point of a path, on %s', (cut) => {
  for (const [storage, as] of STORAGES) {
    for (const [name, variant] of Object.entries(variants)) {
      it(`is the solution at its alpha: ${storage}, ${name}`, async () => {
        const data = { input: as(problem), target: problem.y, ...variant.weights };
        const { points, alphaMax, stopped } = await fitPath(data, { ...variant.options, path: 6, pathRatio: 0.02, tol: TOL, cut });
        const oracle = oracleOf(variant);
        const alike = TOL * oracle.scale * 2;
        expect(stopped).toBe('converged');
        expect(alphaMax / oracle.alphaMax()).toBeCloseTo(1, 9);
        expect(points.map(({ alpha }) => alpha / alphaMax)).toEqual([0, 1, 2, 3, 4, 5].map((k) => expect.closeTo(0.02 ** (k / 5), 12)));
        for (const point of points) {
          const alone = await fitAlone(data, { ...variant.options, alpha: point.alpha, tol: TOL, cut });
          expect(point.relativeGap).toBeLessThanOrEqual(TOL);
          expect(Math.abs(point.objective - alone.objective)).toBeLessThanOrEqual(alike);
          expect(Math.abs(point.objective - oracle.objective(oracle.scaled(densely(point)), point.alpha))).toBeLessThanOrEqual(alike);
        }
      });
    }
  }

  it('has the gap that it certifies, by whoever computes it from the coefficients alone', async () => {
    const tall = problemOf({ rows: 500, columns: 250, seed: 7, ownPart: 0.3 });
    const { points } = await fitPath({ input: asDense(tall), target: tall.y }, { path: 60, pathRatio: 0.001, tol: 1e-3, standardize: true, cut });
    const transformed = transform(tall, { intercept: true, standardize: true });
    for (const point of points) expect(judge(transformed, scaled(transformed, densely(point, 250)), point.alpha).relativeGap).toBeLessThanOrEqual(1e-3);
  });

  it('begins without penalized features, and ends with many', async () => {
    const { points } = await fitPath(dense, { path: 5, cut });
    expect(points[0].ids).toHaveLength(0);
    expect(points[0].nonzeros).toBe(0);
    expect(points[0].intercept).toBeCloseTo(problem.y.reduce((sum, value) => sum + value, 0) / ROWS, 10);
    expect(points[4].nonzeros).toBeGreaterThan(4);
    const free = await fitPath({ ...dense, featureWeights }, { path: 5, cut });
    expect([...free.points[0].ids]).toEqual([2, 6, 10]);
  });

  it('goes on after an alpha at which nothing has to change', async () => {
    const places: PathPlace[] = [];
    const alphas = [0.5, 0.5 * (1 - 1e-9), 0.1];
    const { points } = await fitPath(dense, { alphas, tol: 1e-4, cut }, { observer: { progress: (_, place) => places.push(place!) } });
    expect(points.map(({ alpha }) => alpha)).toEqual(alphas);
    expect(places.filter(({ index }) => index === 1)).toHaveLength(1);
    expect([...points[1].values]).toEqual([...points[0].values]);
    const alone = await fitAlone(dense, { alpha: 0.1, tol: 1e-12, cut });
    expect(points[2].relativeGap).toBeLessThanOrEqual(1e-4);
    expect(points[2].objective).toBeGreaterThanOrEqual(alone.objective * (1 - 1e-12));
    expect(points[2].objective - alone.objective).toBeLessThanOrEqual(1e-4 * oracleOf({ options: {} }).scale);
  });
});

describe('a path', () => {
  it('runs under every schedule', async () => {
    const reference = await fitPath(dense, { path: 4, tol: TOL });
    for (const schedule of ['round-robin', 'random', 'priority'] as const) {
      const { points, stopped } = await fitPath(dense, { path: 4, schedule, block: 4 });
      expect(stopped).toBe('converged');
      points.forEach(({ objective }, k) => expect(Math.abs(objective / reference.points[k].objective - 1)).toBeLessThan(1e-5));
    }
  });

  it.each(CUTS)('has the same bits on 1, 2 and 3 workers, cross-validation included: %s', async (cut) => {
    for (const [, as] of STORAGES) {
      const run = async (workers: number) => {
        const { points, crossValidation, chosen, alphaMax, rounds, certificates } = await fitPath({ input: as(problem), target: problem.y, sampleWeights, featureWeights }, { path: 5, cv: 3, l1Ratio: 0.7, seed: 4, cut }, { workers });
        return { points, crossValidation, chosen, alphaMax, rounds, certificates };
      };
      const alone = await run(1);
      for (const workers of [2, 3]) expect(await run(workers)).toEqual(alone);
    }
  });

  it('is the last solution as a model, or the one that predicts best', async () => {
    const last = await new LassoPath({ path: 4 }).fit(asDense(problem), problem.y);
    expect(last.model.summary).toMatchObject({ alpha: last.fit.points[3].alpha, path: { points: 4, chosen: 3, folds: null }, stopped: 'converged', reproducible: true });
    const best = await new LassoPath({ path: 4, cv: 3 }).fit(asDense(problem), problem.y);
    const { chosen, crossValidation, points } = best.fit;
    expect(chosen).toBe(crossValidation!.best);
    expect(best.model.summary).toMatchObject({ alpha: points[chosen].alpha, objective: points[chosen].objective, path: { points: 4, chosen, folds: 3 } });
    expect(best.coefficients).toEqual(densely(points[chosen]));
  });

  it('comes back from disk to the bit, every solution by its alpha', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strads-path-'));
    try {
      const path = await new LassoPath({ path: 7, cv: 2 }).fit(asDense(problem), problem.y);
      await path.save(join(folder, 'path'));
      for (const point of path.fit.points) {
        const model = await LassoModel.load(join(folder, 'path'), Number(point.alpha.toPrecision(6)));
        expect(model.coefficients).toEqual(densely(point));
        expect(model.intercept).toBe(point.intercept);
        expect(model.summary.nonzeros).toBe(point.nonzeros);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('says where it is: all rows first, then without each fold', async () => {
    const reached: string[] = [];
    const told = new Set<string>();
    await fitPath(dense, { path: 2, cv: 2 }, { observer: { point: (_, place) => reached.push(describePlace(place)), progress: (_, place) => told.add(describePlace(place!)) } });
    expect(reached).toEqual(['alpha 1 of 2', 'alpha 2 of 2', 'alpha 1 of 2, fold 1 of 2', 'alpha 2 of 2, fold 1 of 2', 'alpha 1 of 2, fold 2 of 2', 'alpha 2 of 2, fold 2 of 2']);
    expect([...told]).toEqual(reached);
  });

  it('names the alpha of a notice', async () => {
    const notices: string[] = [];
    const { stopped, points } = await fitPath(dense, { alphas: [0.3, 0.02], maxRounds: 1, schedule: 'random', block: 2 }, { observer: { notice: (sentence) => notices.push(sentence) } });
    expect(stopped).toBe('round-limit');
    expect(points.map((point) => point.stopped)).toEqual(['round-limit', 'round-limit']);
    expect(notices).toEqual([expect.stringMatching(/^alpha 1 of 2: stopped at --max-rounds 1 /), expect.stringMatching(/^alpha 2 of 2: stopped at --max-rounds 1 /)]);
  });
});

describe('an interrupted path', () => {
  const interrupted = async (options: LassoPathInput, when: (place: PathPlace) => boolean) => {
    let stop = false;
    const notices: string[] = [];
    const fit = await fitPath(dense, options, { observer: { point: (_, place) => (stop ||= when(place)), shouldStop: () => stop, notice: (sentence) => notices.push(sentence) } });
    return { ...fit, notices };
  };

  it('holds the solutions so far, and says that some are missing', async () => {
    const { points, chosen, stopped, notices } = await interrupted({ path: 6 }, ({ index }) => index === 2);
    expect(points.map((point) => point.stopped)).toEqual(['converged', 'converged', 'converged']);
    expect({ chosen, stopped, notices }).toEqual({ chosen: 2, stopped: 'interrupted', notices: ['interrupted after 3 of 6 alphas: the model is the last solution, not the one asked for'] });
  });

  it('is complete when the interruption came after its last solution', async () => {
    const { points, stopped } = await interrupted({ path: 3 }, ({ index }) => index === 2);
    expect(points).toHaveLength(3);
    expect(stopped).toBe('converged');
  });

  it('has no cross-validation unless every fold was done', async () => {
    for (const stopAt of [null, 0, 1]) {
      const { points, crossValidation, chosen, stopped } = await interrupted({ path: 4, cv: 2 }, ({ fold, index }) => fold === stopAt && index === (stopAt === null ? 3 : 1));
      expect(points).toHaveLength(4);
      expect({ crossValidation, chosen, stopped }).toEqual({ crossValidation: null, chosen: 3, stopped: 'interrupted' });
    }
  });
});

describe('a path that cannot be', () => {
  const refused = async (options: LassoPathInput, sentence: string | RegExp, data: GivenData = dense) => {
    const fitting = (async () => fitPath(data, options))();
    await expect(fitting).rejects.toBeInstanceOf(UsageError);
    await expect(fitting).rejects.toThrow(sentence);
  };

  it('begins above alpha_max', () => refused({ alphas: [1e6, 0.1] }, /^the path begins at alpha 1000000, above alpha_max [\d.]+, where every penalized coefficient is 0: begin at [\d.]+ or below$/));
  it('rises', () => refused({ alphas: [0.5, 0.1, 0.2] }, 'alpha 0.2 follows 0.1: a path descends'));
  it('repeats an alpha', () => refused({ alphas: [0.5, 0.5] }, 'alpha 0.5 follows 0.5: a path descends'));
  it('has no alpha', () => refused({ alphas: [] }, 'alphas'));
  it('has more folds than rows', () => refused({ cv: ROWS + 1 }, `cross-validation with ${ROWS + 1} folds, but the data have ${ROWS} rows`));
  it('validates under a schedule of blocks', () => refused({ cv: 2, schedule: 'random' }, 'cv: folds share one upload of X under the schedule working-set only'));
  it('has nothing to penalize', () => refused({}, 'every feature weight is 0, so nothing is penalized', { ...dense, featureWeights: new Float64Array(COLUMNS) }));
  it('has a constant target', async () => {
    const constant = { ...dense, target: new Float64Array(ROWS).fill(3) };
    await refused({}, 'alpha_max is 0: no penalized column of X varies together with the target', constant);
    await refused({ alphas: [0.1] }, 'alpha_max is 0', constant);
  });
});
