/** The cost function of every kernel against a meter that counts what its formulas move and compute on a small problem. */
import { describe, expect, it } from 'vitest';
import { all } from '#kernels';
import type { Kernel } from '../../src/engine/engine.js';
import type { MeteredKernel } from './metered-kernel.js';
import { meteredLasso } from './metered-lasso.js';
import { meteredLda } from './metered-lda.js';
import { meteredMf } from './metered-mf.js';
import { Meter } from './metered.js';

const metered: readonly (readonly [Kernel, MeteredKernel])[] = [...meteredLasso, ...meteredLda, ...meteredMf];

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
