/**
 * Kernels written as plain JavaScript functions, through gpu.js, for programs of one's own. In: a function that a thread
 * runs, arrays and numbers. Out: the float32 that each thread returns. A thread reads whatever it likes and writes
 * nothing (gather only); all arithmetic is float32, integers are exact up to 2^24.
 */
import { GPU as GpuJsLibrary, type IKernelRunShortcut } from 'gpu.js';
import { EngineError, KernelError } from './engine.js';
import { gpuJsFailure, watchGpu } from './gpujs-device.js';

/** What gpu.js runs kernels on: WebAssembly on the CPU, or WebGPU. */
export type GpuJsMode = 'webasm' | 'webgpu';

/** Arrays become float32 on their way in. */
export type KernelArgument = number | readonly number[] | Float32Array | Float64Array | Uint32Array;

/** `this` inside a kernel: `this.thread.x` is the thread's number, 0 … count - 1. */
export interface KernelThread {
  readonly thread: { readonly x: number };
}

/** What one thread computes. gpu.js compiles its source text, so it uses its arguments, Math and nothing else around it. */
export type KernelFunction<Arguments extends KernelArgument[]> = (this: KernelThread, ...values: Arguments) => number;

/**
 * Runs `count` threads and resolves to what they return, in order. The arguments stay as they are until then.
 * Rejects with KernelError when gpu.js can't compile the function, EngineError when the arguments are none.
 */
export type JavaScriptKernel<Arguments extends KernelArgument[]> = (count: number, ...values: Arguments) => Promise<Float32Array>;

/** gpu.js stops a loop whose length an argument decides after 1000 passes, silently, unless it is given another number. */
const LONGEST_LOOP = 2 ** 31 - 1;

/** It takes no empty array. Nothing of this one is read where an empty one was given. */
const STANDS_FOR_EMPTY = new Float32Array(1);

/** gpu.js in one mode. It never changes its mode: what it can't run there is refused, not run elsewhere. */
export class GpuJs {
  readonly mode: GpuJsMode;
  readonly #library: GpuJsLibrary;

  /** `gpu`: the entry point of WebGPU, which the mode webgpu runs on; null: the mode is webasm. `onFatal` hears of the error that failed its device. */
  constructor(gpu: GPU | null, onFatal?: (error: EngineError) => void) {
    this.mode = gpu ? 'webgpu' : 'webasm';
    if (gpu) offerToGpuJs(gpu, onFatal);
    this.#library = new GpuJsLibrary({ mode: this.mode });
  }

  /** Makes a kernel of a function; it is compiled when it is first called. Throws KernelError for what can't be one. */
  kernel<Arguments extends KernelArgument[]>(body: KernelFunction<Arguments>): JavaScriptKernel<Arguments> {
    const name = nameOf(body);
    const compiled = this.#compile(name, checkedSource(body, name));
    let last: Promise<unknown> = Promise.resolve();
    return (count, ...values) => {
      // Calls take turns: the size of the output belongs to the kernel, not to the call.
      const turn = last.then(() => this.#run(name, compiled, count, values));
      last = turn.catch(() => undefined);
      return turn;
    };
  }

  /** Frees what the kernels hold. */
  async close(): Promise<void> {
    await this.#library.destroy();
  }

  #compile(name: string, source: string): IKernelRunShortcut {
    const refuseFallback = (): never => {
      throw new KernelError(this.#refusal(name, compiled.kernel.fallbackReason ?? 'it would run on the CPU instead'));
    };
    const settings = { output: [1], dynamicOutput: true, dynamicArguments: true, precision: 'single' as const, loopMaxIterations: LONGEST_LOOP, onRequestFallback: refuseFallback };
    const compiled = this.#library.createKernel(source, settings);
    return compiled;
  }

  async #run(name: string, compiled: IKernelRunShortcut, count: number, values: readonly KernelArgument[]): Promise<Float32Array> {
    if (!Number.isSafeInteger(count) || count < 0) throw new EngineError(`kernel ${name}: its first argument is ${String(count)}, expected the number of threads: 0, 1, 2, …`);
    const given = values.map((value, i) => checkedArgument(value, i, name));
    if (count === 0) return new Float32Array(0);
    compiled.setOutput([count]);
    this.#requireDevice();
    try {
      const result = (await compiled(...(given as number[]))) as Float32Array;
      this.#requireDevice();
      return result;
    } catch (error) {
      this.#requireDevice();
      if (error instanceof KernelError) throw error;
      throw new KernelError(this.#refusal(name, (error as Error).message.trim()), { cause: error });
    }
  }

  #requireDevice(): void {
    const failure = this.mode === 'webgpu' ? gpuJsFailure() : null;
    if (failure) throw failure;
  }

  #refusal(name: string, reason: string): string {
    return (
      `kernel ${name}: gpu.js can't run it in mode ${this.mode}: ${reason}. A kernel uses its arguments, Math, numbers, loops and ifs, ` +
      'and returns one number; what it can not do, push may do in plain JavaScript.'
    );
  }
}

function nameOf(body: { readonly name: string } | undefined): string {
  return body?.name || 'without a name';
}

function checkedSource(body: unknown, name: string): string {
  const source = typeof body === 'function' ? Function.prototype.toString.call(body) : '';
  if (!/^function\b/.test(source)) throw new KernelError(`kernel ${name}: expected function (…) { … }, found ${found(body, source)}; gpu.js takes neither arrow functions nor methods`);
  if (/\bMath\s*\.\s*random\b/.test(source)) throw new KernelError(`kernel ${name} calls Math.random: runs would differ; draw with randomBits(seed, round, counter) outside and pass the numbers in`);
  return source;
}

function found(body: unknown, source: string): string {
  return source === '' ? String(body) : source.split('\n')[0]!;
}

function checkedArgument(value: unknown, position: number, name: string): unknown {
  if (typeof value === 'number') return value;
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value)) return (value as ArrayLike<number>).length === 0 ? STANDS_FOR_EMPTY : value;
  throw new EngineError(`kernel ${name}: argument ${position + 1} after the number of threads is ${String(value)}, expected a number or an array of numbers`);
}

/** gpu.js looks for WebGPU where a browser has it. */
function offerToGpuJs(gpu: GPU, onFatal?: (error: EngineError) => void): void {
  const { navigator } = globalThis as { navigator?: { readonly gpu?: GPU } };
  watchGpu(navigator?.gpu ?? gpu, onFatal);
  if (navigator?.gpu) return;
  if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
}
