/**
 * What this machine offers to engines, and how to get what is missing. → Diagnosis, plain data for `strads doctor`.
 */
import { readdir } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism, homedir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import type { AdapterReport } from './adapter-report.js';
import { keptCeilings, type MeasuredDevice, measureAndKeep } from './ceilings.js';
import { chooseEngine, cpuName, type ChosenEngine, HOW_TO_GET_A_GPU } from './choose-engine.js';
import { type InstalledGpu, installedGpus } from './gpu-binding.js';
import { EngineError } from './engine.js';
import { probe, type Probe } from './probe.js';
import type { Ceilings } from './roofline.js';
import { type Environment, softwareEnvironment } from './software-adapter.js';
import { createWasmEngine } from './wasm.js';
import { adapterName } from './webgpu.js';

export interface Diagnosis {
  /** "linux-x64" */
  readonly platform: string;
  readonly node: string;
  readonly cpu: { readonly name: string; readonly threads: number; readonly memoryBytes: number };
  /** What WebGPU finds as the machine is, and the driver's complaint if it finds nothing. */
  readonly adapters: readonly AdapterReport[];
  readonly problem: string | null;
  /** The software adapter of the development packages; null where they do not carry one. */
  readonly softwareAdapter: AdapterReport | null;
  /** GPUs on the PCI bus that this process may open, whether or not a Vulkan driver drives them. */
  readonly gpus: readonly InstalledGpu[];
  /** Files that stand for a Vulkan loader and for Vulkan drivers. Empty off Linux, where they are not needed. */
  readonly vulkan: { readonly loaders: readonly string[]; readonly drivers: readonly string[] };
  readonly wasm: { readonly simd: boolean; readonly threads: boolean };
  /** Modes gpu.js reports; empty when the package does not load. */
  readonly gpujs: readonly string[];
  /** What `--engine auto` takes. */
  readonly auto: ChosenEngine;
  /** Ceilings of the engines here, as far as they were measured. */
  readonly ceilings: readonly MeasuredCeilings[];
  /** A sentence for each missing thing: what, and how to get it. */
  readonly missing: readonly string[];
}

export type MeasuredCeilings = MeasuredDevice & Ceilings;

const LIBRARY_FOLDERS = ['/usr/lib', '/usr/lib64', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/local/lib', '/lib'];
const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d', join(homedir(), '.local/share/vulkan/icd.d')];

/** A built file, also when this one runs from source. */
const CEILINGS_CHILD = join(dirname(createRequire(import.meta.url).resolve('strads/package.json')), 'dist', 'src', 'engine', 'ceilings-child.js');

/** Modules of one function: a v128 constant dropped; an atomic fence. */
const SIMD_MODULE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23, 1, 21, 0, 253, 12, ...new Array<number>(16).fill(0), 26, 11];
const THREADS_MODULE = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 7, 1, 5, 0, 254, 3, 0, 11];

export async function diagnose(): Promise<Diagnosis> {
  const [found, softwareAdapter, gpus, loaders, drivers] = await Promise.all([probe(), bundledAdapter(), installedGpus(), vulkanLoaders(), vulkanDrivers()]);
  const auto = await chooseEngine('auto', { probe: () => Promise.resolve(found), softwareEnvironment });
  const facts = {
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
    cpu: { name: cpuName(), threads: availableParallelism(), memoryBytes: totalmem() },
    adapters: found.adapters,
    problem: found.problem,
    softwareAdapter,
    gpus,
    vulkan: { loaders, drivers },
    wasm: { simd: WebAssembly.validate(Uint8Array.from(SIMD_MODULE)), threads: WebAssembly.validate(Uint8Array.from(THREADS_MODULE)) },
    gpujs: gpuJsModes(),
    auto,
    ceilings: await allKept(found.adapters),
  };
  return { ...facts, missing: missingThings(facts) };
}

/** Of the CPU, and of the adapter that an engine gets. */
async function allKept(adapters: readonly AdapterReport[]): Promise<MeasuredCeilings[]> {
  const devices = [wasmDevice(), ...adapters.slice(0, 1).map(webGpuDevice)];
  const kept = await Promise.all(devices.map(async (device) => ({ device, ceilings: await keptCeilings(device) })));
  return kept.flatMap(({ device, ceilings }) => (ceilings ? [{ ...device, ...ceilings }] : []));
}

