/** What a streaming kernel is measured on. In: an engine and a size. Out: buffers in place, a way to run once, and how far the result is from a float64 oracle. */
import type { Engine, EngineBuffer } from '../../src/engine/engine.js';

export interface StreamingWork {
  readonly name: string;
  /** On what. */
  readonly title: string;
  prepare(engine: Engine): Prepared | Promise<Prepared>;
}

export interface Prepared {
  /** Encodes one run, of one dispatch or several. */
  run(): void;
  /** Largest |found - expected| / Σ|terms| over a sample of the results, after one run from the start. */
  deviation(): Promise<number>;
  readonly buffers: readonly EngineBuffer[];
}

/** A sum of products in float64, and of their magnitudes. */
export class Sum {
  value = 0;
  magnitude = 0;

  add(a: number, b: number): void {
    this.value += a * b;
    this.magnitude += Math.abs(a * b);
  }

  /** How far a result is away, in relation to what it was summed from. */
  deviationOf(found: number): number {
    return this.magnitude === 0 ? Math.abs(found) : Math.abs(found - this.value) / this.magnitude;
  }
}

/** Places to look at: `sample` of them, spread over all. */
export function sampled(count: number, sample = 32): number[] {
  const places = Math.min(count, sample);
  return Array.from({ length: places }, (_, k) => Math.floor(((k + 0.5) * count) / places));
}

export async function readFloats(engine: Engine, buffer: EngineBuffer): Promise<Float32Array> {
  const [bytes] = await engine.read([{ buffer }]);
  return new Float32Array(bytes);
}
