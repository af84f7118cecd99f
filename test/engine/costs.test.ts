/** The cost function of every kernel against a meter that counts what its formulas move and compute on a small problem. */
import { describe, expect, it } from 'vitest';
import { all, roofline } from '#kernels';
import type { Kernel } from '../../src/engine/engine.js';
import type { MeteredKernel } from './metered-kernel.js';
import { meteredLasso } from './metered-lasso.js';
import { meteredLda } from './metered-lda.js';
import { meteredMf } from './metered-mf.js';
import { Meter } from './metered.js';

const copy: MeteredKernel = (meter) => {
  const [source, target] = [meter.buffer(new Float32Array(12)), meter.buffer(new Float32Array(12))];
  for (let i = 0; i < 12; i++) target.set(i, source.get(i));
  return { parameters: { count: 3 }, counts: {} };
};

const multiplyAdd: MeteredKernel = (meter) => {
  const [values, sums] = [meter.buffer([1, 2, 3]), meter.buffer([0, 0, 0])];
  for (let i = 0; i < 3; i++) {
    let chains = Array.from({ length: 32 }, (_, c) => meter.add(values.get(i), c));
    for (let step = 0; step < 4; step++) chains = chains.map((x) => meter.plus(0.3, x, 0.5));
    sums.set(i, chains.reduce((sum, x) => meter.add(sum, x)));
  }
  return { parameters: { count: 3, steps: 4, factor: 0.5, addend: 0.3 }, counts: {} };
};

const metered: readonly (readonly [Kernel, MeteredKernel])[] = [...meteredLasso, ...meteredLda, ...meteredMf, [roofline.copy, copy], [roofline.multiplyAdd, multiplyAdd]];

describe('costs', () => {
  it.each(metered.map(([kernel, run], k) => ({ kernel, run, title: `${kernel.name} (${k})` })))('of $title are what its formulas move and compute', ({ kernel, run }) => {
    const meter = new Meter();
    const { parameters, counts } = run(meter);
    const found = kernel.cost(parameters, counts);
    expect(found).toEqual({ bytes: meter.bytes, flops: meter.flops });
  });

  it('leave no kernel out', () => {
    expect([...new Set(metered.map(([{ name }]) => name))].sort()).toEqual(all.map(({ name }) => name).sort());
  });
});
