import { afterEach, expect, it } from 'vitest';
import type { Engine, EngineError, Kernel } from '../../src/engine/engine.js';
import type { WebGpuOptions } from '../../src/engine/webgpu.js';
import { measureCeilings } from '../../src/engine/roofline.js';
import { describeOnWebGpu, makeWebGpuEngine } from './lane.js';
import { scale } from './scale-kernel.js';

const engines: Engine[] = [];

async function open(options?: WebGpuOptions): Promise<Engine> {
  const engine = await makeWebGpuEngine(options);
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

/** Two buffers of `count` floats: a = 0, 1, 2, … and b = 0. */
function twoBuffers(engine: Engine, count: number) {
  const a = engine.createBuffer('a', 4 * count);
  const b = engine.createBuffer('b', 4 * count);
  engine.write(a, Float32Array.from({ length: count }, (_, i) => i));
  return { a, b };
}

async function floats(engine: Engine, buffer: ReturnType<Engine['createBuffer']>): Promise<number[]> {
  const [bytes] = await engine.read([{ buffer }]);
  return Array.from(new Float32Array(bytes!));
}

describeOnWebGpu('webgpu engine: order', () => {
  it('keeps writes and dispatches in the order they were called, small and large writes alike', async () => {
    const engine = await open();
    const count = 100_000;
    const buffers = twoBuffers(engine, count);
    const dispatch = (factor: number): void => engine.dispatch({ kernel: scale, buffers, parameters: { count, factor }, workgroups: Math.ceil(count / 64) });
    engine.write(buffers.a, new Float32Array(count).fill(1));
    dispatch(1);
    engine.write(buffers.a, Float32Array.of(10, 10));
    dispatch(1);
    engine.write(buffers.a, new Float32Array(count).fill(100));
    dispatch(1);
    engine.write(buffers.b, Float32Array.of(7), 4 * (count - 1));
    const b = await floats(engine, buffers.b);
    expect(b.slice(0, 3)).toEqual([111, 111, 102]);
    expect(b.slice(-2)).toEqual([102, 7]);
  });

  it('gives every dispatch of a batch its own parameters, past the room of one submission', async () => {
    const engine = await open();
    const buffers = twoBuffers(engine, 2);
    const dispatches = 5000;
    for (let k = 1; k <= dispatches; k++) engine.dispatch({ kernel: scale, buffers, parameters: { count: 2, factor: k % 8 }, workgroups: 1 });
    const expected = Array.from({ length: dispatches }, (_, k) => (k + 1) % 8).reduce((sum, factor) => sum + factor);
    expect(await floats(engine, buffers.b)).toEqual([0, expected]);
  });

  it('folds more workgroups than a dimension holds', async () => {
    const engine = await open();
    const count = 70_000 * 64;
    const buffers = twoBuffers(engine, count);
    engine.write(buffers.a, new Float32Array(count).fill(1));
    engine.dispatch({ kernel: scale, buffers, parameters: { count, factor: 3 }, workgroups: 70_000 });
    const b = await floats(engine, buffers.b);
    expect(b.findIndex((value) => value !== 3)).toBe(-1);
  });

  it('runs what was encoded with a buffer before the buffer is destroyed', async () => {
    const engine = await open();
    const { a, b } = twoBuffers(engine, 4);
    engine.dispatch({ kernel: scale, buffers: { a, b }, parameters: { count: 4, factor: 2 }, workgroups: 1 });
    a.destroy();
    expect(await floats(engine, b)).toEqual([0, 2, 4, 6]);
  });

  it('takes data from shared memory', async () => {
    const engine = await open();
    const { b } = twoBuffers(engine, 4);
    const shared = new Float32Array(new SharedArrayBuffer(16));
    shared.set([1, 2, 3, 4]);
    engine.write(b, shared);
    expect(await floats(engine, b)).toEqual([1, 2, 3, 4]);
  });

  it('answers reads that overlap, each with its own moment', async () => {
    const engine = await open();
    const buffers = twoBuffers(engine, 2);
    const reads = [1, 2, 3].map((factor) => {
      engine.dispatch({ kernel: scale, buffers, parameters: { count: 2, factor }, workgroups: 1 });
      return floats(engine, buffers.b);
    });
    expect(await Promise.all(reads)).toEqual([
      [0, 1],
      [0, 3],
      [0, 6],
    ]);
  });

  it('runs two engines side by side', async () => {
    const [first, second] = [await open(), await open()];
    const results = await Promise.all(
      [first, second].map((engine, index) => {
        const buffers = twoBuffers(engine, 3);
        engine.dispatch({ kernel: scale, buffers, parameters: { count: 3, factor: index + 1 }, workgroups: 1 });
        return floats(engine, buffers.b);
      }),
    );
    expect(results).toEqual([
      [0, 1, 2],
      [0, 2, 4],
    ]);
    expect(() => second.write(first.createBuffer('of the first', 4), new Float32Array(1))).toThrow('belongs to another engine');
  });
});

describeOnWebGpu('webgpu engine: errors', () => {
  it('names file, line and column of a shader that does not compile', async () => {
    const engine = await open();
    const broken: Kernel = { ...scale, name: 'test/broken', wgsl: scale.wgsl.replace('b[i] +', 'b[j] +') };
    const before = broken.wgsl.slice(0, broken.wgsl.indexOf('j]')).split('\n');
    const place = `shaders/test/broken.wgsl:${before.length}:${before.at(-1)!.length + 1}`;
    await expect(engine.prepare([broken])).rejects.toMatchObject({
      name: 'KernelError',
      message: `${place} unresolved value 'j'`,
    });
    await engine.prepare([scale]);
  });

  it('names the kernel whose shader does not fit its table', async () => {
    const engine = await open();
    const misfit: Kernel = { ...scale, name: 'test/misfit', wgsl: `${scale.wgsl}\n`, bindings: scale.bindings.map(({ name }) => ({ name, access: 'read' })) };
    await expect(engine.prepare([misfit])).rejects.toMatchObject({ name: 'KernelError', message: expect.stringContaining('shaders/test/misfit.wgsl') as string });
  });

  it('turns a validation error of the device into a failed engine', async () => {
    const fatal: EngineError[] = [];
    const engine = await open({ onFatal: (error) => fatal.push(error) });
    const { a, b } = twoBuffers(engine, 4);
    // The table promises a larger parameter struct than the device's uniform bindings hold.
    const invalid: Kernel = { ...scale, name: 'test/invalid', wgsl: `${scale.wgsl}// larger`, uniform: { binding: 2, bytes: 1 << 19 } };
    engine.dispatch({ kernel: invalid, buffers: { a, b }, parameters: { count: 4, factor: 1 }, workgroups: 1 });
    await expect(engine.read([{ buffer: b }])).rejects.toMatchObject({ name: 'EngineError', message: expect.stringContaining('reports') as string });
    expect(fatal).toHaveLength(1);
    expect(() => engine.write(a, new Float32Array(1))).toThrow(fatal[0]!);
    await expect(engine.finish()).rejects.toBe(fatal[0]);
    await expect(engine.prepare([scale])).rejects.toBe(fatal[0]);
  });

  it('refuses a buffer above the limit and names the largest that fits', async () => {
    const engine = await open();
    const { bufferBytes } = engine.limits;
    expect(() => engine.createBuffer('huge', bufferBytes + 4)).toThrow(new RegExp(`'huge'.*${bufferBytes + 4} bytes do not fit.*${bufferBytes}`));
  });

  it('refuses work after it was closed, and closes twice', async () => {
    const engine = await open();
    const buffer = engine.createBuffer('a', 4);
    await engine.close();
    await engine.close();
    expect(() => engine.write(buffer, new Float32Array(1))).toThrow('is closed');
    await expect(engine.read([{ buffer }])).rejects.toThrow('is closed');
  });
});

describeOnWebGpu('webgpu engine: ceilings', () => {
  it('are measured with what clock there is, and those of a software adapter are marked', async () => {
    const engine = await open();
    const { bytesPerSecond, flopsPerSecond, software, clock } = await measureCeilings(engine);
    expect(bytesPerSecond).toBeGreaterThan(1e6);
    expect(flopsPerSecond).toBeGreaterThan(1e6);
    expect(software).toBe(engine.software);
    expect(['gpu', 'gpu-quantized', 'host']).toContain(clock);
  });
});
