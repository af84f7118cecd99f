/**
 * Which engine a worker gets. A request (`--engine`) → the kind, the environment to start the worker's process with,
 * and a sentence that says why.
 */
import { cpus } from 'node:os';
import type { AdapterReport } from './adapter-report.js';
import { type EngineKind, EngineError } from './engine.js';
import { hardwareNames, probe, type Probe } from './probe.js';
import { type Environment, softwareEnvironment } from './software-adapter.js';

export type EngineRequest = 'auto' | EngineKind;

export interface ChosenEngine {
  readonly kind: EngineKind;
  /** Variables the worker's process is started with, beside those it inherits. */
  readonly env: Environment;
  /** Human name of the device. */
  readonly adapter: string;
  /** True for a software rasterizer. */
  readonly software: boolean;
  /** Hardware GPUs this kind of engine finds here: how many workers can have one of their own. */
  readonly gpus: number;
  readonly why: string;
}

/** Where a choice looks for adapters; a test answers in its place. */
export interface Adapters {
  readonly probe: (env: Environment) => Promise<Probe>;
  readonly softwareEnvironment: () => Promise<Environment | null>;
}

export const HOW_TO_GET_A_GPU =
  'Install the Vulkan driver of the GPU (NVIDIA: the proprietary driver; AMD and Intel: mesa-vulkan-drivers 25 or newer) and the loader libvulkan1; ' +
  'in a container, let NVIDIA_DRIVER_CAPABILITIES include graphics.';

const TESTING_ONLY = 'a software adapter is for testing shaders, never for training';

export async function chooseEngine(request: EngineRequest, adapters: Adapters = { probe, softwareEnvironment }): Promise<ChosenEngine> {
  if (request === 'wasm') return wasm('--engine wasm was asked for');
  const found = await adapters.probe({});
  const hardware = found.adapters[0]?.type === 'hardware' ? found.adapters[0] : null;
  if (hardware) return webgpu(hardware, {}, hardwareNames(found).length, `${hardware.name} answers over ${hardware.backend}`);
  const noHardware = whyNoHardware(found);
  return request === 'auto' ? wasm(noHardware) : software(found, noHardware, adapters);
}

/** The name of the CPU a wasm engine runs on. */
export function cpuName(): string {
  return `${cpus()[0]?.model.trim() ?? process.arch} (SIMD)`;
}

function wasm(why: string): ChosenEngine {
  return { kind: 'wasm', env: {}, adapter: cpuName(), software: false, gpus: 0, why: `${why}, so the CPU runs the kernels as SIMD WebAssembly.` };
}

function webgpu({ name, type }: AdapterReport, env: Environment, gpus: number, why: string): ChosenEngine {
  return { kind: 'webgpu', env, adapter: name, software: type === 'software', gpus, why: `${why}.` };
}

/** A software adapter the machine has, else the one that comes with the development packages. */
async function software(found: Probe, noHardware: string, adapters: Adapters): Promise<ChosenEngine> {
  const installed = found.adapters[0];
  if (installed) return webgpu(installed, {}, 0, `${noHardware}, so ${installed.name} runs the shaders: ${TESTING_ONLY}`);
  const env = await adapters.softwareEnvironment();
  const bundled = env && (await adapters.probe(env)).adapters[0];
  if (bundled) return webgpu(bundled, env, 0, `${noHardware}, so ${bundled.name} runs the shaders: ${TESTING_ONLY}`);
  throw new EngineError(
    `--engine webgpu: ${noHardware}, and there is no software adapter either. ${HOW_TO_GET_A_GPU} ` +
      'To test shaders on linux-x64 without a GPU: npm install --save-dev @sparticuz/chromium@143. To train on the CPU: --engine wasm.',
  );
}

function whyNoHardware({ adapters, problem }: Probe): string {
  if (adapters.length > 0) return `no hardware GPU answers, only ${adapters[0]!.name}`;
  return problem ? `no hardware GPU answers (${problem})` : 'no hardware GPU answers';
}
