import { describe, expect, it } from 'vitest';
import { GpuJs, type KernelThread } from '../../src/engine/gpujs.js';
import { gpuJsContract } from './gpujs-contract.js';

gpuJsContract('webasm', () => Promise.resolve(new GpuJs(null)));

describe('gpu.js in mode webasm', () => {
  it('adds up in float32, one after another: the same bits on every machine', async () => {
    const gpujs = new GpuJs(null);
    const total = gpujs.kernel(function total(this: KernelThread, values: Float32Array, count: number) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += values[i];
      return sum;
    });
    const values = Float32Array.from({ length: 5000 }, (_, i) => 1 / (1 + i));
    expect([...(await total(1, values, values.length))]).toEqual([values.reduce((sum, value) => Math.fround(sum + value), 0)]);
    await gpujs.close();
  });
});
