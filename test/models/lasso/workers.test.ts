/** Same bits at any number of workers, and what a run says of itself. */
import { describe, expect, it } from 'vitest';
import { Lasso, parseLassoOptions } from '../../../models/lasso/estimator.js';
import { fitLasso, type LassoFit } from '../../../models/lasso/fit.js';
import type { LassoInput } from '../../../models/lasso/options.js';
import { randomBelow } from '../../../src/schedule/random.js';
import { matrixFrom } from '../../../src/data/in-memory.js';
import { STORAGES, withCluster } from './lasso-cluster.js';
import { asDense, problemOf } from './problems.js';

const SHARDS = 6;
const problem = problemOf({ rows: 53, columns: 31, seed: 21, density: 0.7 });

function fitOn(workers: number, as: (typeof STORAGES)[number][1], options: LassoInput): Promise<LassoFit> {
  return withCluster({ workers, shards: SHARDS }, (cluster) => fitLasso(cluster, { matrix: matrixFrom(as(problem)), target: problem.y }, parseLassoOptions({ alphaRatio: 0.1, ...options })));
}

const bits = ({ coefficients, intercept, objective, relativeGap, rounds, nonzeros, certificates }: LassoFit) => ({
  coefficients: [...new BigUint64Array(coefficients.buffer, coefficients.byteOffset, coefficients.length)],
  intercept,
  objective,
  relativeGap,
  rounds,
  nonzeros,
  certificates,
});

const schedules: LassoInput[] = [
  { schedule: 'working-set' },
  { schedule: 'round-robin', block: 5, pipeline: 2 },
  { schedule: 'random', block: 4, seed: 9, pipeline: 1 },
  { schedule: 'random', block: 4, seed: 9, coupling: 'independent', standardize: true },
];

describe('a model', () => {
  for (const [storage, as] of STORAGES) {
    for (const options of schedules) {
      it(`has the same bits for 1, 2, 3 and ${SHARDS + 1} workers: ${storage}, ${JSON.stringify(options)}`, async () => {
        const alone = bits(await fitOn(1, as, options));
        for (const workers of [2, 3, SHARDS + 1]) expect(bits(await fitOn(workers, as, options))).toEqual(alone);
      });
    }
  }

  it('has the same bits from worker processes as from inside this one', async () => {
    const options: LassoInput = { alphaRatio: 0.1, schedule: 'random', block: 4, seed: 9 };
    const [near, far] = await Promise.all([{}, { workers: 2, engine: 'wasm' as const }].map((placement) => new Lasso({ ...options, ...placement }).fit(asDense(problem), problem.y)));
    expect(far.coefficients).toEqual(near.coefficients);
    expect(far.intercept).toBe(near.intercept);
    expect(far.model.summary).toEqual(near.model.summary);
  });

  it('depends on the seed where draws are random', async () => {
    const [first, second] = await Promise.all([1, 2].map((seed) => fitOn(1, asDense, { schedule: 'random', block: 4, seed, maxRounds: 20 })));
    expect(bits(first)).not.toEqual(bits(second));
  });
});

describe('a run', () => {
  it('makes every worker push, and counts bytes inside and outside of rounds', async () => {
    await withCluster({ workers: 3, shards: SHARDS }, async (cluster) => {
      const fit = await fitLasso(cluster, { matrix: matrixFrom(asDense(problem)), target: problem.y }, parseLassoOptions({ alphaRatio: 0.1, schedule: 'round-robin', block: 8 }));
      for (const { shards, pushes, bytesSent, bytesReceived } of cluster.tally()) {
        expect(pushes).toBeGreaterThanOrEqual(shards * fit.rounds);
        expect(bytesSent).toBeGreaterThan(0);
        expect(bytesReceived).toBeGreaterThan(0);
      }
      expect(fit.bytesPerRound).toBeGreaterThan(0);
      expect(fit.bytesPerRound * fit.rounds + fit.bytesOutsideRounds).toBeCloseTo(cluster.bytes, 3);
    });
  });

  it('sends bytes for the variables of a round, not for those that exist', async () => {
    const rows = 200;
    const bytesFor = async (columns: number) => {
      const columnIds = Uint32Array.from({ length: 2 * columns }, (_, e) => e >> 1);
      const rowIds = columnIds.map((j, e) => (randomBelow(rows / 2, 1, j, 0) + (e % 2) * (rows / 2)) % rows);
      const values = Float64Array.from(columnIds, (j, e) => randomBelow(1000, 2, j, e % 2) / 1000 - 0.5);
      const y = Float64Array.from({ length: rows }, (_, i) => randomBelow(1000, 3, 0, i) / 1000 - 0.5);
      return withCluster({ workers: 2, shards: 4 }, async (cluster) => {
        const options = parseLassoOptions({ alphaRatio: 1e-3, schedule: 'random', block: 64, maxRounds: 150 });
        return (await fitLasso(cluster, { matrix: matrixFrom({ rows, columns, rowIds, columnIds, values }), target: y }, options)).bytesPerRound;
      });
    };
    const few = await bytesFor(1e4);
    for (const columns of [1e5, 1e6]) expect(Math.abs((await bytesFor(columns)) / few - 1)).toBeLessThan(0.05);
  });
});
