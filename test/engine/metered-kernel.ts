import type { Counts } from '../../src/engine/engine.js';
import type { Meter } from './metered.js';

/** Runs a kernel's formulas on a small problem in the meter's memory; returns what its cost function is to be told of the problem. */
export type MeteredKernel = (meter: Meter) => { readonly parameters: Readonly<Record<string, number>>; readonly counts: Counts };
