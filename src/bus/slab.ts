/**
 * Memory for what is small and short-lived. A typed array of its own costs about a microsecond to make and as much to collect; a
 * view of a block that many share costs a thirtieth. Nothing is handed out twice: a block is collected when the last view of it is gone.
 */
import { ALIGNMENT } from './frames.js';

const BLOCK_BYTES = 1 << 15;
/** A view that is kept for long keeps its block as well, so what is larger than this part of one gets memory of its own. */
const LARGEST_BYTES = BLOCK_BYTES >> 4;

export class Slab {
  #block = new ArrayBuffer(0);
  #next = 0;

  /** `bytes` zeros, aligned; neighbours lie end to end in one block if their lengths are multiples of the alignment. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    if (bytes > LARGEST_BYTES) return new Uint8Array(bytes);
    if (this.#next + bytes > this.#block.byteLength) {
      this.#block = new ArrayBuffer(BLOCK_BYTES);
      this.#next = 0;
    }
    const view = new Uint8Array(this.#block, this.#next, bytes);
    this.#next += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return view;
  }
}
