/**
 * Kernels → compute pipelines of one device, cached by shader text. The bind group layout is made from the
 * kernel's table, never from the shader: a binding that a shader does not use would vanish from an automatic layout.
 */
import { type Kernel, KernelError } from './engine.js';

const SHADER_STAGE_COMPUTE = 4;
/** Bind groups kept for one pipeline; a program comes back to far fewer combinations of buffers. */
const KEPT_BIND_GROUPS = 1024;

/** A kernel on a device: what a dispatch sets, and the bind groups it made before, by buffer ids. */
export interface Pipeline {
  readonly kernel: Kernel;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly bindGroups: Map<string, GPUBindGroup>;
  hasRun: boolean;
}

/** Binding numbers of the kernel's buffers: ascending, without the one the uniform struct takes. */
function bindingNumbers(kernel: Kernel): number[] {
  const taken = kernel.uniform?.binding ?? -1;
  return kernel.bindings.map((_, index) => (taken >= 0 && index >= taken ? index + 1 : index));
}

export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #pipelines = new Map<string, Pipeline>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Compiles what is not there yet. Throws KernelError with the compiler's messages. */
  async prepare(kernels: readonly Kernel[]): Promise<void> {
    await Promise.all(kernels.filter(({ wgsl }) => !this.#pipelines.has(wgsl)).map((kernel) => this.#compile(kernel)));
  }

  /** The kernel's pipeline; one that was not prepared is compiled on the spot, its errors reach the device's listener. */
  get(kernel: Kernel): Pipeline {
    const known = this.#pipelines.get(kernel.wgsl);
    if (known) return known;
    const { descriptor, layout } = this.#describe(kernel, this.#module(kernel));
    return this.#keep(kernel, layout, this.#device.createComputePipeline(descriptor));
  }

  async #compile(kernel: Kernel): Promise<void> {
    this.#device.pushErrorScope('validation');
    const module = this.#module(kernel);
    const { descriptor, layout } = this.#describe(kernel, module);
    const scope = this.#device.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    const misfit = await scope;
    const errors = messages.filter(({ type }) => type === 'error');
    if (errors.length > 0) throw new KernelError(errors.map((error) => compileMessage(kernel, error)).join('\n'));
    if (misfit) throw misfitError(kernel, misfit.message);

    const pipeline = await this.#device.createComputePipelineAsync(descriptor).catch((error: unknown) => {
      throw misfitError(kernel, error instanceof Error ? error.message : String(error));
    });
    this.#keep(kernel, layout, pipeline);
  }

  #module(kernel: Kernel): GPUShaderModule {
    return this.#device.createShaderModule({ label: kernel.name, code: kernel.wgsl });
  }

  #describe(kernel: Kernel, module: GPUShaderModule): { descriptor: GPUComputePipelineDescriptor; layout: GPUBindGroupLayout } {
    const layout = this.#device.createBindGroupLayout({ label: kernel.name, entries: layoutEntries(kernel) });
    const pipelineLayout = this.#device.createPipelineLayout({ label: kernel.name, bindGroupLayouts: [layout] });
    return { descriptor: { label: kernel.name, layout: pipelineLayout, compute: { module } }, layout };
  }

  #keep(kernel: Kernel, layout: GPUBindGroupLayout, pipeline: GPUComputePipeline): Pipeline {
    const kept = { kernel, pipeline, layout, bindGroups: new Map<string, GPUBindGroup>(), hasRun: false };
    this.#pipelines.set(kernel.wgsl, kept);
    return kept;
  }
}

/** The bind group of these buffers (by id), made once. Ids are never used twice, so a stale entry is never found. */
export function bindGroupOf(
  device: GPUDevice,
  pipeline: Pipeline,
  buffers: readonly { readonly id: number; readonly gpu: GPUBuffer }[],
  uniforms: GPUBuffer,
): GPUBindGroup {
  const key = buffers.map(({ id }) => id).join();
  const known = pipeline.bindGroups.get(key);
  if (known) return known;
  if (pipeline.bindGroups.size >= KEPT_BIND_GROUPS) pipeline.bindGroups.clear();

  const { kernel, layout } = pipeline;
  const numbers = bindingNumbers(kernel);
  const entries: GPUBindGroupEntry[] = buffers.map(({ gpu }, index) => ({ binding: numbers[index]!, resource: { buffer: gpu } }));
  if (kernel.uniform) entries.push({ binding: kernel.uniform.binding, resource: { buffer: uniforms, size: kernel.uniform.bytes } });
  const group = device.createBindGroup({ label: kernel.name, layout, entries });
  pipeline.bindGroups.set(key, group);
  return group;
}

/** A message of the device without its line breaks: Dawn appends the calls it was in, a line each. */
export function oneLine(message: string): string {
  return message.trim().replace(/\s*\n[\s-]*/g, '; ');
}

/** Where a compiler message points, as an editor understands it, and what the compiler says. */
function compileMessage(kernel: Kernel, message: Pick<GPUCompilationMessage, 'lineNum' | 'linePos' | 'message'>): string {
  return `${shaderFile(kernel)}:${message.lineNum}:${message.linePos} ${message.message}`;
}

function misfitError(kernel: Kernel, found: string): KernelError {
  return new KernelError(`${shaderFile(kernel)}: the shader compiles but does not fit its table or the device: ${oneLine(found)}`);
}

function shaderFile(kernel: Kernel): string {
  return `shaders/${kernel.name}.wgsl`;
}

function layoutEntries(kernel: Kernel): GPUBindGroupLayoutEntry[] {
  const numbers = bindingNumbers(kernel);
  const entries: GPUBindGroupLayoutEntry[] = kernel.bindings.map(({ access }, index) => ({
    binding: numbers[index]!,
    visibility: SHADER_STAGE_COMPUTE,
    buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
  }));
  if (kernel.uniform) {
    entries.push({
      binding: kernel.uniform.binding,
      visibility: SHADER_STAGE_COMPUTE,
      buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: kernel.uniform.bytes },
    });
  }
  return entries;
}
