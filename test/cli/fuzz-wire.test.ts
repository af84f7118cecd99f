/** Mutated connections to a real scheduler and worker beside their run; `npm run fuzz -- wire` makes ten thousand. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './strads.js';

describe('mutated connections', () => {
  it.runIf(process.platform === 'linux')('change nothing: the run beside ends with its bits, and nothing stays open', async () => {
    const output = await new Promise<string>((resolve) => execFile(process.execPath, [join(ROOT, 'dist/test/fuzz/main.js'), 'wire', '--seed', '3', '--frames', '1000', '--connections', '300', '--sweeps', '150'], (_error, stdout, stderr) => resolve(stdout + stderr)));
    expect(output).toMatch(/^300 connections beside \d runs, 0 findings$/m);
  });
});
