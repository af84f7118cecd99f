/** A plain copy, four numbers a lane: the bandwidth that this adapter's memory has, to judge the others by. */
import { roofline } from '#kernels';
import { Pattern } from './pattern.js';
import { sampled, type StreamingWork } from './streaming-work.js';

export const COPY = 'copy';

/** Of `vectors` times four numbers. */
export function copy(vectors: number): StreamingWork {
  return {
    name: COPY,
    title: `${(16 * vectors) / 2 ** 20} MiB`,
    prepare(engine) {
      const pattern = new Pattern(1);
      const buffers = { source: pattern.buffer(engine, 'source', 4 * vectors), target_: engine.createBuffer('target', 16 * vectors) };
      return {
        buffers: Object.values(buffers),
        run: () => engine.dispatch({ kernel: roofline.copy, buffers, parameters: { count: vectors }, workgroups: Math.ceil(vectors / 256) }),
        async deviation() {
          const places = sampled(4 * vectors);
          const found = await engine.read(places.map((at) => ({ buffer: buffers.target_, byteOffset: 4 * at, bytes: 4 })));
          return places.reduce((worst, at, k) => Math.max(worst, Math.abs(new Float32Array(found[k])[0] - pattern.at(at))), 0);
        },
      };
    },
  };
}
