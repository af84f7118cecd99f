/** The library: `import { Lasso } from 'strads'`. */
export { Lasso, FittedLasso, LassoPath, FittedLassoPath } from './lasso/estimator.js';
export type { LassoInput, LassoPathInput } from './lasso/options.js';
export type { CrossValidation, PathObserver, PathPlace, PathPoint } from './lasso/path.js';
export { DivergenceError } from './lasso/optimize.js';
export type { LassoProgress, FitObserver } from './lasso/optimize.js';
export type { MatrixInput } from '../src/data/in-memory.js';
export { DataError } from '../src/data/dataset.js';
export { WorkerError } from '../src/runtime/cluster.js';
export { UsageError } from '../src/runtime/worker-request.js';
