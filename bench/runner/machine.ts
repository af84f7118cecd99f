/** What a figure was measured on, without a host's name: the slug of its results' files, versions, commit. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChosenEngine } from '../../src/engine/choose-engine.js';
import { VERSION } from '../../src/version.js';
import type { Provenance } from './result.js';

/** Root of the repository, from dist/bench/runner. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** 'nvidia-h200', or 'intel-r-xeon-r-processor-2-threads' where the CPU runs the kernels. */
export function machineSlug({ kind, adapter }: Pick<ChosenEngine, 'kind' | 'adapter'>, threads = cpus().length): string {
  const name = kind === 'webgpu' ? adapter : `${adapter.replace(/\(SIMD\)/g, '')} ${threads} threads`;
  return name.replace(/\((r|tm|c)\)/gi, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

export function machineText(): string {
  return `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} threads, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

export function versions(): Provenance['versions'] {
  const { version } = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('webgpu/package.json'), 'utf8')) as { version: string };
  return { strads: VERSION, node: process.version.slice(1), webgpu: version };
}

/** Null outside a clone. What a measurement has just written is no change to what is measured. */
export function commit(): string | null {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const isClean = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!bench/results') === '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${isClean ? '' : '-dirty'}`;
  } catch {
    return null;
  }
}
