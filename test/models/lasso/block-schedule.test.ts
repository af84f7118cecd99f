/** Rounds of one block under every schedule: what is in flight together, what is asked for, and where it leads. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLassoOptions } from '../../../models/lasso/estimator.js';
import { fitLasso, type LassoFit } from '../../../models/lasso/fit.js';
import type { LassoInput } from '../../../models/lasso/options.js';
import { GRAM_ENTRIES_PER_TASK } from '../../../models/lasso/columns.js';
import { Channel } from '../../../models/lasso/row-cut/operations.js';
import { LassoProgram, mostIds, type BlockOptions } from '../../../models/lasso/row-cut/block-program.js';
import { LassoState } from '../../../models/lasso/row-cut/state.js';
import { matrixFrom } from '../../../src/data/in-memory.js';
import type { Sums, Task } from '../../../src/program.js';
import { Schedulers } from '../../../src/schedule/schedulers.js';
import { PriorityDraw } from '../../../src/schedule/priority-draw.js';
import { DRAWS } from '../../schedule/draws.js';
import { lassoPenalty, STORAGES, withCluster } from './lasso-cluster.js';
import { alphaMaxOf, asDense, judge, problemOf, residualOf, scaled, solve, transform, type Transformed } from './problems.js';

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** A state over columns that the shards hold as they are. */
function stateOf({ rows, x }: Transformed, alpha: number): LassoState {
  const squaredNorms = Float64Array.from(x, (values) => dot(values, values));
  const same = { means: new Float64Array(x.length), scales: new Float64Array(x.length).fill(1), heldMeans: new Float64Array(x.length), heldScales: new Float64Array(x.length).fill(1) };
  return new LassoState({ problem: 0, samples: rows, heldOut: 0, targetShift: 0, targetSquares: 1 }, { ...same, squaredNorms }, lassoPenalty(alpha));
}

/** What the shards would push for a Block task, in float64. */
function sumsFor({ x }: Transformed, residual: Float64Array, { ids, values }: Task): Sums[] {
  const [dots, first, offset] = values as unknown as [number, number, number];
  const gramIds = ids.subarray(offset);
  const gram: number[] = [];
  for (let i = first; i < gramIds.length; i++) for (let j = 0; j <= i; j++) gram.push(dot(x[gramIds[i]!]!, x[gramIds[j]!]!));
  const sums: Sums[] = [];
  sums[Channel.Dots] = { keys: { first: 0, count: dots }, width: 1, values: Float64Array.from(ids.subarray(0, dots), (j) => dot(x[j]!, residual)) };
  sums[Channel.Gram] = { keys: { first: 0, count: gram.length }, width: 1, values: Float64Array.from(gram) };
  return sums;
}

/** Runs rounds `depth` deep, as the round loop does, with an empty pipeline after every 7th; `look` sees the blocks in flight after each one is scheduled. */
function runBlocks(problem: Transformed, program: LassoProgram, state: LassoState, { depth, rounds, look }: { depth: number; rounds: number; look: (blocks: readonly Uint32Array[]) => void }): void {
  const open: { round: number; tasks: { task: Task; sums: Sums[] }[]; block: Uint32Array }[] = [];
  const folded = new Float64Array(state.columns);
  const pullOldest = () => {
    const { round, tasks } = open.shift()!;
    for (const { task, sums } of tasks) {
      const { ids, values } = program.pull(round, task, sums);
      ids.forEach((j, k) => (folded[j]! += values[k]!));
    }
  };
  for (let round = 0; round < rounds; round++) {
    if (open.length > depth) pullOldest();
    while (round % 7 === 0 && open.length > 0) pullOldest();
    const residual = residualOf(problem, folded);
    const tasks = [...program.schedule(round)].map((task) => ({ task, sums: sumsFor(problem, residual, task) }));
    open.push({ round, tasks, block: tasks.length === 0 ? new Uint32Array(0) : tasks[0]!.task.ids.subarray(0, tasks[0]!.task.values[0]) });
    look(open.map(({ block }) => block));
  }
  while (open.length > 0) pullOldest();
  folded.forEach((value, j) => expect(Math.abs(value - state.beta[j]!)).toBeLessThan(1e-5 * (1 + Math.abs(value))));
}

const scenes = fc.record({
  kind: fc.integer({ min: 0, max: DRAWS.length - 1 }),
  seed: fc.nat(1000),
  columns: fc.integer({ min: 1, max: 40 }),
  ownPart: fc.double({ min: 0.2, max: 3, noNaN: true }),
  block: fc.integer({ min: 1, max: 8 }),
  depth: fc.nat(3),
  schedulers: fc.integer({ min: 1, max: 5 }),
  threshold: fc.double({ min: 0.05, max: 1, noNaN: true }),
  coupling: fc.constantFrom<BlockOptions['coupling']>('exact', 'independent'),
});

