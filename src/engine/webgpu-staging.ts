/** Buffers that the GPU copies into and the host maps, used again and again. A mapped view dies with the unmap, so what goes out is a copy. */

const USAGE_MAP_READ_COPY_DST = 0x01 | 0x08;
const MAP_MODE_READ = 1;

export interface StagingOptions {
  readonly label: string;
  readonly smallestBytes: number;
  /** Idle buffers that are kept, the largest ones, since they serve every need. */
  readonly kept: number;
}

export class Staging {
  readonly #device: GPUDevice;
  readonly #options: StagingOptions;
  #idle: GPUBuffer[] = [];

  constructor(device: GPUDevice, options: StagingOptions) {
    this.#device = device;
    this.#options = options;
  }

  /** A buffer of at least `bytes`, to copy into. */
  take(bytes: number): GPUBuffer {
    const index = this.#idle.findIndex(({ size }) => size >= bytes);
    if (index >= 0) return this.#idle.splice(index, 1)[0]!;
    const { label, smallestBytes } = this.#options;
    const size = Math.min(Math.max(smallestBytes, 2 ** Math.ceil(Math.log2(bytes))), this.#device.limits.maxBufferSize);
    return this.#device.createBuffer({ label, size, usage: USAGE_MAP_READ_COPY_DST });
  }

  /** The first `bytes` of a taken buffer, `copy`ed once the GPU got there; the buffer is given back. */
  async contents<T>(buffer: GPUBuffer, bytes: number, copy: (mapped: ArrayBuffer) => T): Promise<T> {
    await buffer.mapAsync(MAP_MODE_READ, 0, bytes);
    const copied = copy(buffer.getMappedRange(0, bytes));
    buffer.unmap();
    this.#giveBack(buffer);
    return copied;
  }

  destroy(): void {
    for (const buffer of this.#idle) buffer.destroy();
    this.#idle = [];
  }

  #giveBack(buffer: GPUBuffer): void {
    this.#idle.push(buffer);
    this.#idle.sort((a, b) => a.size - b.size);
    if (this.#idle.length > this.#options.kept) this.#idle.shift()!.destroy();
  }
}
