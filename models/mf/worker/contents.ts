/** What stands in the engine's buffers, to be sent on or added up at once. */
import type { Engine, EngineBuffer } from '../../../src/engine/engine.js';
import { noteBytes } from '../../worker-memory.js';

/** The first `bytes` of a buffer. */
export interface Beginning {
  readonly buffer: EngineBuffer;
  readonly bytes: number;
}

/** The buffers' memory itself where host and engine share it, good until something changes it; else copies. */
export async function contentsOf(engine: Engine, beginnings: readonly Beginning[]): Promise<Float32Array[]> {
  const views = beginnings.flatMap(({ buffer, bytes }) => {
    const view = engine.hostView(buffer);
    return view ? [new Float32Array(view.buffer, view.byteOffset, bytes / 4)] : [];
  });
  if (views.length === beginnings.length) return views;
  const contents = await engine.read(beginnings);
  noteBytes(engine, contents);
  return contents.map((content) => new Float32Array(content));
}
