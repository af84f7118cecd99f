/** GPU → host: several parts of buffers, copied into one staging buffer and brought over by one map. */
import type { Batch } from './webgpu-batch.js';
import { Staging } from './webgpu-staging.js';

/** One read at a time needs one staging buffer, a read overlapping the next needs two. */
const STAGING = { label: 'staging', smallestBytes: 64 << 10, kept: 2 };

export interface Part {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

export class Readback {
  readonly #staging: Staging;

  constructor(device: GPUDevice) {
    this.#staging = new Staging(device, STAGING);
  }

  /** Encodes the copies and submits the batch; returns where they go. */
  begin(batch: Batch, parts: readonly Part[]): GPUBuffer {
    const target = this.#staging.take(bytesOf(parts));
    batch.copyParts(parts, target);
    batch.submit();
    return target;
  }

  /** The parts, once the GPU got there. */
  end(target: GPUBuffer, parts: readonly Part[]): Promise<ArrayBuffer[]> {
    return this.#staging.contents(target, bytesOf(parts), (mapped) => copyOut(mapped, parts));
  }

  destroy(): void {
    this.#staging.destroy();
  }
}

export function bytesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Copies of the parts that lie one after another in mapped memory. */
export function copyOut(mapped: ArrayBuffer, parts: readonly Part[]): ArrayBuffer[] {
  let offset = 0;
  return parts.map(({ bytes }) => {
    offset += bytes;
    return mapped.slice(offset - bytes, offset);
  });
}
