/**
 * Dawn, the WebGPU of the npm package `webgpu`, in this Node process. → a GPU object for `createWebGpuEngine`.
 * The package is loaded on the first call, so a process that uses no GPU never loads a driver.
 * Which card it finds follows from the environment the process was started with (gpu-binding.ts).
 */
import { EngineError } from './engine.js';

export interface DawnOptions {
  /** Takes the first adapter whose name contains this. */
  readonly adapter?: string;
  /** `null` compiles shaders and executes nothing, without any driver. */
  readonly backend?: 'null';
}

/** Timestamps rounded to 65 µs are of no use for kernels that take less. */
const FLAGS = ['disable-dawn-features=timestamp_quantization'];

/** GPU objects live as long as the process: one that is collected while a device lives takes the process with it. */
const alive: GPU[] = [];

export async function createDawn(options: DawnOptions = {}): Promise<GPU> {
  const { create } = await loadPackage();
  const gpu = create([...FLAGS, ...Object.entries(options).map(([name, value]) => `${name}=${value}`)]);
  alive.push(gpu);
  return gpu;
}

/** An adapter as its driver names it. */
export interface NamedAdapter {
  readonly backend: string;
  readonly name: string;
}

/**
 * The adapters Dawn finds in this process, in Dawn's order: a GPU object takes the first. Dawn lists them only in
 * the message with which it refuses an adapter of a name that none has.
 */
export async function listAdapters(): Promise<NamedAdapter[]> {
  const gpu = await createDawn({ adapter: '(none has this name)' });
  const refusal = await gpu.requestAdapter().then(
    () => '',
    (error: unknown) => String(error),
  );
  return [...refusal.matchAll(/backend: '([^']*)', name: '(.*)'/g)].map(([, backend, name]) => ({ backend: backend!, name: name! }));
}

async function loadPackage(): Promise<typeof import('webgpu')> {
  try {
    return await import('webgpu');
  } catch (error) {
    const found = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new EngineError(
      `The native part of the npm package "webgpu" does not load on ${process.platform}-${process.arch}: ${found}. ` +
        'It exists for linux and win32 (x64, arm64) and for macOS, and on Linux needs glibc. Use --engine wasm, or reinstall with `npm ci`.',
    );
  }
}
