/** A user's own program whose blocks travel between worker processes. */
import { describe, expect, it } from 'vitest';
import type { Commit, RunOptions, Sums, Task } from '../../src/author.js';
import { strads } from './examples.js';

const SHARDS = 3;
const NOTHING: Commit = { ids: new Uint32Array(0), values: new Float64Array(0) };

/** Notes, step by step, the blocks in work and what their numbers add up to. */
class Rotating extends strads.Program {
  readonly steps: [block: number, sum: number][][] = [];

  constructor() {
    super({ name: 'rotating', worker: new URL('rotating-worker.mjs', import.meta.url), block: 1 });
  }

  *schedule(round: number): Iterable<Task> {
    yield { operation: 0, ids: new Uint32Array(0), values: Float64Array.of(round) };
  }

  pull(_round: number, _task: Task, [{ keys, values }]: readonly Sums[]): Commit {
    this.steps.push(Array.from(keys as Uint32Array, (block, i) => [block, values[i]]));
    return NOTHING;
  }
}

async function rotated(description: { blocksAShard: number; astray?: number }, options: Partial<RunOptions> = {}) {
  const program = new Rotating();
  const shards = Array.from({ length: SHARDS }, () => ({ description, parts: [] }));
  const { bytes } = await strads.run({ program, range: { begin: 0, end: 1 }, shards, rounds: 4, ...options });
  return { steps: program.steps, bytes };
}

describe('blocks larger than the window of a link', () => {
  it.each([[1, 0], [2, 1]])('rotate among processes to the bits of one: %d a shard, depth %d', async (blocksAShard, pipeline) => {
    const alone = await rotated({ blocksAShard }, { pipeline });
    const rotation = new strads.Rotation(SHARDS, blocksAShard);
    const inWork = [0, 1, 2, 3].map((step) => [0, 1, 2].map((shard) => rotation.blockAt(shard, step)).sort((a, b) => a - b));
    expect(alone.steps.map((step) => step.map(([block]) => block))).toEqual(inWork);
    for (const workers of ['wasm:2', 'wasm:3']) {
      const { steps, bytes } = await rotated({ blocksAShard }, { pipeline, workers });
      expect(steps).toEqual(alone.steps);
      expect(bytes).toBeGreaterThan(4 * 2 * (9 << 20));
    }
  });
});

describe('a parcel that goes astray', () => {
  it.each<[string, number, string | undefined, RegExp]>([
    ['for a shard of the same worker', 0, undefined, /^worker in-process failed: ProgramError: program rotating, push of operation 0 on shards 0, 1, 2: shard 0 hands a parcel to shard 0, which this worker hosts too: hand it over within push where shards\.has\(to\)$/],
    ['for no shard', 3, 'wasm:1', /^worker wasm-0 sent what a scheduler can't take: a parcel from shard 0 for shard 3, and the run has shards 0 to 2$/],
  ])('%s ends the run and is named', async (_what, astray, workers, message) => {
    const failing = rotated({ blocksAShard: 1, astray }, { workers });
    await expect(failing).rejects.toBeInstanceOf(strads.WorkerError);
    await expect(failing).rejects.toThrow(message);
  });
});
