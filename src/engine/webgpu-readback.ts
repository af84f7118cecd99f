/**
 * GPU → host: several parts of buffers, copied into one staging buffer and brought over by one map.
 * Staging buffers are kept and used again; a mapped view dies with the unmap, so what goes out is a copy.
 */
import type { Batch } from './webgpu-batch.js';

const USAGE_MAP_READ_COPY_DST = 0x01 | 0x08;
const MAP_MODE_READ = 1;
const SMALLEST_STAGING_BYTES = 64 << 10;
/** Idle staging buffers kept: one read at a time needs one, a read overlapping the next needs two. */
const KEPT_STAGING = 2;

export interface Part {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

export class Readback {
  readonly #device: GPUDevice;
  #idle: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Encodes the copies and submits the batch; returns where they go. */
  begin(batch: Batch, parts: readonly Part[]): GPUBuffer {
    const staging = this.#take(bytesOf(parts));
    let offset = 0;
    for (const part of parts) {
      if (part.bytes > 0) batch.copy(part.buffer, part.offset, staging, offset, part.bytes);
      offset += part.bytes;
    }
    batch.submit();
    return staging;
  }

  /** The parts, once the GPU got there. */
  async end(staging: GPUBuffer, parts: readonly Part[]): Promise<ArrayBuffer[]> {
    const total = bytesOf(parts);
    await staging.mapAsync(MAP_MODE_READ, 0, total);
    const copies = copyOut(staging.getMappedRange(0, total), parts);
    staging.unmap();
    this.#giveBack(staging);
    return copies;
  }

  destroy(): void {
    for (const staging of this.#idle) staging.destroy();
    this.#idle = [];
  }

  #take(bytes: number): GPUBuffer {
    const index = this.#idle.findIndex(({ size }) => size >= bytes);
    if (index >= 0) return this.#idle.splice(index, 1)[0]!;
    const size = Math.min(Math.max(SMALLEST_STAGING_BYTES, 2 ** Math.ceil(Math.log2(bytes))), this.#device.limits.maxBufferSize);
    return this.#device.createBuffer({ label: 'staging', size, usage: USAGE_MAP_READ_COPY_DST });
  }

  /** Keeps the largest ones, since they serve every read that comes. */
  #giveBack(staging: GPUBuffer): void {
    this.#idle.push(staging);
    this.#idle.sort((a, b) => a.size - b.size);
    if (this.#idle.length > KEPT_STAGING) this.#idle.shift()!.destroy();
  }
}

export function bytesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function copyOut(mapped: ArrayBuffer, parts: readonly Part[]): ArrayBuffer[] {
  let offset = 0;
  return parts.map(({ bytes }) => {
    offset += bytes;
    return mapped.slice(offset - bytes, offset);
  });
}
