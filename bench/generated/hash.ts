/**
 * Random numbers by counter for generated data: pcg4d (Jarzynski and Olano 2020, "Hash functions for GPU rendering", JCGT 9(3)), four
 * numbers a call, some 5 ns. Integer arithmetic alone, so the same bits everywhere; shaders/common/pcg4d.wgsl is the same function.
 */

/** The four numbers of the last call. */
export const drawn = new Uint32Array(4);

/** Fills `drawn` from four counters, each taken as unsigned 32 bits. */
export function hash(a: number, b: number, c: number, d: number): void {
  let x = (Math.imul(a, 1664525) + 1013904223) | 0;
  let y = (Math.imul(b, 1664525) + 1013904223) | 0;
  let z = (Math.imul(c, 1664525) + 1013904223) | 0;
  let w = (Math.imul(d, 1664525) + 1013904223) | 0;
  x = (x + Math.imul(y, w)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  w = (w + Math.imul(y, z)) | 0;
  x ^= x >>> 16;
  y ^= y >>> 16;
  z ^= z >>> 16;
  w ^= w >>> 16;
  x = (x + Math.imul(y, w)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  w = (w + Math.imul(y, z)) | 0;
  drawn[0] = x;
  drawn[1] = y;
  drawn[2] = z;
  drawn[3] = w;
}

/** 2^-32: what makes a number in [0, 1) of 32 bits. */
export const UNIT = 2 ** -32;