describe('the dependency filter', () => {
  it('lets no pair be in flight together, in one round or in pipelined ones, across scheduler shards, that is not below the threshold', () => {
    let pairs = 0;
    let full = 0;
    fc.assert(
      fc.property(scenes, ({ kind, seed, columns, ownPart, block, depth, schedulers, threshold, coupling }) => {
        const problem = transform(problemOf({ rows: 12, columns, seed, ownPart }), { intercept: true, standardize: true });
        const state = stateOf(problem, 0.01 * alphaMaxOf(problem));
        const draw = new Schedulers(schedulers, { begin: 0, end: columns }, (range, shard) => DRAWS[kind]![1](seed + shard, range));
        const options = { block, depth, threshold, coupling };
        const program = new LassoProgram(state, draw, options);
        runBlocks(problem, program, state, {
          depth,
          rounds: 25,
          look: (blocks) => {
            const flying = blocks.flatMap((ids) => [...ids]);
            expect(blocks.at(-1)!.length).toBeLessThanOrEqual(block);
            expect(new Set(flying).size).toBe(flying.length);
            if (flying.length === block * (depth + 1)) full++;
            for (const [i, a] of flying.entries()) {
              for (const b of flying.slice(0, i)) {
                const [xa, xb] = [problem.x[a]!, problem.x[b]!];
                const norms = Math.sqrt(dot(xa, xa) * dot(xb, xb));
                pairs++;
                if (norms > 0) expect(Math.abs(dot(xa, xb)) / norms).toBeLessThan(threshold + 1e-12);
              }
            }
          },
        });
      }),
      { numRuns: 150, seed: 1 },
    );
    expect(pairs).toBeGreaterThan(10_000);
    expect(full).toBeGreaterThan(100);
  });

  it('goes on with every variable: each is updated again and again', () => {
    for (const [name, make] of DRAWS) {
      const problem = transform(problemOf({ rows: 12, columns: 20, seed: 3, ownPart: 0.5 }), { intercept: true, standardize: true });
      const state = stateOf(problem, 0.01 * alphaMaxOf(problem));
      const draw = new Schedulers(2, { begin: 0, end: 20 }, (range, shard) => make(shard, range));
      const program = new LassoProgram(state, draw, { block: 4, depth: 1, threshold: 0.6, coupling: 'exact' });
      const updates = new Uint32Array(20);
      runBlocks(problem, program, state, { depth: 1, rounds: 3000, look: (blocks) => blocks.at(-1)!.forEach((j) => updates[j]!++) });
      expect(Math.min(...updates), name).toBeGreaterThan(5);
    }
  });
});

describe('a round', () => {
  it('asks for no more than its bound of ids and Gram entries at once, and puts the pieces together', () => {
    const columns = 1500;
    const problem = transform(problemOf({ rows: 3, columns, seed: 4 }), { intercept: false, standardize: false });
    const state = stateOf(problem, 0.01);
    const options = { block: columns, depth: 0, threshold: null, coupling: 'exact' } as const;
    const program = new LassoProgram(state, new Schedulers(1, { begin: 0, end: columns }, (range) => DRAWS[0]![1](0, range)), options);
    const tasks = [...program.schedule(0)];
    expect(tasks.length).toBe(2);
    const sums = tasks.map((task) => sumsFor(problem, problem.y, task));
    for (const [k, task] of tasks.entries()) {
      expect(task.ids.length - task.values[2]!).toBeLessThanOrEqual(mostIds(options));
      expect(sums[k]![Channel.Gram]!.values.length).toBeLessThanOrEqual(GRAM_ENTRIES_PER_TASK);
    }
    const before = judge(problem, state.beta, 0.01).objective;
    expect(program.pull(0, tasks[0]!, sums[0]!).ids).toHaveLength(0);
    expect(program.pull(0, tasks[1]!, sums[1]!).ids.length).toBeGreaterThan(0);
    expect(judge(problem, state.beta, 0.01).objective).toBeLessThan(0.5 * before);
  });
});

const SHARDS = 5;
const problem = problemOf({ rows: 61, columns: 23, seed: 7, density: 0.6 });
const conventions = { intercept: true, standardize: true };

function fitOn(workers: number, options: LassoInput, as: (typeof STORAGES)[number][1] = asDense): Promise<LassoFit> {
  return withCluster({ workers, shards: SHARDS }, (cluster) => fitLasso(cluster, { matrix: matrixFrom(as(problem)), target: problem.y }, parseLassoOptions({ alphaRatio: 0.05, ...conventions, ...options })));
}

