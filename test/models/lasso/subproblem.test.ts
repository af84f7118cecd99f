import { describe, expect, it } from 'vitest';
import { softThreshold, solveBlock, Subproblem, type Block, type BlockPenalty } from '../../../models/lasso/row-cut/subproblem.js';
import { alphaMaxOf, problemOf, transform, gradientOf, type Recipe } from './problems.js';

interface Scene {
  readonly size: number;
  readonly gram: Float64Array;
  readonly gradient: Float64Array;
  readonly start: Float64Array;
  readonly alpha: number;
}

/** A working set of all columns; its coefficients start anywhere, and the gradient belongs to them. */
function sceneOf(recipe: Recipe, ratio: number, started: boolean): Scene {
  const problem = transform(problemOf(recipe), { intercept: true, standardize: false });
  const { x, rows } = problem;
  const size = x.length;
  const gram = Float64Array.from(x.flatMap((a) => x.map((b) => a.reduce((sum, value, i) => sum + value * b[i], 0) / rows)));
  const start = Float64Array.from({ length: size }, (_, j) => (started && j % 2 === 0 ? (j % 3) - 1 : 0));
  return { size, gram, gradient: gradientOf(problem, start), start, alpha: ratio * alphaMaxOf(problem) };
}

/** α ||b||₁ of `size` variables. */
const plain = (size: number, alpha: number): BlockPenalty => ({ l1: new Float64Array(size).fill(alpha), l2: new Float64Array(size), nonNegative: false });

const blockOf = ({ size, gram, gradient, start, alpha }: Scene): Block => ({ gram, gradient, beta: start.slice(), ...plain(size, alpha) });

/** g - G (b - β), afresh. */
function slopeOf({ size, gram, gradient, start }: Scene, beta: Float64Array): Float64Array {
  return gradient.map((value, i) => beta.reduce((slope, b, j) => slope - gram[i * size + j] * (b - start[j]), value));
}

/** ½ (b - β)'G(b - β) - g'(b - β) + α Σ|b|. */
function objectiveOf(scene: Scene, beta: Float64Array): number {
  const slope = slopeOf(scene, beta);
  return beta.reduce((sum, b, j) => sum + scene.alpha * Math.abs(b) - ((b - scene.start[j]) * (scene.gradient[j] + slope[j])) / 2, 0);
}

/** How far the optimality conditions are violated. */
function violation(scene: Scene, beta: Float64Array): number {
  const { alpha } = scene;
  return slopeOf(scene, beta).reduce((worst, slope, j) => Math.max(worst, beta[j] === 0 ? Math.abs(slope) - alpha : Math.abs(slope - alpha * Math.sign(beta[j]))), 0);
}

const recipes: [string, Recipe][] = [
  ['more samples than variables', { rows: 60, columns: 20, seed: 1 }],
  ['a support that could exceed the samples', { rows: 8, columns: 40, seed: 2 }],
  ['duplicate, opposite, constant and empty columns', { rows: 30, columns: 25, seed: 3, awkward: true }],
  ['columns that are nearly one', { rows: 40, columns: 12, seed: 4, ownPart: 0.05 }],
  ['a single column', { rows: 10, columns: 1, seed: 5 }],
];

const MOST_CYCLES = 400;

function solved(scene: Scene, onNewton: (problem: Subproblem) => void = () => undefined): Subproblem {
  const problem = new Subproblem(blockOf(scene));
  for (let cycle = 0; cycle < MOST_CYCLES; cycle++) {
    for (let epoch = 0; epoch < 10; epoch++) if (problem.epoch() === 0) return problem;
    problem.newton();
    onNewton(problem);
  }
  return problem;
}

describe('Subproblem', () => {
  for (const [title, recipe] of recipes) {
    for (const ratio of [0.5, 0.1, 0.001]) {
      for (const started of [false, true]) {
        it(`meets the optimality conditions: ${title}, α = ${ratio} α_max, from ${started ? 'somewhere' : '0'}`, () => {
          const scene = sceneOf(recipe, ratio, started);
          const { beta, slope } = solved(scene);
          const unit = Math.max(...scene.gradient.map(Math.abs), scene.alpha);
          expect(violation(scene, beta) / unit).toBeLessThan(1e-12);
          slopeOf(scene, beta).forEach((value, j) => expect(Math.abs(slope[j] - value) / unit).toBeLessThan(1e-12));
        });
      }
    }
  }

  it('never lets the objective rise, neither by an epoch nor by a Newton step', () => {
    for (const [, recipe] of recipes) {
      const scene = sceneOf(recipe, 0.01, true);
      const problem = new Subproblem(blockOf(scene));
      let before = objectiveOf(scene, problem.beta);
      const rounding = 1e-13 * Math.abs(before);
      for (let step = 0; step < 60; step++) {
        if (step % 3 === 2) problem.newton();
        else problem.epoch();
        const after = objectiveOf(scene, problem.beta);
        expect(after).toBeLessThanOrEqual(before + rounding);
        before = after;
      }
    }
  });

  it('takes one Newton step where signs and support are right', () => {
    const scene = sceneOf({ rows: 60, columns: 20, seed: 1 }, 0.1, false);
    const problem = solved(scene);
    const optimum = problem.beta.slice();
    const near = optimum.map((value) => value * 1.01);
    const again = new Subproblem({ ...blockOf(scene), gradient: slopeOf(scene, near), beta: near });
    expect(again.newton()).toBe(true);
    optimum.forEach((value, j) => expect(again.beta[j]).toBeCloseTo(value, 6));
  });

  it('has no Newton step without a support', () => {
    const scene = sceneOf({ rows: 20, columns: 5, seed: 6 }, 2, false);
    const problem = new Subproblem(blockOf(scene));
    expect(problem.newton()).toBe(false);
    expect(problem.epoch()).toBe(0);
  });

  it('leaves variables without curvature where they are', () => {
    const problem = new Subproblem({ gram: Float64Array.of(0, 0, 0, 1), gradient: Float64Array.of(9, 9), beta: new Float64Array(2), ...plain(2, 1) });
    problem.epoch();
    expect([...problem.beta]).toEqual([0, 8]);
  });
});

