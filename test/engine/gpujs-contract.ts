/** What gpu.js kernels promise in every mode, against the same functions run as plain JavaScript in float32 steps. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineError, KernelError } from '../../src/engine/engine.js';
import type { GpuJs, GpuJsMode, JavaScriptKernel, KernelThread } from '../../src/engine/gpujs.js';

const SUM_TOLERANCE = 1e-6;
/** Inputs and products this small may count as 0 in float32. */
const UNDERFLOW = 1e-30;

type DotArguments = [Float32Array, Float32Array, number];

/** Dots of consecutive columns of X with r. */
function dots(this: KernelThread, X: Float32Array, r: Float32Array, rows: number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += X[this.thread.x * rows + i] * r[i];
  return sum;
}

/** In double precision, with the sum of magnitudes that rounding errors are measured by. */
function plainDots(X: Float32Array, r: Float32Array, rows: number, columns: number) {
  return Array.from({ length: columns }, (_, j) => {
    const products = Array.from(r, (value, i) => value * X[j * rows + i]);
    return { sum: products.reduce((a, b) => a + b, 0), size: products.reduce((a, b) => a + Math.abs(b), 0) };
  });
}

const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(step * i));

const small = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });

/** `make` opens gpu.js in the mode. */
export function gpuJsContract(mode: GpuJsMode, make: () => Promise<GpuJs>): void {
  describe(`gpu.js in mode ${mode}`, () => {
    let gpujs: GpuJs;
    let kernel: JavaScriptKernel<DotArguments>;
    beforeAll(async () => {
      gpujs = await make();
      kernel = gpujs.kernel(dots);
    });
    afterAll(() => gpujs.close());

    it('says its mode', () => expect(gpujs.mode).toBe(mode));

    it.each([[0, 5], [1, 1], [1, 7], [5, 64], [64, 3], [65, 65], [3, 999], [3, 1000], [3, 1001], [2, 70_000]])('gives %i dots over %i rows, however long the loop', async (columns, rows) => {
      const X = wave(columns * rows, 0.37);
      const r = wave(rows, 0.011);
      const found = await kernel(columns, X, r, rows);
      expect(found).toBeInstanceOf(Float32Array);
      expect(found).toHaveLength(columns);
      for (const [j, { sum, size }] of plainDots(X, r, rows, columns).entries()) expect(Math.abs(found[j] - sum)).toBeLessThanOrEqual(SUM_TOLERANCE * Math.sqrt(rows) * size);
    });

    it('agrees with plain JavaScript on whatever it is given', async () => {
      const cases = fc.integer({ min: 1, max: 9 }).chain((rows) => fc.record({ r: fc.array(small, { minLength: rows, maxLength: rows }), X: fc.array(fc.array(small, { minLength: rows, maxLength: rows }), { minLength: 1, maxLength: 6 }) }));
      await fc.assert(
        fc.asyncProperty(cases, async ({ r, X }) => {
          const [flat, values] = [Float32Array.from(X.flat()), Float32Array.from(r)];
          const found = await kernel(X.length, flat, values, r.length);
          for (const [j, { sum, size }] of plainDots(flat, values, r.length, X.length).entries()) expect(Math.abs(found[j] - sum)).toBeLessThanOrEqual(SUM_TOLERANCE * size + UNDERFLOW);
        }),
        { numRuns: 30 },
      );
    });

    it('rounds what it is given to float32, and takes lists and integers', async () => {
      const copy = gpujs.kernel(function copy(this: KernelThread, values: Float64Array | number[] | Uint32Array, factor: number) {
        return values[this.thread.x] * factor;
      });
      expect([...(await copy(2, Float64Array.of(0.1, 1e-3), 1))]).toEqual([Math.fround(0.1), Math.fround(1e-3)]);
      expect([...(await copy(2, [1, 2], 0.5))]).toEqual([0.5, 1]);
      expect([...(await copy(2, Uint32Array.of(3, 2 ** 24), 1))]).toEqual([3, 2 ** 24]);
    });

    it('takes an empty array', async () => expect([...(await kernel(2, new Float32Array(0), new Float32Array(0), 0))]).toEqual([0, 0]));

    it('keeps calls apart that nobody waited for in between', async () => {
      const fresh = gpujs.kernel(dots);
      const one = Float32Array.of(1);
      const counts = [3, 1, 4, 2];
      const found = await Promise.all(counts.map((count) => fresh(count, new Float32Array(count).fill(count), one, 1)));
      expect(found.map((values) => [...values])).toEqual(counts.map((count) => new Array<number>(count).fill(count)));
    });

    it('goes on after a call that failed', async () => {
      await expect(kernel(-1, wave(2, 1), wave(2, 1), 2)).rejects.toThrow('kernel dots: its first argument is -1, expected the number of threads: 0, 1, 2, …');
      expect([...(await kernel(1, Float32Array.of(2), Float32Array.of(3), 1))]).toEqual([6]);
    });

    it('refuses what is no argument', async () => {
      const calling = kernel(1, undefined as unknown as Float32Array, wave(1, 1), 1);
      await expect(calling).rejects.toBeInstanceOf(EngineError);
      await expect(calling).rejects.toThrow('kernel dots: argument 1 after the number of threads is undefined, expected a number or an array of numbers');
    });

    it('refuses what is no function of its own, at once', () => {
      const arrow = (values: Float32Array) => values[0];
      expect(() => gpujs.kernel(arrow)).toThrow(/^kernel arrow: expected function \(…\) \{ … \}, found \(values\) => values\[0\]; gpu\.js takes neither arrow functions nor methods$/);
      expect(() => gpujs.kernel(undefined as unknown as typeof arrow)).toThrow('kernel without a name: expected function (…) { … }, found undefined;');
    });

    it('refuses chance that has no seed', () => {
      // eslint-disable-next-line no-restricted-properties -- what is to be refused
      const build = () => gpujs.kernel(function noise() { return Math.random(); });
      expect(build).toThrow(KernelError);
      expect(build).toThrow(/^kernel noise calls Math\.random: runs would differ; draw with randomBits/);
    });

    it('refuses what gpu.js can not compile, and says so of the kernel', async () => {
      const outside = [1, 2];
      const closure = gpujs.kernel(function reachingOut(this: KernelThread) { return outside[this.thread.x]; });
      const listing = gpujs.kernel(function listing(values: number[]) { return values.map((value) => 2 * value)[0]; });
      await expect(closure(2)).rejects.toBeInstanceOf(KernelError);
      await expect(closure(2)).rejects.toThrow(new RegExp(`^kernel reachingOut: gpu\\.js can't run it in mode ${mode}: .*push may do in plain JavaScript\\.$`, 's'));
      await expect(listing(1, [1])).rejects.toThrow(/^kernel listing: gpu\.js can't run it/);
    });
  });
}
