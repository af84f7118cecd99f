/**
 * Trains rounds of the scheduled Lasso on generated columns, and says what a round takes. In: how many variables, how they are
 * scheduled, who works. Out: time and bytes a round, the scheduler's share, and how the objective fell.
 */
import { run, type RunOutcome } from '../../src/runtime/run.js';
import { shardBegin } from '../../src/runtime/placement.js';
import { PriorityDraw } from '../../src/schedule/priority-draw.js';
import { RandomDraw } from '../../src/schedule/random-draw.js';
import { ChainColumns, type ChainShape } from './chain-columns.js';
import { ChainLasso } from './chain-lasso.js';
import type { ChainShardDescription } from './chain-operations.js';
import { chainTarget } from './chain-target.js';

export interface ChainRunOptions {
  readonly shape: ChainShape;
  readonly schedule: 'random' | 'priority';
  /** ρ of the dependency filter, null without one. */
  readonly threshold: number | null;
  readonly rounds: number;
  /** Worker processes; undefined trains in this process. */
  readonly workers?: number | undefined;
  /** Variables a round. */
  readonly block?: number;
  /** As a part of the largest pull of the target's own support. */
  readonly alphaRatio?: number;
  readonly objectiveEvery?: number;
  /** Module of the worker's half, where it is not beside this file. */
  readonly worker?: URL;
}

export interface ChainRun {
  readonly alpha: number;
  /** Median over the rounds, seconds: of all that happens between two pulls; the scheduler's own part, on average. */
  readonly roundSeconds: number;
  readonly schedulerSeconds: number;
  /** Seconds until the draw was made: priorities of all variables take time once. */
  readonly setupSeconds: number;
  /** Mean over the rounds, both directions of all links. */
  readonly roundBytes: number;
  /** Of the state that the draw keeps. */
  readonly drawBytes: number;
  readonly objectives: readonly { readonly round: number; readonly objective: number }[];
  readonly coefficients: ReadonlyMap<number, number>;
  readonly outcome: RunOutcome;
}

const BLOCK = 64;
const ALPHA_RATIO = 0.1;
const OBJECTIVE_EVERY = 100;
/** Logical shards of the rows, whatever the number of workers. */
const SHARDS = 8;
/** Rounds before the clock and the bytes count: connections and compilers warm up. */
const WARM_UP = 10;
const SEED_OF_DRAW = 7;

/** At least 20 rounds. One more than asked is run, so that a look at the objective comes after `rounds` of them where objectiveEvery divides it. */
export async function runChain(options: ChainRunOptions): Promise<ChainRun> {
  const { shape, schedule, threshold, workers, block = BLOCK, alphaRatio = ALPHA_RATIO, objectiveEvery = OBJECTIVE_EVERY, rounds } = options;
  const range = { begin: 0, end: shape.columns };
  const begun = performance.now();
  const draw = schedule === 'priority' ? new PriorityDraw(SEED_OF_DRAW, range) : new RandomDraw(SEED_OF_DRAW, range);
  const setupSeconds = (performance.now() - begun) / 1000;
  const alpha = alphaRatio * chainTarget(new ChainColumns(shape)).alphaScale;
  const worker = options.worker ?? new URL('./chain-worker.js', import.meta.url);
  const program = new ChainLasso({ shape, alpha, draw, block, threshold, objectiveEvery, worker });
  const pulled: { readonly at: number; readonly bytes: number }[] = [];
  const outcome = await run({
    program,
    range,
    shards: Array.from({ length: SHARDS }, (_, shard) => ({ description: describe(shape, shard), parts: [] })),
    rounds: rounds + 1,
    observe: ({ bytes }) => pulled.push({ at: performance.now(), bytes }),
    workers,
  });
  const counted = pulled.slice(WARM_UP);
  const seconds = counted.slice(1).map(({ at }, k) => (at - counted[k].at) / 1000).sort((a, b) => a - b);
  return {
    alpha,
    setupSeconds,
    roundSeconds: seconds[seconds.length >> 1],
    schedulerSeconds: program.schedulerMs / 1000 / outcome.rounds,
    roundBytes: (counted.at(-1)!.bytes - counted[0].bytes) / (counted.length - 1),
    drawBytes: draw.bytes,
    objectives: program.objectives,
    coefficients: program.coefficients,
    outcome,
  };
}

function describe(shape: ChainShape, shard: number): ChainShardDescription {
  return { ...shape, firstRow: shardBegin(shard, SHARDS, shape.rows), endRow: shardBegin(shard + 1, SHARDS, shape.rows) };
}
