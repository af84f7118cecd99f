/** What a GPU holds of a shard is saved and restored like the rest. */
import { it } from 'vitest';
import { describeOnWebGpu, makeWebGpuEngine } from '../../engine/lane.js';
import type { Fitted } from './every-fit.js';
import { asDense, asSparse, problemOf } from './problems.js';
import { expectSameUnderUnrest } from './restless-fits.js';

const problem = problemOf({ rows: 31, columns: 12, seed: 7, density: 0.7, shift: 0.5 });

const fits: readonly [string, Fitted][] = [
  ['rows, dense, in blocks', { input: asDense(problem), target: problem.y, options: { schedule: 'priority', block: 4, alphaRatio: 0.2, standardize: true, tol: 1e-4 } }],
  ['rows, sparse', { input: asSparse(problem), target: problem.y, options: { cut: 'rows', alphaRatio: 0.05 } }],
  ['columns, a path', { input: asDense(problem), target: problem.y, options: { cut: 'columns', path: 8, standardize: true } }],
];

describeOnWebGpu('a model', () => {
  for (const [title, fitted] of fits) it(`is the same whatever its shards went through: ${title}`, () => expectSameUnderUnrest(fitted, makeWebGpuEngine, [1, 2]));
});
