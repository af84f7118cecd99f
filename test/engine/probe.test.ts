import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AdapterReport } from '../../src/engine/adapter-report.js';
import { chooseEngine, type ChosenEngine } from '../../src/engine/choose-engine.js';
import { diagnose } from '../../src/engine/diagnose.js';
import { gpuEnvironments, installedGpus, type InstalledGpu } from '../../src/engine/gpu-binding.js';
import { probe, probeAdapters, type Probe } from '../../src/engine/probe.js';
import { readTar, softwareEnvironment, type Environment } from '../../src/engine/software-adapter.js';

const software = await softwareEnvironment();
const folder = await mkdtemp(join(tmpdir(), 'strads-probe-'));
afterAll(() => rm(folder, { recursive: true }));

const NO_DRIVER = { VK_DRIVER_FILES: '/nowhere/icd.json', VK_ICD_FILENAMES: '', LD_LIBRARY_PATH: '' };

/** An adapter as a probe would report it. */
function adapter(name: string, type: AdapterReport['type'] = 'hardware', backend = 'vulkan'): AdapterReport {
  return {
    name,
    vendor: 'nvidia',
    architecture: 'hopper',
    device: name,
    backend,
    driver: 'driver 1.0',
    type,
    isFallback: false,
    features: { subgroups: true, f16: false, timestamps: true },
    limits: { bufferBytes: 2 ** 31, storageBuffers: 16, workgroupInvocations: 1024, workgroupBytes: 49152, workgroupsPerDimension: 65535 },
  };
}

function found(...adapters: AdapterReport[]): Probe {
  return { adapters, problem: null };
}

describe('probe', () => {
  it.skipIf(!software)('reports the software adapter in full', async () => {
    const [report] = await probeAdapters(software!);
    expect(report).toMatchObject({ name: expect.stringContaining('SwiftShader') as string, backend: 'vulkan', type: 'software', isFallback: true });
    expect(report!.limits.bufferBytes).toBeGreaterThan(2 ** 27);
  });

  it.skipIf(process.platform !== 'linux')('finds nothing where there is no driver, and repeats the complaint', async () => {
    const { adapters, problem } = await probe(NO_DRIVER);
    expect(adapters).toEqual([]);
    expect(problem).toMatch(/\S/);
  });

  it.skipIf(process.platform === 'win32')('survives a driver that crashes', async () => {
    const crash = join(folder, 'crash.cjs');
    await writeFile(crash, 'process.abort();');
    expect(await probe({ NODE_OPTIONS: `--require ${crash}` })).toEqual({ adapters: [], problem: expect.stringContaining('SIGABRT') as string });
  });
});

describe('choice of an engine', () => {
  const adapters = (here: Probe, bundled: Probe | null = null) => ({
    probe: (env: Environment) => Promise.resolve(env.BUNDLED ? bundled! : here),
    softwareEnvironment: () => Promise.resolve(bundled && { BUNDLED: '1' }),
  });
  const swiftShader = found(adapter('SwiftShader', 'software'));

  it('auto takes a hardware GPU that answers, and counts what there is', async () => {
    const choice = await chooseEngine('auto', adapters(found(adapter('H200'), adapter('H200'), adapter('H200', 'hardware', 'opengl'))));
    expect(choice).toEqual({ kind: 'webgpu', env: {}, adapter: 'H200', software: false, gpus: 2, why: 'H200 answers over vulkan.' });
  });

  it('auto takes the CPU otherwise, also beside a software adapter', async () => {
    const choice = await chooseEngine('auto', adapters(swiftShader, swiftShader));
    expect(choice).toMatchObject({ kind: 'wasm', env: {}, software: false, gpus: 0 });
    expect(choice.why).toBe('no hardware GPU answers, only SwiftShader, so the CPU runs the kernels as SIMD WebAssembly.');
  });

  it('webgpu falls back to a software adapter and says what that is for', async () => {
    const choice = await chooseEngine('webgpu', adapters({ adapters: [], problem: 'no loader' }, swiftShader));
    expect(choice).toMatchObject({ kind: 'webgpu', env: { BUNDLED: '1' }, software: true, gpus: 0 });
    expect(choice.why).toBe('no hardware GPU answers (no loader), so SwiftShader runs the shaders: a software adapter is for testing shaders, never for training.');
  });

  it('webgpu without any adapter says what to install', async () => {
    await expect(chooseEngine('webgpu', adapters(found()))).rejects.toThrow(/libvulkan1.*NVIDIA_DRIVER_CAPABILITIES.*@sparticuz\/chromium.*--engine wasm/);
  });

  it('wasm looks for no GPU', async () => {
    const never = () => Promise.reject(new Error('asked for adapters'));
    expect(await chooseEngine('wasm', { probe: never, softwareEnvironment: never })).toMatchObject({ kind: 'wasm', why: expect.stringContaining('--engine wasm') as string });
  });
});

