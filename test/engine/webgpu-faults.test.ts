import { expect, it } from 'vitest';
import { createDawn } from '../../src/engine/dawn.js';
import type { Engine, EngineError } from '../../src/engine/engine.js';
import { createWebGpuEngine } from '../../src/engine/webgpu.js';
import { watchDevices } from './faulty-gpu.js';
import { describeOnWebGpu } from './lane.js';

interface Opened {
  readonly engine: Engine;
  readonly device: GPUDevice;
  readonly fatal: EngineError[];
}

async function open(): Promise<Opened> {
  let device: GPUDevice | undefined;
  const fatal: EngineError[] = [];
  const engine = await createWebGpuEngine(watchDevices(await createDawn(), (made) => (device = made)), { onFatal: (error) => fatal.push(error) });
  return { engine, device: device!, fatal };
}

/** The next buffer is one that the device refuses, as when it has no memory left. */
function failNextBuffer(device: GPUDevice): void {
  const createBuffer = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    device.createBuffer = createBuffer;
    return createBuffer({ ...descriptor, size: device.limits.maxBufferSize + 4 });
  };
}

/** A copy beyond the end of a buffer. */
function submitInvalid(device: GPUDevice): void {
  const [source, target] = [0x04, 0x08].map((usage) => device.createBuffer({ size: 16, usage }));
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(source!, 0, target!, 0, 32);
  device.queue.submit([encoder.finish()]);
}

describeOnWebGpu('webgpu engine: a device that fails', () => {
  it('out of memory rejects the next read, naming the buffer and the largest that fits', async () => {
    const { engine, device, fatal } = await open();
    const kept = engine.createBuffer('kept', 64);
    const popErrorScope = device.popErrorScope.bind(device);
    device.popErrorScope = async () => {
      await popErrorScope();
      return { message: 'no memory of the required type' };
    };
    engine.createBuffer('factors', 4096);
    await expect(engine.read([{ buffer: kept }])).rejects.toMatchObject({
      name: 'EngineError',
      message: expect.stringMatching(
        new RegExp(`out of memory: buffer 'factors' of 4096 bytes does not fit beside the 64 bytes.*largest single buffer is ${engine.limits.bufferBytes} bytes`),
      ) as string,
    });
    expect(fatal).toHaveLength(1);
    await engine.close();
  });

  it('a lost device rejects the read under way and every later call', async () => {
    const { engine, device, fatal } = await open();
    const buffer = engine.createBuffer('a', 64);
    const underWay = engine.read([{ buffer }]);
    device.destroy();
    await expect(underWay).rejects.toMatchObject({ name: 'EngineError', message: expect.stringMatching(/was lost|broke off/) as string });
    await device.lost;
    await expect(engine.finish()).rejects.toBe(fatal[0]);
    expect(() => engine.createBuffer('b', 4)).toThrow(fatal[0]!);
    expect(fatal).toHaveLength(1);
    await engine.close();
  });

  it('an error the device reports between two calls reaches the second, on one line', async () => {
    const { engine, device, fatal } = await open();
    const buffer = engine.createBuffer('a', 64);
    device.createBuffer({ size: 4, usage: 0x1 | 0x2 });
    await expect(engine.read([{ buffer }])).rejects.toMatchObject({ name: 'EngineError', message: expect.stringMatching(/^The device .* reports: [^\n]+$/) as string });
    expect(fatal).toHaveLength(1);
    await engine.close();
  });

  it('a device lost between two calls rejects the second', async () => {
    const { engine, device, fatal } = await open();
    device.destroy();
    await device.lost;
    await expect(engine.finish()).rejects.toThrow(/was lost \(destroyed\).*Restart the worker/);
    expect(fatal).toHaveLength(1);
    await engine.close();
  });

  it('a lost device rejects what only waits for it', async () => {
    const { engine, device, fatal } = await open();
    engine.write(engine.createBuffer('a', 64), new Float32Array(16));
    const underWay = engine.finish();
    device.destroy();
    await expect(underWay).rejects.toMatchObject({ name: 'EngineError' });
    expect(fatal).toHaveLength(1);
    await engine.close();
  });

  it('a device that does not say whether it has the memory has failed', async () => {
    const { engine, device, fatal } = await open();
    const kept = engine.createBuffer('kept', 64);
    device.popErrorScope = () => Promise.reject(new Error('the scope is gone'));
    engine.createBuffer('factors', 4096);
    await expect(engine.read([{ buffer: kept }])).rejects.toThrow(/does not say whether buffer 'factors' was made: the scope is gone/);
    expect(fatal).toHaveLength(1);
    await engine.close();
  });

  it.each([
    ['what it copies results into can’t be made', (device: GPUDevice) => failNextBuffer(device)],
    ['commands that are not valid were submitted', (device: GPUDevice) => submitInvalid(device)],
  ])('delivers no result when %s', async (_what, fail) => {
    const { engine, device, fatal } = await open();
    const buffer = engine.createBuffer('a', 64);
    engine.write(buffer, new Float32Array(16).fill(1));
    fail(device);
    await expect(engine.read([{ buffer }])).rejects.toMatchObject({ name: 'EngineError' });
    expect(fatal).toHaveLength(1);
    await engine.close();
  });

  it('closing on purpose is no failure', async () => {
    const { engine, device, fatal } = await open();
    const reading = engine.read([{ buffer: engine.createBuffer('a', 64) }]);
    await Promise.all([reading, engine.close()]);
    await device.lost;
    expect(fatal).toEqual([]);
  });

  it('a GPU object without an adapter is an error that says what to do', async () => {
    const none = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(createWebGpuEngine(none)).rejects.toThrow('strads doctor');
  });
});