describe('a subproblem with thresholds of its own', () => {
  /** How far b is from where one variable alone would go, in units of the gradient. */
  function unrest({ gram, gradient, start, size }: Scene, { l1, l2, nonNegative }: BlockPenalty, beta: Float64Array): number {
    return beta.reduce((worst, b, i) => {
      const curvature = gram[i * size + i] + l2[i];
      if (gram[i * size + i] === 0) return worst;
      const slope = beta.reduce((sum, other, j) => sum - gram[i * size + j] * (other - start[j]), gradient[i]) - l2[i] * b;
      const goal = softThreshold(b + slope / curvature, l1[i] / curvature);
      return Math.max(worst, curvature * Math.abs((nonNegative ? Math.max(0, goal) : goal) - b));
    }, 0);
  }

  for (const [title, recipe] of recipes) {
    for (const nonNegative of [false, true]) {
      for (const started of [false, true]) {
        it(`meets the optimality conditions: ${title}, ${nonNegative ? 'β ≥ 0' : 'any sign'}, from ${started ? 'somewhere' : '0'}`, () => {
          const scene = sceneOf(recipe, 0.05, started);
          if (nonNegative) scene.start.forEach((value, j) => (scene.start[j] = Math.abs(value)));
          const penalty = {
            l1: Float64Array.from({ length: scene.size }, (_, j) => (j % 5 === 2 ? 0 : scene.alpha * (1 + (j % 3)))),
            l2: Float64Array.from({ length: scene.size }, (_, j) => (j % 5 === 2 ? 0 : (j % 2) * 0.1)),
            nonNegative,
          };
          const problem = new Subproblem({ ...blockOf(scene), ...penalty });
          for (let cycle = 0; cycle < MOST_CYCLES; cycle++) {
            for (let epoch = 0; epoch < 10; epoch++) problem.epoch();
            problem.newton();
          }
          const unit = Math.max(...scene.gradient.map(Math.abs), scene.alpha);
          expect(unrest(scene, penalty, problem.beta) / unit).toBeLessThan(1e-11);
          if (nonNegative) expect(Math.min(...problem.beta)).toBeGreaterThanOrEqual(0);
        });
      }
    }
  }

  it('takes variables without penalty through 0 in one Newton step', () => {
    const gram = Float64Array.of(2, 0, 0, 1);
    const problem = new Subproblem({ gram, gradient: Float64Array.of(-4, 1), beta: Float64Array.of(1, 0), l1: new Float64Array(2), l2: new Float64Array(2), nonNegative: false });
    expect(problem.newton()).toBe(true);
    expect(problem.beta[0]).toBeCloseTo(-1, 5);
    expect(problem.beta[1]).toBeCloseTo(1, 5);
  });
});

describe('solveBlock', () => {
  it('solves a diagonal block at once, and any block nearly', () => {
    const beta = new Float64Array(2);
    solveBlock({ gram: Float64Array.of(2, 0, 0, 4), gradient: Float64Array.of(5, -9), beta, ...plain(2, 1) });
    expect([...beta]).toEqual([2, -2]);
    const scene = sceneOf({ rows: 60, columns: 20, seed: 1 }, 0.1, false);
    const block = scene.start.slice();
    solveBlock({ ...blockOf(scene), beta: block });
    const best = objectiveOf(scene, solved(scene).beta);
    const initial = objectiveOf(scene, scene.start);
    expect((objectiveOf(scene, block) - best) / (initial - best)).toBeLessThan(1e-2);
  });
});

describe('softThreshold', () => {
  it.each([
    [3, 1, 2],
    [-3, 1, -2],
    [1, 1, 0],
    [-1, 1, 0],
    [0.5, 0, 0.5],
    [0, 0, 0],
  ])('S(%d, %d) = %d', (u, threshold, expected) => expect(softThreshold(u, threshold)).toBe(expected));
});
