/** The adapter a WebGPU lane of vitest.config.ts runs on, and how its tests are declared: run, or skipped with the reason. */
import { describe, inject } from 'vitest';
import { createDawn } from '../../src/engine/dawn.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Environment } from '../../src/engine/software-adapter.js';
import { createWebGpuEngine, type WebGpuOptions } from '../../src/engine/webgpu.js';

export interface Lane {
  readonly adapter: string | null;
  /** Why the lane cannot run. */
  readonly missing: string | null;
  readonly env: Environment;
}

declare module 'vitest' {
  interface ProvidedContext {
    lane: Lane;
  }
}

/** A group of tests that need the lane's adapter. */
export function describeOnWebGpu(name: string, tests: () => void): void {
  const { adapter, missing } = inject('lane');
  if (missing === null) describe(`${name} on ${adapter}`, tests);
  else describe.skip(`${name}: skipped, ${missing}`, tests);
}

export async function makeWebGpuEngine(options: WebGpuOptions = {}): Promise<Engine> {
  return createWebGpuEngine(await createDawn(), options);
}
