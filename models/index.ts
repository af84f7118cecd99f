/** The library: `import { Lasso } from 'strads'`. */
export { Lasso, FittedLasso } from './lasso/estimator.js';
export type { LassoInput } from './lasso/options.js';
export { DivergenceError } from './lasso/optimize.js';
export type { LassoProgress, FitObserver } from './lasso/optimize.js';
export type { MatrixInput } from '../src/data/in-memory.js';
export { DataError } from '../src/data/dataset.js';
export { WorkerError } from '../src/runtime/cluster.js';
export { UsageError } from '../src/runtime/worker-request.js';