function wasmDevice(): MeasuredDevice {
  return { kind: 'wasm', adapter: cpuName(), driver: '' };
}

function webGpuDevice({ device, architecture, vendor, driver }: AdapterReport): MeasuredDevice {
  return { kind: 'webgpu', adapter: adapterName({ device, architecture, vendor, description: driver }), driver };
}

/** Measures the ceilings of the CPU and, where there is one, of the hardware GPU that an engine gets. Throws EngineError where one has none to show. */
export async function measureHere(): Promise<void> {
  await measureAndKeep(() => createWasmEngine({ adapter: cpuName() }));
  if ((await probe()).adapters[0]?.type !== 'hardware') return;
  const { status, stderr } = spawnSync(process.execPath, [CEILINGS_CHILD], { encoding: 'utf8' });
  if (status !== 0) throw new EngineError(`The ceilings of the GPU could not be measured: ${stderr.trim().split('\n')[0] || 'the process that measures them crashed'}.`);
}

async function bundledAdapter(): Promise<AdapterReport | null> {
  const env: Environment | null = await softwareEnvironment().catch(() => null);
  const found: Probe | null = env && (await probe(env));
  return found?.adapters[0] ?? null;
}

async function vulkanLoaders(): Promise<string[]> {
  const folders = [...LIBRARY_FOLDERS, ...(process.env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder)];
  return filesIn(folders, (name) => name === 'libvulkan.so.1');
}

async function vulkanDrivers(): Promise<string[]> {
  const named = (process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES || '').split(':').filter((file) => file);
  return named.length > 0 ? named : filesIn(DRIVER_FOLDERS, (name) => name.endsWith('.json'));
}

async function filesIn(folders: readonly string[], wanted: (name: string) => boolean): Promise<string[]> {
  const found = await Promise.all(folders.map(async (folder) => (await readdir(folder).catch(() => [])).filter(wanted).map((name) => join(folder, name))));
  return found.flat();
}

function gpuJsModes(): string[] {
  try {
    const { GPU } = createRequire(import.meta.url)('gpu.js') as { GPU: Record<string, boolean> };
    return [...(GPU.isWebGPUSupported ? ['webgpu'] : []), ...(GPU.isWebAssemblySupported ? ['webasm'] : []), 'cpu'];
  } catch {
    return [];
  }
}

function missingThings({ platform, adapters, gpus, vulkan, wasm, gpujs, problem }: Omit<Diagnosis, 'missing'>): string[] {
  const hardware = adapters.some(({ type }) => type === 'hardware');
  const missing: string[] = [];
  if (!hardware && platform.startsWith('linux')) {
    if (vulkan.loaders.length === 0) missing.push('No Vulkan loader (libvulkan.so.1): install the package libvulkan1 (Fedora: vulkan-loader).');
    if (vulkan.drivers.length === 0) missing.push('No Vulkan driver file (icd.d/*.json): install mesa-vulkan-drivers 25 or newer for AMD and Intel, or the NVIDIA driver.');
    if (gpus.some(({ vendor }) => vendor === '10de')) missing.push('An NVIDIA GPU is there but not through Vulkan: in a container, let NVIDIA_DRIVER_CAPABILITIES include graphics.');
    if (gpus.length === 0) missing.push('No GPU on the PCI bus that this process may open: in a container, pass the device in (--gpus all, or --device /dev/dri).');
  } else if (!hardware) missing.push(`No hardware GPU answers${problem ? ` (${problem})` : ''}. ${HOW_TO_GET_A_GPU}`);
  if (!wasm.simd || !wasm.threads) missing.push(`Node ${process.version} lacks WebAssembly ${wasm.simd ? 'threads' : 'SIMD'}: use Node 20.11 or newer.`);
  if (gpujs.length === 0) missing.push('gpu.js does not load: custom programs with JavaScript kernels need it. Reinstall with `npm ci`.');
  return missing;
}
