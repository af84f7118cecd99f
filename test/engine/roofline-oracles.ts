/** Float64 oracles of the kernels that measure what a device can do. */
import { roofline } from '#kernels';
import { numbers } from './matrices.js';
import type { KernelCase, KernelOracle } from './oracle.js';

/** Around a twin's step of 4 and a workgroup of 256. */
const COUNTS = [0, 1, 3, 4, 5, 255, 256, 257, 1000];

function copyCase(count: number): KernelCase {
  const source = numbers('reals', 4 * count, count);
  const words = new Uint32Array(source.buffer);
  return { title: `${count} vectors of reals`, buffers: { source, target_: new Float32Array(4 * count) }, parameters: { count }, workgroups: Math.ceil(count / 256), expected: { target_: { words } } };
}

/** A rounded multiply-add may be off by an ulp of what it leads to, and twice so where it is rounded twice; later steps shrink that by the factor. */
function chainCase(count: number, steps: number, factor: number, addend: number): KernelCase {
  const values = Float32Array.from({ length: count }, (_, i) => (i % 7) - 3);
  const expected = { values: new Float64Array(count), bounds: new Float64Array(count) };
  for (let i = 0; i < count; i++) {
    let sizes = 0;
    for (let c = 0; c < 32; c++) {
      let [x, error] = [values[i] + c, 0];
      for (let step = 0; step < steps; step++) {
        const product = x * factor;
        x = product + addend;
        error = error * Math.abs(factor) + 2 ** -22 * (Math.abs(product) + Math.abs(x));
      }
      expected.values[i] += x;
      expected.bounds[i] += error;
      sizes += Math.abs(x);
    }
    // The sum of 32 numbers in a tree of 5 levels; integers add up without an error.
    expected.bounds[i] += steps === 0 ? 0 : 5 * 2 ** -23 * sizes;
  }
  return {
    title: `${count} reals, ${steps} steps of ${factor} and ${addend}`,
    buffers: { values, sums: new Float32Array(count) },
    parameters: { count, steps, factor, addend },
    workgroups: Math.ceil(count / 256),
    expected: { sums: expected },
  };
}

export function rooflineOracles(): KernelOracle[] {
  const chains = [...COUNTS.map((count) => chainCase(count, 5, 0.5, 1)), ...[0, 1, 2, 100].flatMap((steps) => [chainCase(33, steps, 0.75, 0.375), chainCase(33, steps, -0.5, 3)])];
  return [
    { kernel: roofline.copy, cases: COUNTS.map(copyCase) },
    { kernel: roofline.multiplyAdd, cases: chains },
  ];
}
