/**
 * One GPU a worker process: an engine choice and a number of workers → the environment to start each worker with.
 *
 * Dawn takes the first adapter the Vulkan loader lists, and a process cannot tell two equal cards apart, so the card is
 * chosen outside: `DRI_PRIME=pci-…!` makes Mesa's device-select layer show a process nothing but the card at that PCI
 * address (the layer serves every driver, NVIDIA's too, where the package mesa-vulkan-drivers is installed), and
 * `VK_LOADER_DEVICE_SELECT` makes the loader list first a card of that vendor and device id. NVIDIA's Vulkan driver
 * honours no variable of its own for this; CUDA_VISIBLE_DEVICES does not reach it.
 *
 * These variables follow the documentation of the loader and of Mesa. Since they do nothing where a layer is missing,
 * nothing is taken on trust: every environment is probed, and one that does not single out a card is refused.
 */
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChosenEngine } from './choose-engine.js';
import { EngineError } from './engine.js';
import { hardwareNames, probe, type Probe } from './probe.js';
import type { Environment } from './software-adapter.js';

/** A GPU on the PCI bus that this process may open. Ids are four hexadecimal digits. */
export interface InstalledGpu {
  /** "0000:01:00.0" */
  readonly address: string;
  readonly vendor: string;
  readonly device: string;
}

/** What a binding asks the machine; a test answers in its place. */
export interface Machine {
  readonly gpus: () => Promise<readonly InstalledGpu[]>;
  readonly probe: (env: Environment) => Promise<Probe>;
}

const THIS_MACHINE: Machine = { gpus: () => installedGpus(), probe };

/** Display and 3D controllers; what a server has for its console is of none of these vendors. */
const GPU_CLASS = /^0x03(00|02|80)/;
const GPU_VENDORS = ['10de', '1002', '8086'];

/**
 * The environment of worker 0, 1, …: worker i gets GPU i mod the number of GPUs, so that a run may have more workers
 * than the machine has cards. Throws EngineError where several GPUs can't be told apart.
 */
export async function gpuEnvironments(choice: ChosenEngine, workers: number, machine: Machine = THIS_MACHINE): Promise<Environment[]> {
  const everywhere = Array.from({ length: workers }, () => choice.env);
  if (choice.software || choice.kind !== 'webgpu' || workers < 2) return everywhere;
  const used = Math.min(workers, hardwareNames(await machine.probe(choice.env)).length);
  if (used < 2) return everywhere;
  const gpus = await machine.gpus();
  if (gpus.length < used) throw new EngineError(`${cannotBind(used)}: their PCI addresses are not visible here (/sys/bus/pci). ${ONE_BY_ONE}`);
  const bound = gpus.slice(0, used).map((gpu) => ({ gpu, env: { ...choice.env, ...selectors(gpu) } }));
  await requireDistinct(bound, machine);
  return everywhere.map((_, worker) => bound[worker % used]!.env);
}

/** GPUs on the PCI bus of a Linux machine whose device files this process can open, by address. */
export async function installedGpus(root = '/'): Promise<InstalledGpu[]> {
  const bus = join(root, 'sys/bus/pci/devices');
  const addresses = await readdir(bus).catch(() => []);
  const found = await Promise.all(addresses.sort().map((address) => readGpu(root, join(bus, address), address)));
  return found.filter((gpu) => gpu !== null);
}

async function readGpu(root: string, folder: string, address: string): Promise<InstalledGpu | null> {
  const [kind, vendor, device] = await Promise.all(['class', 'vendor', 'device'].map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  const gpu = { address, vendor: vendor!.trim().replace('0x', ''), device: device!.trim().replace('0x', '') };
  if (!GPU_CLASS.test(kind!) || !GPU_VENDORS.includes(gpu.vendor)) return null;
  const files = await deviceFiles(root, folder, address);
  const present = await Promise.all(files.map((file) => access(join(root, 'dev', file)).then(() => true, () => false)));
  return present.includes(true) ? gpu : null;
}

/** Files under /dev through which a driver reaches the card; a container sees the card on the bus without having them. */
async function deviceFiles(root: string, folder: string, address: string): Promise<string[]> {
  const drm = await readdir(join(folder, 'drm')).catch(() => []);
  const nvidia = await readFile(join(root, 'proc/driver/nvidia/gpus', address, 'information'), 'utf8').catch(() => '');
  const minor = /Device Minor:\s*(\d+)/.exec(nvidia)?.[1];
  return [...drm.filter((name) => name.startsWith('renderD')).map((name) => join('dri', name)), ...(minor ? [`nvidia${minor}`] : [])];
}

function selectors({ address, vendor, device }: InstalledGpu): Environment {
  return { DRI_PRIME: `pci-${address.replace(/[:.]/g, '_')}!`, VK_LOADER_DEVICE_SELECT: `0x${vendor}:0x${device}` };
}

/** A card is singled out when it is the only adapter left, or the first one and of a model of its own. */
async function requireDistinct(bound: readonly { readonly gpu: InstalledGpu; readonly env: Environment }[], machine: Machine): Promise<void> {
  const seen = await Promise.all(bound.map(async ({ env }) => hardwareNames(await machine.probe(env))));
  seen.forEach((names, worker) => {
    const first = names[0];
    const alone = names.length === 1;
    const ofItsOwn = first !== undefined && names.lastIndexOf(first) === 0 && seen.filter(([other]) => other === first).length === 1;
    if (alone || ofItsOwn) return;
    throw new EngineError(
      `${cannotBind(bound.length)}: started for the GPU at ${bound[worker]!.gpu.address}, a process still sees ${names.join(', ') || 'no GPU'}. ` +
        `Install mesa-vulkan-drivers, whose device-select layer singles a card out. ${ONE_BY_ONE}`,
    );
  });
}

const ONE_BY_ONE = 'Or start one worker for each GPU yourself, in containers that see one GPU each (NVIDIA_VISIBLE_DEVICES=0, 1, …).';

function cannotBind(workers: number): string {
  return `webgpu:${workers} cannot bind each worker to a GPU of its own`;
}
