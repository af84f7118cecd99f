/** Ceilings of a device: measured on an engine of its own, kept for its driver and version, and no more than that. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ceilingsOf, keptCeilings, measureAndKeep } from '../../src/engine/ceilings.js';
import type { Engine } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/wasm.js';

const DEVICE = { kind: 'wasm', adapter: 'A CPU', driver: '' } as const;

let made: Engine[];
const makeEngine = async () => {
  const engine = await createWasmEngine({ adapter: DEVICE.adapter, memoryBytes: 16 << 20 });
  made.push(engine);
  return engine;
};

describe('ceilings', () => {
  let folder: string;
  beforeEach(() => {
    made = [];
    folder = mkdtempSync(join(tmpdir(), 'strads-ceilings-'));
    vi.stubEnv('XDG_CACHE_HOME', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  it('are measured once, on an engine that is closed again, and kept', async () => {
    expect(await keptCeilings(DEVICE)).toBeNull();
    const first = await ceilingsOf(DEVICE, makeEngine);
    expect(first).toMatchObject({ software: false, clock: 'host' });
    expect(first.bytesPerSecond).toBeGreaterThan(1e6);
    expect(first.flopsPerSecond).toBeGreaterThan(1e6);
    expect(await keptCeilings(DEVICE)).toEqual(first);
    expect(await ceilingsOf(DEVICE, makeEngine)).toEqual(first);
    expect(made).toHaveLength(1);
    await expect(made[0]!.finish()).rejects.toThrow(/closed/);
    expect(readdirSync(join(folder, 'strads'))).toEqual([expect.stringMatching(/^ceilings-[0-9a-f]{16}\.json$/)]);
  });

  it('belong to one adapter and one driver', async () => {
    await measureAndKeep(makeEngine);
    expect(await keptCeilings({ ...DEVICE, adapter: 'Another CPU' })).toBeNull();
    expect(await keptCeilings({ ...DEVICE, kind: 'webgpu' })).toBeNull();
    expect(await keptCeilings({ ...DEVICE, kind: 'webgpu', driver: '1.2' })).toBeNull();
  });

  it('are measured by one process at a time', async () => {
    const both = await Promise.all([ceilingsOf(DEVICE, makeEngine), ceilingsOf(DEVICE, makeEngine)]);
    expect(both[0]).toEqual(both[1]);
    expect(made).toHaveLength(1);
  });

  it('are measured again where what was kept is broken', async () => {
    const first = await ceilingsOf(DEVICE, makeEngine);
    const [name] = readdirSync(join(folder, 'strads'));
    for (const text of ['', '{', JSON.stringify({ ...first, bytesPerSecond: -1 })]) {
      writeFileSync(join(folder, 'strads', name!), text);
      expect(await keptCeilings(DEVICE)).toBeNull();
    }
    expect((await ceilingsOf(DEVICE, makeEngine)).bytesPerSecond).toBeGreaterThan(1e6);
  });

  it('need no folder to be kept in', async () => {
    const blocked = join(folder, 'file');
    writeFileSync(blocked, '');
    vi.stubEnv('XDG_CACHE_HOME', blocked);
    expect((await ceilingsOf(DEVICE, makeEngine)).bytesPerSecond).toBeGreaterThan(1e6);
    expect(await keptCeilings(DEVICE)).toBeNull();
  });
});
