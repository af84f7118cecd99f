/** A few mutated files for every reader, and readers that fail in each way that is to be found. `npm run fuzz -- readers` takes many more. */
import { describe, expect, it } from 'vitest';
import { fuzzReader, type Tally } from '../../dist/test/fuzz/readers/fuzz.js';
import { mutatedInput } from './readers/mutated.js';
import { READERS } from './readers/readers.js';

const module = (name: string): string => new URL(`../../dist/test/fuzz/readers/${name}.js`, import.meta.url).href;
/** Others than those of the long run. */
const SEED = 20;

describe.concurrent('a reader of mutated files', () => {
  it.each(READERS.map(({ name }) => name))('%s', async (reader) => {
    const { findings, accepted, refused } = await fuzzReader({ module: module('readers'), reader, seed: SEED, first: 0, files: 300 });
    expect(findings).toEqual([]);
    expect([accepted > 0, refused > 0]).toEqual([true, true]);
  });
});

const broken = (reader: string, files = 1): Promise<Tally> => fuzzReader({ module: module('broken-readers'), reader, seed: SEED, first: 0, files, ...(reader === 'hangs' ? { patience: 2000 } : {}) });

describe.concurrent('a reader that', () => {
  it('is sound has no findings', async () => {
    const { findings, accepted, refused, files } = await broken('sound', 400);
    expect([findings, accepted + refused, files]).toEqual([[], 400, 400]);
  });

  it.each([
    ['hangs', /^hangs: stopped after \d+ s$/],
    ['ends', /^ended the process \(exit code 3\)/],
    ['fills the heap', /^ended the process \(SIGABRT\).*heap/s],
    ['believes a header', /RangeError: Array buffer allocation failed: 34359738368 bytes/],
    ['throws', /^threw TypeError/],
    ['rejects behind its back', /^unhandledRejection: Error: late/],
    ['names no file', /^names no file/],
    ['says nothing', /^does not say what was found or expected/],
    ['says undefined', /^says what nobody understands/],
    ['obeys', /^has control characters in its message/],
    ['talks', /^says 3\d\d\d characters/],
    ['changes its mind', /^read again: found 1, before 0$/],
    ['is wrong', /^found 1, the reference 2$/],
    ['takes in anything', /^took in 1, which the reference refuses$/],
    ['refuses what is right', /^refused 1 \(by the reference\)/],
  ])('%s is found', async (reader, what) => {
    const { findings } = await broken(reader);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toEqual({ input: 0, what: expect.stringMatching(what) as string });
  });

  it('leaves files open is found', async () => {
    expect((await broken('leaves files open', 500)).findings).toEqual([{ input: 499, what: expect.stringMatching(/^2\d\d files were left open by the last 250 inputs$/) as string }]);
  });

  it('ends the process is asked on behind the input that did it', async () => {
    expect((await broken('ends', 3)).findings.map(({ input }) => input)).toEqual([0, 1, 2]);
  });
});

describe('a mutated input', () => {
  const [libsvm] = READERS;

  it('is the same whenever it is made, and another than its neighbours', async () => {
    const samples = await libsvm!.samples();
    const inputs = Array.from({ length: 200 }, (_, index) => mutatedInput(libsvm!, samples, SEED, index));
    expect(Array.from({ length: 200 }, (_, index) => mutatedInput(libsvm!, samples, SEED, index))).toEqual(inputs);
    const contents = new Set(inputs.map(({ files }) => Object.values(files)[0]!.toString('latin1')));
    expect(contents.size).toBeGreaterThan(150);
    expect(new Set(Array.from({ length: 200 }, (_, index) => mutatedInput(libsvm!, samples, SEED + 1, index).files))).not.toEqual(new Set(inputs.map(({ files }) => files)));
  });

  it('leaves the samples as they are', async () => {
    const samples = await libsvm!.samples();
    const before = structuredClone(samples.map((files) => Object.values(files).map((bytes) => bytes.toString('latin1'))));
    for (let index = 0; index < 500; index++) mutatedInput(libsvm!, samples, SEED, index);
    expect(samples.map((files) => Object.values(files).map((bytes) => bytes.toString('latin1')))).toEqual(before);
  });
});
