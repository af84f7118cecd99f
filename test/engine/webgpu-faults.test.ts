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