describe('one GPU a worker', () => {
  const hardware: ChosenEngine = { kind: 'webgpu', env: {}, adapter: 'H200', software: false, gpus: 2, why: '' };
  const cards: InstalledGpu[] = [
    { address: '0000:01:00.0', vendor: '10de', device: '2335' },
    { address: '0000:c1:00.0', vendor: '10de', device: '2335' },
  ];
  /** A machine with these cards, whose drivers show what `visible` says under an environment. */
  const machine = (gpus: InstalledGpu[], visible: (env: Environment) => string[]) => ({
    gpus: () => Promise.resolve(gpus),
    probe: (env: Environment) => Promise.resolve(found(...visible(env).map((name) => adapter(name)))),
  });

  it('binds equal cards by their PCI address', async () => {
    const environments = await gpuEnvironments(hardware, 2, machine(cards, (env) => (env.DRI_PRIME ? ['H200'] : ['H200', 'H200'])));
    expect(environments).toEqual([
      { DRI_PRIME: 'pci-0000_01_00_0!', VK_LOADER_DEVICE_SELECT: '0x10de:0x2335' },
      { DRI_PRIME: 'pci-0000_c1_00_0!', VK_LOADER_DEVICE_SELECT: '0x10de:0x2335' },
    ]);
  });

  it('accepts cards of different models that are only moved to the front', async () => {
    const mixed = [cards[0]!, { address: '0000:c1:00.0', vendor: '1002', device: '744c' }];
    const order = (env: Environment) => (env.VK_LOADER_DEVICE_SELECT?.startsWith('0x1002') ? ['RX 7900', 'H200'] : ['H200', 'RX 7900']);
    expect(await gpuEnvironments(hardware, 2, machine(mixed, order))).toHaveLength(2);
  });

  it('refuses equal cards that a process cannot tell apart', async () => {
    const binding = gpuEnvironments(hardware, 2, machine(cards, () => ['H200', 'H200']));
    await expect(binding).rejects.toThrow(/webgpu:2 cannot bind.*0000:01:00\.0.*still sees H200, H200.*mesa-vulkan-drivers.*NVIDIA_VISIBLE_DEVICES/);
  });

  it('goes round when there are more workers than GPUs', async () => {
    const one = (env: Environment) => (env.DRI_PRIME?.includes('01:00') ? ['H200 0'] : env.DRI_PRIME ? ['H200 1'] : ['H200', 'H200']);
    const [first, second, third] = await gpuEnvironments(hardware, 3, machine(cards, one));
    expect(third).toEqual(first);
    expect(second).not.toEqual(first);
    expect(await gpuEnvironments(hardware, 2, machine(cards.slice(0, 1), () => ['H200']))).toEqual([{}, {}]);
  });

  it('refuses cards whose addresses are hidden', async () => {
    await expect(gpuEnvironments(hardware, 2, machine([], () => ['H200', 'H200']))).rejects.toThrow('PCI addresses are not visible');
  });

  it('leaves one worker alone, and gives software adapters to any number', async () => {
    expect(await gpuEnvironments(hardware, 1, machine(cards, () => ['H200', 'H200']))).toEqual([{}]);
    const env = { VK_DRIVER_FILES: 'icd.json' };
    expect(await gpuEnvironments({ ...hardware, software: true, env }, 3, machine([], () => []))).toEqual([env, env, env]);
  });

  it('reads from the PCI bus the GPUs whose device files are there', async () => {
    const root = join(folder, 'root');
    const file = async (path: string, text: string) => {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    };
    const device = async (address: string, kind: string, vendor: string, id: string) => {
      for (const [name, text] of [['class', kind], ['vendor', vendor], ['device', id]]) await file(`sys/bus/pci/devices/${address}/${name}`, `0x${text}\n`);
    };
    await device('0000:c1:00.0', '030200', '10de', '2335');
    await file('proc/driver/nvidia/gpus/0000:c1:00.0/information', 'Model: H200\nDevice Minor: \t 5\n');
    await file('dev/nvidia5', '');
    await device('0000:03:00.0', '030000', '1002', '744c');
    await mkdir(join(root, 'sys/bus/pci/devices/0000:03:00.0/drm/renderD129'), { recursive: true });
    await file('dev/dri/renderD129', '');
    await device('0000:04:00.0', '030000', '10de', '2335');
    await device('0000:02:00.0', '030000', '1a03', '2000');
    await device('0000:00:1f.0', '060100', '8086', '7a84');
    expect(await installedGpus(root)).toEqual([
      { address: '0000:03:00.0', vendor: '1002', device: '744c' },
      { address: '0000:c1:00.0', vendor: '10de', device: '2335' },
    ]);
    expect(await installedGpus(join(root, 'elsewhere'))).toEqual([]);
  });
});

describe('software adapter', () => {
  it.skipIf(!software)('unpacks once, also when asked for at the same time', async () => {
    const all = await Promise.all([softwareEnvironment(), softwareEnvironment()]);
    expect(all[0]).toEqual(all[1]);
    const files = await readdir(dirname(software!.VK_DRIVER_FILES!));
    expect(files.sort()).toEqual(['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json']);
  });

  it('reads the plain files of a tar archive and refuses what does not add up', () => {
    const tar = tarOf('./driver.json', '{}');
    expect(readTar(tar, 'a.tar').map(({ name, data }) => [name, new TextDecoder().decode(data)])).toEqual([['driver.json', '{}']]);
    expect(() => readTar(tar.subarray(0, 513), 'a.tar')).toThrow('a.tar: the archive ends inside "./driver.json"');
    tar[0] = 0x41;
    expect(() => readTar(tar, 'a.tar')).toThrow('a.tar: the tar header at byte 0 has a wrong checksum');
  });
});

describe('diagnosis', () => {
  it('collects what there is and a sentence for each thing missing', async () => {
    const diagnosis = await diagnose();
    expect(diagnosis).toMatchObject({ platform: `${process.platform}-${process.arch}`, node: process.version, wasm: { simd: true, threads: true } });
    expect(diagnosis.gpujs).toContain('cpu');
    expect(diagnosis.auto.kind).toBe(diagnosis.adapters[0]?.type === 'hardware' ? 'webgpu' : 'wasm');
    for (const sentence of diagnosis.missing) expect(sentence).toMatch(/: .*\.$/s);
  });
});

/** A tar archive of one file. */
function tarOf(name: string, content: string): Uint8Array {
  const tar = new Uint8Array(1536);
  const put = (text: string, at: number) => tar.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  put('        0', 148);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  put(content, 512);
  return tar;
}
