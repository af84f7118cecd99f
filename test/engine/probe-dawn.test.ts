import { expect, it, vi } from 'vitest';
import { createDawn } from '../../src/engine/dawn.js';

vi.mock('webgpu', () => {
  throw new Error('GLIBC_2.38 not found');
});

it('a native binding that does not load is an error that says what to do', async () => {
  await expect(createDawn()).rejects.toMatchObject({
    name: 'EngineError',
    message: expect.stringMatching(new RegExp(`"webgpu" does not load on ${process.platform}-${process.arch}: .*--engine wasm`)) as string,
  });
});
