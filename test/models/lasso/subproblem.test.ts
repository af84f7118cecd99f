import { describe, expect, it } from 'vitest';
import { softThreshold, solveBlock, Subproblem } from '../../../models/lasso/subproblem.js';
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
  const problem = new Subproblem(scene.gram, scene.gradient, scene.start.slice(), scene.alpha);
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
      const problem = new Subproblem(scene.gram, scene.gradient, scene.start.slice(), scene.alpha);
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
    const again = new Subproblem(scene.gram, slopeOf(scene, near), near, scene.alpha);
    expect(again.newton()).toBe(true);
    optimum.forEach((value, j) => expect(again.beta[j]).toBeCloseTo(value, 6));
  });

  it('has no Newton step without a support', () => {
    const scene = sceneOf({ rows: 20, columns: 5, seed: 6 }, 2, false);
    const problem = new Subproblem(scene.gram, scene.gradient, scene.start.slice(), scene.alpha);
    expect(problem.newton()).toBe(false);
    expect(problem.epoch()).toBe(0);
  });

  it('leaves variables without curvature where they are', () => {
    const problem = new Subproblem(Float64Array.of(0, 0, 0, 1), Float64Array.of(9, 9), new Float64Array(2), 1);
    problem.epoch();
    expect([...problem.beta]).toEqual([0, 8]);
  });
});

describe('solveBlock', () => {
  it('solves a diagonal block at once, and any block nearly', () => {
    const beta = new Float64Array(2);
    solveBlock(Float64Array.of(2, 0, 0, 4), Float64Array.of(5, -9), beta, 1);
    expect([...beta]).toEqual([2, -2]);
    const scene = sceneOf({ rows: 60, columns: 20, seed: 1 }, 0.1, false);
    const block = scene.start.slice();
    solveBlock(scene.gram, scene.gradient, block, scene.alpha);
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
