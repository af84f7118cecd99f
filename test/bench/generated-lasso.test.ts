/** The scheduled Lasso on generated columns: it is right, bounded, and the same at any number of workers. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ChainColumns } from '../../bench/generated/chain-columns.js';
import { runChain, type ChainRunOptions } from '../../bench/generated/chain-run.js';
import { chainTarget } from '../../bench/generated/chain-target.js';

/** As built: worker processes run JavaScript. */
const worker = pathToFileURL(join(dirname(createRequire(import.meta.url).resolve('strads/package.json')), 'dist/bench/generated/chain-worker.js'));
const train = (options: Partial<ChainRunOptions> & Pick<ChainRunOptions, 'shape'>) => runChain({ schedule: 'random', threshold: 0.1, rounds: 20, worker, ...options });

/** ½n⁻¹||y - Xb||² + α||b||₁, and its relative duality gap. */
function judge(shape: { rows: number; columns: number; seed: number }, coefficients: ReadonlyMap<number, number>, alpha: number): { objective: number; gap: number } {
  const columns = new ChainColumns(shape);
  const { y } = chainTarget(columns);
  const residual = y.slice();
  let norm = 0;
  for (const [j, value] of coefficients) {
    norm += Math.abs(value);
    const { rowIds, values } = columns.column(j);
    for (let e = 0; e < rowIds.length; e++) residual[rowIds[e]] -= value * values[e];
  }
  let largest = 0;
  for (let j = 0; j < shape.columns; j++) {
    const { rowIds, values } = columns.column(j);
    largest = Math.max(largest, Math.abs(rowIds.reduce((sum, row, e) => sum + values[e] * residual[row], 0)));
  }
  const half = (vector: Float64Array) => vector.reduce((sum, value) => sum + value * value, 0) / (2 * shape.rows);
  const feasible = Math.min(1, (shape.rows * alpha) / largest);
  const objective = half(residual) + alpha * norm;
  const dual = half(y) - half(y.map((value, i) => value - feasible * residual[i]));
  return { objective, gap: (objective - dual) / half(y) };
}

describe('the scheduled Lasso on generated columns', () => {
  it.each(['random', 'priority'] as const)('goes to the optimum, %s', async (schedule) => {
    const shape = { rows: 400, columns: 40, seed: 1 };
    const { coefficients, alpha, objectives } = await train({ shape, schedule, rounds: 3000, block: 8, alphaRatio: 0.5, objectiveEvery: 1000 });
    const { objective, gap } = judge(shape, coefficients, alpha);
    expect(gap).toBeLessThan(1e-3);
    expect(objectives.map(({ round }) => round)).toEqual([0, 1000, 2000, 3000]);
    expect(objectives.at(-1)!.objective).toBeCloseTo(objective, 9);
    expect(objective).toBeLessThan(objectives[0].objective);
  });

  it('never raises the objective while the filter is on, where neighbours are all there is', async () => {
    const { objectives } = await train({ shape: { rows: 400, columns: 64, seed: 1 }, rounds: 60, block: 16, objectiveEvery: 1 });
    for (let k = 1; k < objectives.length; k++) expect(objectives[k].objective).toBeLessThanOrEqual(objectives[k - 1].objective * (1 + 1e-12));
  });

  it('gives the same bits in this process and on two workers, at 10^8 variables too', async () => {
    const shape = { rows: 50_000, columns: 100_000_000, seed: 1 };
    const [here, there] = [await train({ shape }), await train({ shape, workers: 2 })];
    expect([...there.coefficients]).toEqual([...here.coefficients]);
    expect(there.objectives).toEqual(here.objectives);
    expect(here.coefficients.size).toBeGreaterThan(0);
  });
});
