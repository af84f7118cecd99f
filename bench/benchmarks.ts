/** Every benchmark there is, in the order of the results. */
import { bus } from './bus/bus.js';
import { checkpointOverhead } from './checkpoint-overhead.js';
import { checkpoint } from './checkpoint.js';
import { gpuFactorization } from './gpu/factorization.js';
import { gpuLassoPath } from './gpu/lasso-path.js';
import { gpuStreaming } from './gpu/streaming.js';
import { gpuTopics } from './gpu/topics.js';
import { growthRank } from './growth/rank.js';
import { growthTopics } from './growth/topics.js';
import { growthVariables } from './growth/variables.js';
import { growthWorkers } from './growth/workers.js';
import { kernels } from './kernels/kernels.js';
import { lassoPath } from './lasso-path.js';
import { lassoSchedules } from './lasso-schedules.js';
import { lassoWide } from './lasso-wide.js';
import { lasso } from './lasso.js';
import { ldaInfer } from './lda-infer.js';
import { ldaStrategies } from './lda-strategies.js';
import { ldaTargets } from './lda-targets.js';
import { ldaTopics } from './lda-topics.js';
import { mfNetflix } from './mf-netflix.js';
import { mfOriginal } from './mf-original.js';
import { mfRanks } from './mf-ranks.js';
import { mfSchedules } from './mf-schedules.js';
import { mfSmall } from './mf-small.js';
import { mfTargets } from './mf-targets.js';
import { profileCost } from './profile-cost.js';
import { recovery } from './recovery.js';
import { rounds } from './rounds.js';
import type { Benchmark } from './runner/benchmark.js';
import { scheduling } from './scheduling.js';
import { soak } from './soak.js';

export const BENCHMARKS: readonly Benchmark[] = [
  ...[kernels, bus, rounds, scheduling, profileCost, checkpoint, checkpointOverhead, recovery, soak],
  ...[lasso, lassoPath, lassoSchedules, lassoWide],
  ...[mfTargets, mfOriginal, mfSmall, mfRanks, mfSchedules, mfNetflix],
  ...[ldaTargets, ldaTopics, ldaStrategies, ldaInfer],
  ...[gpuStreaming, gpuLassoPath, gpuFactorization, gpuTopics],
  ...[growthVariables, growthWorkers, growthRank, growthTopics],
];
