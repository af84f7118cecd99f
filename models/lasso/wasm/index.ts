/** The working problem of the Lasso in float64: what the scheduler's process computes while the workers pass over the data. */
export { attachColumns, attachRows } from './columns';
export { attachVariables, epoch, slopes, subtractAll } from './descent';
export { attachFactor, factorSize, forget, newton } from './newton';
