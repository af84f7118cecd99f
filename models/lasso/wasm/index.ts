/** The Lasso in float64: the working problem, which the scheduler solves, and the passes of a shard's host over its columns. */
export { attachColumns, attachRows } from './columns';
export { attachVariables, epoch, slopes, subtractAll } from './descent';
export { attachFactor, factorSize, forget, newton, recall } from './newton';
export { attachShard, dots, expand, spreads, standardize, subtractColumns, sums } from './shard';
export { beginColumns, countEntries, firstUnordered, placeEntries, turn } from './build';
export { attachMoments, prepare } from './moments';
export { attachPenalty, attachProblem, attachResidual, attachScratch, scan } from './scan';
