/**
 * Large buffers of numbers that cost little to make: a pattern, over and over. In: a length. Out: a buffer on an engine, and its number at
 * any place, for an oracle.
 */
import type { Engine, EngineBuffer } from '../../src/engine/engine.js';
import { drawn, hash, UNIT } from '../generated/hash.js';

/** Numbers of the pattern: 4 MiB. */
const LENGTH = 2 ** 20;

export class Pattern {
  readonly #values = new Float32Array(LENGTH);

  /** Uniform in [-1, 1). */
  constructor(seed: number) {
    for (let at = 0; at < LENGTH; at++) {
      if (at % 4 === 0) hash(seed, at, 0, 0);
      this.#values[at] = 2 * drawn[at % 4] * UNIT - 1;
    }
  }

  at(place: number): number {
    return this.#values[place % LENGTH];
  }

  buffer(engine: Engine, label: string, length: number): EngineBuffer {
    return repeated(engine, label, this.#values, length);
  }
}

/** A buffer of `length` numbers that repeats `values`. */
export function repeated(engine: Engine, label: string, values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>, length: number): EngineBuffer {
  const buffer = engine.createBuffer(label, 4 * length);
  for (let at = 0; at < length; at += values.length) engine.write(buffer, values.subarray(0, Math.min(values.length, length - at)), 4 * at);
  return buffer;
}

/** 0, 1, …, count - 1. */
export function upTo(count: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: count }, (_, k) => k);
}
