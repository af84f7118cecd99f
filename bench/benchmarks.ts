/** Every benchmark there is, in the order of the results. */
import { bus } from './bus/bus.js';
import { kernels } from './kernels/kernels.js';
import type { Benchmark } from './runner/benchmark.js';

export const BENCHMARKS: readonly Benchmark[] = [kernels, bus];
