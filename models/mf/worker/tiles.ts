/** Engine memory read piece by piece, so that what is only added up never lies in the host's memory whole. */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import { noteBytes } from '../../worker-memory.js';

const TILE_BYTES = 2 ** 20;

/** Float32 numbers of a buffer from element `first` on. */
export interface Numbers {
  readonly buffer: EngineBuffer;
  readonly first: number;
}

/** `count` numbers of each buffer side by side, tile by tile; a tile is a multiple of `unit` long, but for the last. */
export async function* readTiles(engine: Engine, numbers: readonly Numbers[], count: number, unit: number): AsyncGenerator<Float32Array[]> {
  const step = Math.max(1, Math.floor(TILE_BYTES / 4 / unit)) * unit;
  for (let at = 0; at < count; at += step) {
    const bytes = (Math.min(at + step, count) - at) * 4;
    const contents = await engine.read(numbers.map(({ buffer, first }) => ({ buffer, byteOffset: (first + at) * 4, bytes })));
    noteBytes(engine, contents);
    yield contents.map((content) => new Float32Array(content));
  }
}
