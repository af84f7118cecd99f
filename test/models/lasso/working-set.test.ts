import { describe, expect, it } from 'vitest';
import { LassoState } from '../../../models/lasso/row-cut/state.js';
import { gramCacheFor, WorkingSetProgram } from '../../../models/lasso/row-cut/working-set.js';
import { lassoPenalty } from './lasso-cluster.js';
import { alphaMaxOf, gradientOf, judge, problemOf, residualOf, solve, transform, type Transformed } from './problems.js';

const problem = transform(problemOf({ rows: 40, columns: 80, seed: 81 }), { intercept: true, standardize: false });
const alpha = 0.3 * alphaMaxOf(problem);
const optimum = solve(problem, alpha);
const support = [...optimum.keys()].filter((j) => optimum[j] !== 0);

function stateAt({ rows, x, y, means, scales }: Transformed, beta: Float64Array): LassoState {
  const squaredNorms = Float64Array.from(x, (values) => values.reduce((sum, value) => sum + value * value, 0));
  const training = { problem: 0, samples: rows, heldOut: 0, targetShift: 0, targetSquares: y.reduce((sum, value) => sum + value * value, 0) };
  const held = { heldMeans: new Float64Array(x.length), heldScales: new Float64Array(x.length).fill(1) };
  const state = new LassoState(training, { means: Float64Array.from(means), scales: Float64Array.from(scales), squaredNorms, ...held }, lassoPenalty(alpha));
  beta.forEach((value, j) => state.setBeta(j, value));
  return state;
}

/** Columns of the working set after a certificate at `beta`. */
function workingSet(beta: Float64Array): number[] {
  const values = gradientOf(problem, beta);
  const residual = residualOf(problem, beta);
  const gradient = {
    values,
    residualSquares: residual.reduce((sum, r) => sum + r * r, 0),
    targetProduct: residual.reduce((sum, r, i) => sum + r * problem.y[i], 0),
    heldOutSquares: 0,
  };
  const state = stateAt(problem, beta);
  const program = new WorkingSetProgram(state, gramCacheFor(0), gradientOf(problem, new Float64Array(beta.length)), 1e-9);
  program.observe(gradient, { ...judge(problem, beta, alpha), nonzeros: state.nonzeros() });
  return [...new Set([...program.schedule()].flatMap(({ ids }) => [...ids]))].sort((a, b) => a - b);
}

describe('the working set', () => {
  it('holds every column of the solution, from wherever it is chosen, while all that may enter fit in', () => {
    for (const part of [0, 0.3, 0.9, 0.99, 0.9999, 1.0001, 1.1]) {
      const chosen = new Set(workingSet(optimum.map((value) => part * value)));
      for (const j of support) expect(chosen).toContain(j);
    }
  });

  it('holds the support it starts from', () => {
    const beta = optimum.map((_, j) => (j % 5 === 0 ? 0.01 : 0));
    const chosen = new Set(workingSet(beta));
    beta.forEach((value, j) => {
      if (value !== 0) expect(chosen).toContain(j);
    });
  });

  it('leaves out what a small gap proves to be 0', () => {
    expect(workingSet(optimum.map((value) => value * 0.9999)).length).toBeLessThan(problem.x.length);
    expect(workingSet(optimum)).toEqual(support);
  });
});
