/** Every benchmark there is, in the order of the results. */
import { bus } from './bus/bus.js';
import { gpuFactorization } from './gpu/factorization.js';
import { gpuLassoPath } from './gpu/lasso-path.js';
import { gpuStreaming } from './gpu/streaming.js';
import { gpuTopics } from './gpu/topics.js';
import type { Benchmark } from './runner/benchmark.js';

export const BENCHMARKS: readonly Benchmark[] = [bus, gpuStreaming, gpuLassoPath, gpuFactorization, gpuTopics];
