import fc from 'fast-check';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import type { Chunk, Keys, ShardChunk, Task, WorkerProgram } from '../../src/program.js';
import { heldWorker, ProgramError } from '../../src/runtime/contract.js';

const TASK: Task = { operation: 0, ids: new Uint32Array(0), values: new Float64Array(0) };
const NO_ENGINE = {} as Engine;
const SHARDS = new Map([[0, null], [1, null]]);

/** What comes through of these answers. */
async function pushed(answers: readonly ShardChunk[]): Promise<ShardChunk[]> {
  const half: WorkerProgram = { open: () => Promise.resolve(null), push: () => answers, apply: () => undefined };
  const through: ShardChunk[] = [];
  for await (const answer of heldWorker('toy', half).push(NO_ENGINE, TASK, SHARDS)) through.push(answer);
  return through;
}

const chunkOf = (keys: Keys, changes: Partial<Chunk> = {}): Chunk => ({ channel: 0, keys, width: 1, values: new Float64Array(keys instanceof Uint32Array ? keys.length : keys.count), ...changes });

const numbersOf = (keys: Keys) => (keys instanceof Uint32Array ? [...keys] : Array.from({ length: keys.count }, (_, i) => keys.first + i));

describe('chunks of a worker half', () => {
  const list = fc.array(fc.nat(8), { maxLength: 3 }).map((keys) => Uint32Array.from(keys));
  const run = fc.record({ first: fc.nat(8), count: fc.nat(3) });
  const answer = fc.record({ shard: fc.nat(1), channel: fc.nat(1), keys: fc.oneof(list, run) });

  it('come through just when the keys of each shard and channel ascend', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 4 }), async (answers) => {
        const streams = new Map<string, number[]>();
        for (const { shard, channel, keys } of answers) streams.set(`${shard}/${channel}`, [...(streams.get(`${shard}/${channel}`) ?? []), ...numbersOf(keys)]);
        const inOrder = [...streams.values()].every((keys) => keys.every((key, i) => i === 0 || key > keys[i - 1]));
        const chunks = answers.map(({ shard, channel, keys }) => ({ shard, chunk: chunkOf(keys, { channel }) }));
        if (inOrder) expect(await pushed(chunks)).toEqual(chunks);
        else await expect(pushed(chunks)).rejects.toThrow(/keys must ascend, each once/);
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, Partial<Chunk>, string]>([
    ['a channel that is no number', { channel: -1 }, 'shard 1, channel -1: the channel is -1, expected 0, 1, …'],
    ['keys in a list', { keys: [1] as unknown as Uint32Array }, 'shard 1, channel 0: the keys are an array of 1, expected a Uint32Array or { first, count }'],
    ['no keys', { keys: undefined as unknown as Uint32Array }, 'shard 1, channel 0: the keys are undefined, expected a Uint32Array or { first, count }'],
    ['no width', { width: 0 }, 'shard 1, channel 0: the width is 0, expected 1, 2, …: how many numbers there are for each key'],
    ['values in a list', { values: [1, 2] as unknown as Float64Array }, 'shard 1, channel 0: the values are an array of 2, expected a Float32Array or Float64Array of 2, 1 for each key'],
    ['too few values', { width: 2 }, 'shard 1, channel 0: the values are 2 numbers, expected a Float32Array or Float64Array of 4, 2 for each key'],
    ['infinite values', { values: Float64Array.of(0, -Infinity) }, 'shard 1, channel 0: the number for key 7 is -Infinity, expected a finite number; look for a division by 0 or values beyond float32'],
  ])('are refused with %s', async (_what, changes, message) => {
    const pushing = pushed([{ shard: 1, chunk: chunkOf(Uint32Array.of(3, 7), changes) }]);
    await expect(pushing).rejects.toBeInstanceOf(ProgramError);
    await expect(pushing).rejects.toThrow(`program toy, push of operation 0 on shards 0, 1: ${message}`);
  });

  it('are refused where there are none to iterate over', async () => {
    await expect(pushed(undefined as unknown as ShardChunk[])).rejects.toThrow('returned undefined, expected something to iterate over: an array, or yield from a generator (function*)');
  });
});

describe('a worker half in a browser', () => {
  it.each(['contract', 'own-program', 'author-program'])('needs no module of Node for %s.ts', async (file) => {
    const { outputFiles } = await build({ entryPoints: [`src/runtime/${file}.ts`], bundle: true, platform: 'browser', format: 'esm', write: false, logLevel: 'silent' });
    expect(outputFiles[0].text).not.toMatch(/\bnode:[a-z]|require\(|process\./);
  });
});
