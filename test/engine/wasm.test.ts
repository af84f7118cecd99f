/** The WebAssembly engine: the contract and the kernels, and what only it promises about memory. */
import { describe, expect, it } from 'vitest';
import { createWasmEngine } from '../../src/engine/wasm.js';
import { engineContract } from './contract.js';
import { kernelOracles } from './kernels.js';
import { profileContract } from './profile-contract.js';

const makeEngine = () => createWasmEngine({ memoryBytes: 64 << 20 });

engineContract('wasm', makeEngine);
profileContract('wasm', makeEngine);
kernelOracles('wasm', makeEngine);

describe('wasm: memory', () => {
  it('keeps views valid while it grows, and uses freed memory again', async () => {
    const engine = await createWasmEngine({ memoryBytes: 8 << 20 });
    const first = engine.createBuffer('first', 4);
    const view = engine.hostView(first)!;
    for (let turn = 0; turn < 20; turn++) engine.createBuffer('block', 6 << 20).destroy();
    engine.write(first, Uint8Array.of(1, 2, 3, 4));
    expect([...view]).toEqual([1, 2, 3, 4]);
    await engine.close();
  });

  it('says when free memory is in pieces', async () => {
    const engine = await createWasmEngine({ memoryBytes: 1 << 20 });
    const blocks = Array.from({ length: 4 }, (_, index) => engine.createBuffer(`block ${index}`, 256 * 1000));
    blocks[0].destroy();
    blocks[2].destroy();
    expect(() => engine.createBuffer('large', 400_000)).toThrow(/'large': 400000 bytes do not fit in one piece.* 256000 bytes/s);
    blocks[1].destroy();
    engine.createBuffer('large', 3 * 256 * 1000);
    await engine.close();
  });

  it.each([0, 1000, 2 ** 33, 65_536.5])('refuses a memory of %d bytes', async (memoryBytes) => {
    await expect(createWasmEngine({ memoryBytes })).rejects.toThrow(/65536 to 4294967296/);
  });

  it('gives its processor the name it was told', async () => {
    const engine = await createWasmEngine({ adapter: 'Example CPU (SIMD)' });
    expect(engine.adapter).toBe('Example CPU (SIMD)');
    expect(engine.software).toBe(false);
    await engine.close();
  });
});
