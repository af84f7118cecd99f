import fc from 'fast-check';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import type { Chunk, Keys, Parcel, ShardChunk, ShardParcel, ShardPart, Task, WorkerProgram } from '../../src/program.js';
import { heldWorker, ProgramError } from '../../src/runtime/contract.js';

const TASK: Task = { operation: 0, ids: new Uint32Array(0), values: new Float64Array(0) };
const NO_ENGINE = {} as Engine;
const SHARDS = new Map([[0, null], [1, null]]);

/** What comes through of these answers. */
async function pushed<Answer extends ShardChunk | ShardParcel>(answers: readonly Answer[]): Promise<(ShardChunk | ShardParcel)[]> {
  const half: WorkerProgram = { open: () => Promise.resolve(null), push: () => answers, apply: () => undefined };
  const through: (ShardChunk | ShardParcel)[] = [];
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

describe('parcels of a worker half', () => {
  const parcel = [Float32Array.of(NaN), Uint32Array.of(1), new Uint8Array(0), new Float64Array(2)];

  it('come through as they are, between chunks', async () => {
    const answers = [{ shard: 1, to: 7, parcel }, { shard: 0, chunk: chunkOf({ first: 0, count: 1 }) }, { shard: 0, to: 2, parcel: [] }];
    expect(await pushed(answers)).toEqual(answers);
  });

  it.each<[string, Partial<ShardParcel>, string]>([
    ['from a shard elsewhere', { shard: 5 }, 'it hands over a parcel from shard 5, which this worker does not host; yield { shard, to, parcel } with a shard of the map it was given'],
    ['for nobody', { to: undefined as unknown as number }, 'shard 1 hands a parcel to shard undefined, expected the number of a shard'],
    ['for a shard of the same worker', { to: 0 }, 'shard 1 hands a parcel to shard 0, which this worker hosts too: hand it over within push where shards.has(to)'],
    ['of one bare array', { parcel: new Float32Array(2) as unknown as ShardPart }, 'shard 1 hands a parcel to shard 7 that is a Float32Array, expected an array of Uint8Array, Uint32Array, Float32Array or Float64Array'],
    ['of lists', { parcel: [[1, 2]] as unknown as ShardPart }, 'shard 1 hands a parcel to shard 7 that is an array of 1, expected an array of Uint8Array, Uint32Array, Float32Array or Float64Array'],
  ])('are refused %s', async (_what, changes, message) => {
    const pushing = pushed([{ shard: 1, to: 7, parcel, ...changes }]);
    await expect(pushing).rejects.toBeInstanceOf(ProgramError);
    await expect(pushing).rejects.toThrow(`program toy, push of operation 0 on shards 0, 1: ${message}`);
  });

  const half: WorkerProgram = { open: () => Promise.resolve(null), push: () => [], apply: () => undefined };
  const arriving: Parcel = { from: 7, to: 1, content: parcel };

  it('reach receive, whose exceptions say whose parcel it was', async () => {
    const received: Parcel[] = [];
    const taking = heldWorker('toy', { ...half, receive: (_engine, one) => void received.push(one) });
    await taking.receive!(NO_ENGINE, arriving, SHARDS);
    expect(received).toEqual([arriving]);
    const failing = heldWorker('toy', { ...half, receive: () => Promise.reject(new RangeError('no such block')) });
    await expect(failing.receive!(NO_ENGINE, arriving, SHARDS)).rejects.toThrow('program toy, receive of a parcel from shard 7 for shard 1: RangeError: no such block');
  });

  it('need no receive where there are none', () => expect(heldWorker('toy', half).receive).toBeUndefined());
});

describe('a worker half in a browser', () => {
  it.each(['contract', 'own-program', 'author-program'])('needs no module of Node for %s.ts', async (file) => {
    const { outputFiles } = await build({ entryPoints: [`src/runtime/${file}.ts`], bundle: true, platform: 'browser', format: 'esm', write: false, logLevel: 'silent' });
    expect(outputFiles[0].text).not.toMatch(/\bnode:[a-z]|require\(|process\./);
  });
});
