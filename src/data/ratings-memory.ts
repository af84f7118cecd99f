/**
 * Memory that is given back at once. In: a size. Out: a buffer, and the means to release it; what waits for the garbage
 * collector instead may lie around until several arrays of tens of millions of ratings do.
 */

/** ES2024, and in Node 20. */
interface ResizableBuffer extends ArrayBuffer {
  resize(bytes: number): void;
}
const ResizableBuffer = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => ResizableBuffer;

/** `bytes` zeros; views of them have a length of 0 after `release`. */
export function allocate(bytes: number): ArrayBuffer {
  return new ResizableBuffer(bytes, { maxByteLength: bytes });
}

/** Gives back what `allocate` gave out. */
export function release(buffer: ArrayBufferLike): void {
  (buffer as ResizableBuffer).resize(0);
}
