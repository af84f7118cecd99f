/**
 * The WebGPU device of gpu.js, watched. gpu.js makes one for the whole process, writes its errors to the console and hands on what
 * the device still returns; here the first error is kept, and nothing that was computed is handed on any more.
 */
import { EngineError } from './engine.js';

let failure: EngineError | null = null;
const listeners = new Set<(error: EngineError) => void>();
const watched = new WeakSet<GPU>();

/** The error that failed the device; null while there is none. */
export function gpuJsFailure(): EngineError | null {
  return failure;
}

/** Watches every device that this entry point of WebGPU gives from now on; `onFatal` hears of the first error of any. */
export function watchGpu(gpu: GPU, onFatal?: (error: EngineError) => void): void {
  if (onFatal) listeners.add(onFatal);
  if (watched.has(gpu)) return;
  watched.add(gpu);
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    if (adapter) watchAdapter(adapter);
    return adapter;
  };
}

function watchAdapter(adapter: GPUAdapter): void {
  const requestDevice = adapter.requestDevice.bind(adapter);
  adapter.requestDevice = async (descriptor) => {
    const device = await requestDevice(descriptor);
    device.addEventListener('uncapturederror', ({ error }) => fail(`reports: ${error.message}`));
    void device.lost.then(({ reason, message }) => fail(`was lost (${reason}): ${message || 'the driver gives no reason'}. Restart the worker.`));
    return device;
  };
}

function fail(what: string): void {
  if (failure) return;
  failure = new EngineError(`The device of gpu.js ${what}`);
  for (const hear of listeners) hear(failure);
}
