/** The example: right by an oracle, the same bits at any number of workers, and honest about where it ran. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Draw, RunOptions, RunOutcome } from '../../src/author.js';
import { example, strads, type Problem, type Ridge } from './examples.js';

const LAMBDA = 0.5;
const SHARDS = 6;
const problem = example.makeProblem({ rows: 310, columns: 21, seed: 3 });
const range = { begin: 0, end: problem.columns };

interface Fitted {
  readonly ridge: Ridge;
  readonly outcome: RunOutcome;
}

async function fit(options: Partial<RunOptions> = {}, { draw = new strads.RandomDraw(7, range) as Draw, block = 4, data = problem, shards = SHARDS } = {}): Promise<Fitted> {
  const ridge = new example.Ridge({ columns: data.columns, lambda: LAMBDA, block, draw });
  const outcome = await strads.run({ program: ridge, range, shards: example.cutByRows(data, shards), rounds: 1000, until: () => ridge.distance < 1e-3, ...options });
  return { ridge, outcome };
}

/** (X'X + λI) b = X'y by Gauss–Jordan elimination with pivots, in float64. */
function normalEquations({ rows, columns, X, y }: Problem): number[] {
  const system = Array.from({ length: columns }, (_, j) =>
    Array.from({ length: columns + 1 }, (_, k) => {
      let sum = j === k ? LAMBDA : 0;
      for (let i = 0; i < rows; i++) sum += X[i * columns + j] * (k === columns ? y[i] : X[i * columns + k]);
      return sum;
    }),
  );
  for (let p = 0; p < columns; p++) {
    const pivot = system.slice(p).reduce((best, row, i) => (Math.abs(row[p]) > Math.abs(system[best][p]) ? p + i : best), p);
    [system[p], system[pivot]] = [system[pivot], system[p]];
    for (const [q, row] of system.entries()) {
      if (q === p) continue;
      const factor = row[p] / system[p][p];
      for (let k = p; k <= columns; k++) row[k] -= factor * system[p][k];
    }
  }
  return system.map((row, p) => row[columns] / row[p]);
}

const distanceTo = (oracle: readonly number[], { coefficients }: Ridge) => Math.hypot(...oracle.map((b, j) => b - coefficients[j]));

function assertBefore(round: number, last: number): void {
  if (round >= last) throw new Error('the test stops here');
}

describe('ridge regression', () => {
  const oracle = normalEquations(problem);

  it('finds the solution of the normal equations, and bounds its distance from it', async () => {
    const { ridge, outcome } = await fit();
    expect(outcome.stopped).toBe('until');
    expect(ridge.distance).toBeLessThan(1e-3);
    expect(distanceTo(oracle, ridge)).toBeLessThan(1e-5);
    expect(distanceTo(oracle, ridge)).toBeLessThanOrEqual(ridge.distance);
  });

  it.each<[string, () => Draw]>([
    ['in turn', () => new strads.RoundRobinDraw(range)],
    ['by priority', () => new strads.PriorityDraw(7, range)],
  ])('finds it with variables drawn %s', async (_how, draw) => {
    const { ridge } = await fit({}, { draw: draw() });
    expect(distanceTo(oracle, ridge)).toBeLessThan(1e-5);
  });

  it.each([[1, 1], [21, 3], [64, 4]])('finds it with blocks of %i in %i shards', async (block, shards) => {
    const { ridge } = await fit({}, { block, shards });
    expect(distanceTo(oracle, ridge)).toBeLessThan(1e-5);
  });

  it('finds it where a shard is empty or has one row', async () => {
    const data = example.makeProblem({ rows: 5, columns: 21, seed: 4 });
    const { ridge } = await fit({}, { data, shards: 7 });
    expect(distanceTo(normalEquations(data), ridge)).toBeLessThanOrEqual(ridge.distance);
  });

  it('has the same bits in this process and in 1, 2 and 3 worker processes', async () => {
    const alone = await fit();
    const others = await Promise.all([1, 2, 3].map((count) => fit({ workers: `wasm:${count}` })));
    for (const { ridge, outcome } of others) {
      expect(ridge.coefficients).toEqual(alone.ridge.coefficients);
      expect(ridge.gradient).toEqual(alone.ridge.gradient);
      expect(outcome.rounds).toBe(alone.outcome.rounds);
    }
    expect(others.map(({ outcome }) => outcome.workers.map(({ shards }) => shards))).toEqual([[6], [3, 3], [2, 2, 2]]);
  });

  it('goes on from a checkpoint to the same bits, with other workers', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strads-ridge-'));
    const alone = await fit();
    const checkpoint = { folder, resume: true };
    const interrupted = fit({ workers: 2, checkpoint: { ...checkpoint, every: 0.001 }, observe: ({ round }) => assertBefore(round, alone.outcome.rounds - 10) });
    await expect(interrupted).rejects.toThrow('the test stops here');
    const resumed: unknown[] = [];
    const { ridge } = await fit({ workers: 3, checkpoint: { ...checkpoint, observe: ({ kind }) => resumed.push(kind) } });
    expect(resumed[0]).toBe('resumed');
    expect(ridge.coefficients).toEqual(alone.ridge.coefficients);
    expect(ridge.gradient).toEqual(alone.ridge.gradient);
  });

  it('has other bits with another seed', async () => {
    const [first, second] = await Promise.all([1, 2].map((seed) => fit({ rounds: 3, until: undefined }, { draw: new strads.RandomDraw(seed, range) })));
    expect(first.ridge.coefficients).not.toEqual(second.ridge.coefficients);
  });

  it('says what gpu.js ran on, and counts what every worker did', async () => {
    const { outcome } = await fit({ workers: 'wasm:2', rounds: 5, until: undefined });
    expect(outcome).toMatchObject({ rounds: 5, stopped: 'rounds' });
    expect(outcome.workers).toMatchObject([0, 1].map((i) => ({ name: `wasm-${i}`, engine: 'wasm', gpujs: 'webasm', shards: 3, pushes: 15 })));
    for (const { bytesSent, bytesReceived } of outcome.workers) expect(Math.min(bytesSent, bytesReceived)).toBeGreaterThan(0);
    expect(outcome.bytes).toBeGreaterThan(problem.X.byteLength);
  });

  it('solves small systems as the elimination does', () => {
    const A = Float64Array.of(4, 2, 0.6, 2, 2, 0.5, 0.6, 0.5, 3);
    const b = Float64Array.of(1, 2, 3);
    const x = example.solve(A, b);
    for (let i = 0; i < 3; i++) expect(x.reduce((sum, value, k) => sum + A[3 * i + k] * value, 0)).toBeCloseTo(b[i], 12);
  });
});
