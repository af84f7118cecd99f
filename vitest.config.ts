/**
 * Three lanes. `main` runs every test that needs no GPU in its own process; the two `webgpu` lanes run
 * `webgpu*.test.ts` on a hardware adapter and on SwiftShader. A driver is found through the environment a process
 * is started with, so a lane's variables are those of its forks. A lane without an adapter skips its tests and says why.
 */
import { defineConfig } from 'vitest/config';
import type { Lane } from './test/engine/lane.js';
import { probe } from './src/engine/probe.js';
import { softwareEnvironment } from './src/engine/software-adapter.js';

const WEBGPU_TESTS = 'test/**/webgpu*.test.ts';

/** A software adapter compiles and runs shaders slowly, and two cores may be all there is. */
const shared = { pool: 'forks' as const, testTimeout: 60_000, hookTimeout: 60_000 };

async function hardwareLane(): Promise<Lane> {
  const { adapters, problem } = await probe();
  const hardware = adapters[0]?.type === 'hardware' ? adapters[0].name : null;
  return { adapter: hardware, missing: hardware ? null : `no hardware GPU answers${problem ? ` (${problem})` : ''}`, env: {} };
}

async function softwareLane(): Promise<Lane> {
  const env = await softwareEnvironment();
  const missing = env ? null : `@sparticuz/chromium carries no SwiftShader for ${process.platform}-${process.arch} here`;
  return { adapter: env && 'SwiftShader', missing, env: env ?? {} };
}

const webgpuProject = (name: string, lane: Lane) => ({
  test: { ...shared, name, include: [WEBGPU_TESTS], env: lane.env, provide: { lane } },
});

export default defineConfig(async () => ({
  test: {
    projects: [
      { test: { ...shared, name: 'main', include: ['test/**/*.test.ts'], exclude: [WEBGPU_TESTS] } },
      webgpuProject('webgpu-hardware', await hardwareLane()),
      webgpuProject('webgpu-software', await softwareLane()),
    ],
  },
}));