function expectOptimum(fit: LassoFit, tol: number): void {
  const transformed = transform(problem, conventions);
  const best = judge(transformed, solve(transformed, fit.alpha), fit.alpha);
  const own = judge(transformed, scaled(transformed, fit.coefficients), fit.alpha);
  expect(fit.stopped).toBe('converged');
  expect(own.objective - best.objective).toBeLessThanOrEqual(tol * best.scale);
}

const SCHEDULES = ['round-robin', 'random', 'priority'] as const;

describe('the optimum', () => {
  for (const schedule of SCHEDULES) {
    for (const dependencyThreshold of [undefined, 0.3]) {
      for (const coupling of ['exact', 'independent'] as const) {
        it(`is reached: ${schedule}, ${coupling}, ${dependencyThreshold ? 'filtered' : 'not filtered'}`, async () => {
          for (const pipeline of [0, 1, 3]) {
            const filter = dependencyThreshold === undefined ? {} : { dependencyThreshold };
            expectOptimum(await fitOn(1, { schedule, coupling, pipeline, block: 3, seed: 5, tol: 1e-7, ...filter }), 1e-7);
          }
        });
      }
    }

    // Other shards draw other variables: the way differs, and where it leads does not.
    it(`is reached with 1, 2 and 4 scheduler shards, and with more than there are columns: ${schedule}`, async () => {
      for (const schedulers of [1, 2, 4, 99]) {
        expectOptimum(await fitOn(1, { schedule, schedulers, block: 3, tol: 1e-7 }), 1e-7);
        expectOptimum(await fitOn(1, { schedule, schedulers, block: 3, tol: 1e-7, pipeline: 2, dependencyThreshold: 0.4 }), 1e-7);
      }
    });
  }

  it('is reached when one block holds every column', async () => {
    for (const filter of [{}, { dependencyThreshold: 0.4 }]) expectOptimum(await fitOn(1, { schedule: 'priority', block: 64, tol: 1e-7, ...filter }), 1e-7);
  });
});

const bits = ({ coefficients, intercept, objective, relativeGap, rounds, certificates }: LassoFit) => ({ coefficients: [...coefficients], intercept, objective, relativeGap, rounds, certificates });

describe('a model', () => {
  const cases: LassoInput[] = [
    { schedule: 'priority', block: 4, seed: 9 },
    { schedule: 'priority', block: 4, seed: 9, dependencyThreshold: 0.3, schedulers: 2 },
    { schedule: 'priority', block: 3, seed: 9, dependencyThreshold: 0.3, pipeline: 2, coupling: 'independent', schedulers: 3 },
    { schedule: 'random', block: 3, seed: 9, dependencyThreshold: 0.3, pipeline: 1 },
    { schedule: 'round-robin', block: 3, dependencyThreshold: 0.3 },
  ];
  for (const [storage, as] of STORAGES) {
    for (const options of cases) {
      it(`has the same bits for 1, 2 and 3 workers: ${storage}, ${JSON.stringify(options)}`, async () => {
        const alone = bits(await fitOn(1, options, as));
        for (const workers of [2, 3]) expect(bits(await fitOn(workers, options, as))).toEqual(alone);
      });
    }
  }
});

describe('what is reported', () => {
  it('is the memory of a scheduler shard: the tree of its range with priorities, nothing without', async () => {
    expect((await fitOn(1, { schedule: 'priority', maxRounds: 1 })).bytesPerScheduler).toBe(new PriorityDraw(0, { begin: 0, end: 23 }).bytes);
    expect((await fitOn(1, { schedule: 'priority', schedulers: 2, maxRounds: 1 })).bytesPerScheduler).toBe(new PriorityDraw(0, { begin: 0, end: 12 }).bytes);
    expect((await fitOn(1, { schedule: 'random', maxRounds: 1 })).bytesPerScheduler).toBe(0);
  });
});

describe('options that do not go together', () => {
  it('are refused in a sentence', () => {
    expect(() => parseLassoOptions({ schedule: 'working-set', dependencyThreshold: 0.1 })).toThrow(/dependencyThreshold: the working set solves the dependencies of its variables/);
    expect(() => parseLassoOptions({ schedulers: 2 })).toThrow(/schedulers: the working set is chosen among all variables by one scheduler/);
    expect(() => parseLassoOptions({ schedule: 'priority', dependencyThreshold: 1.5 })).toThrow(/dependencyThreshold/);
  });
});
