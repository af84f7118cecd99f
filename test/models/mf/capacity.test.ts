/** What a training takes, as estimated and as measured, and what is said when there is less. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../models/index.js';
import { assertFits, bytesAWorker, demandOf, largestRank, roomOf, type Demand, type Room, type WorkerBytes } from '../../../models/mf/capacity.js';
import { mfOptionsSchema, type MfInput } from '../../../models/mf/options.js';
import { fitted } from './fits.js';
import { lowRank, setsOf } from './ratings.js';

const GIB = 2 ** 30;

const netflix = (input: MfInput): Demand => ({ users: 480_189, items: 17_770, ratings: 100_480_507, heldOut: 1_408_395, options: mfOptionsSchema.parse(input) });
const room = (workers: number, hostGib: number, kind: 'wasm' | 'webgpu' = 'wasm', software = false): Room => ({ workers: Array.from({ length: workers }, () => ({ kind, software })), hostBytes: hostGib * GIB });
const allOf = ({ engine, beside }: WorkerBytes) => engine + beside;

describe('the estimate', () => {
  const sets = lowRank({ users: 400, items: 250, rank: 2, density: 0.2, seed: 2 });

  it.each<[string, MfInput, number]>(
    (['ccd', 'als', 'sgd'] as const).flatMap((algorithm) =>
      [1, 3].flatMap((workers): [string, MfInput, number][] => [
        [`${algorithm}, ${workers} worker(s)`, { algorithm, rank: 100, biases: true }, workers],
        [`${algorithm}, ${workers} worker(s), with a validation`, { algorithm, rank: 40, validationFraction: 0.1 }, workers],
      ]),
    ),
  )('is near what a worker came to hold: %s', async (_, input, workers) => {
    const ratings = setsOf(sets.train, input.validationFraction === undefined ? {} : { validation: sets.validation });
    const options = mfOptionsSchema.parse({ ...input, sweeps: 2 });
    const { fit } = await fitted(ratings, options, { workers });
    const ratio = allOf(bytesAWorker(demandOf(ratings, options), options.rank, workers)) / Math.max(...fit.bytesPerWorker);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
  });

  it('counts Gram matrices where feedback is implicit', () => {
    const of = (implicit: boolean) => bytesAWorker(netflix({ algorithm: 'als', rank: 1024, implicit }), 1024, 4).engine;
    expect(of(true) - of(false)).toBe(3 * 4 * 1024 ** 2);
  });
});

describe('the largest rank', () => {
  it.each<[string, MfInput, Room]>([
    ['limited by wasm', { algorithm: 'ccd' }, room(4, 1000)],
    ['limited by the machine', { algorithm: 'als', biases: true }, room(2, 6)],
    ['of implicit feedback', { algorithm: 'als', implicit: true }, room(3, 64)],
  ])('fits, and one more does not: %s', (_, input, there) => {
    const demand = netflix(input);
    const largest = largestRank(demand, there);
    const at = (rank: number) => assertFits({ ...demand, options: { ...demand.options, rank } }, there);
    expect(largest).toBeGreaterThan(1);
    expect(() => at(largest)).not.toThrow();
    expect(() => at(largest + 1)).toThrow(UsageError);
  });

  it('grows with workers and memory, and shrinks where more is kept', () => {
    const of = (input: MfInput, there: Room) => largestRank(netflix(input), there);
    expect(of({}, room(8, 1000))).toBeGreaterThan(of({}, room(4, 1000)));
    expect(of({}, room(8, 16))).toBeLessThan(of({}, room(8, 32)));
    expect(of({ algorithm: 'als' }, room(4, 1000))).toBeLessThan(of({ algorithm: 'ccd' }, room(4, 1000)));
    expect(of({ validationFraction: 0.1 }, room(8, 16))).toBeLessThan(of({}, room(8, 16)));
  });

  it('is the largest that there is where memory is no limit', () => {
    expect(largestRank(netflix({}), room(2, 1, 'webgpu'))).toBe(65_536);
  });

  it('on a GPU is limited by what its worker keeps in the memory of the machine', () => {
    const validated = netflix({ validationFraction: 0.1 });
    const largest = largestRank(validated, room(2, 16, 'webgpu'));
    const factors = (480_189 + 17_770) * largest * 4;
    expect(factors).toBeLessThan(16 * GIB);
    expect(factors).toBeGreaterThan(15 * GIB);
    expect(largestRank(validated, room(2, 8, 'webgpu'))).toBeLessThan(largest);
  });

  it('on a software adapter is limited as by the memory of the machine', () => {
    expect(largestRank(netflix({}), room(2, 6, 'webgpu', true))).toBe(largestRank(netflix({}), room(2, 6)));
  });
});

describe('a refusal', () => {
  const messageOf = (input: MfInput, there: Room) => {
    try {
      assertFits(netflix(input), there);
    } catch (error) {
      if (error instanceof UsageError) return error.message;
      throw error;
    }
    return null;
  };

  it('names what it takes, what there is, and the largest rank that fits', () => {
    expect(messageOf({ rank: 60_000 }, room(2, 1000))).toMatchInlineSnapshot(`"rank 60,000 is beyond what memory holds: 480,189 users, 17,770 items and 100,480,507 ratings take about 56 GiB on each worker, and one of wasm holds 4 GiB; the largest that fits is rank 3,440: ask for that or less, or use more workers"`);
    expect(messageOf({ rank: 4000, algorithm: 'als' }, room(2, 12))).toMatchInlineSnapshot(`"rank 4,000 is beyond what memory holds: 480,189 users, 17,770 items and 100,480,507 ratings take about 31 GiB, and this machine has 12 GiB; the largest that fits is rank 872: ask for that or less, or use workers on more machines"`);
    expect(messageOf({ rank: 60_000 }, { ...room(2, 0), hostBytes: Infinity })).toMatchInlineSnapshot(`"rank 60,000 is beyond what memory holds: 480,189 users, 17,770 items and 100,480,507 ratings take about 56 GiB on each worker, and one of wasm holds 4 GiB; the largest that fits is rank 3,440: ask for that or less, or use more workers"`);
  });

  it('names the largest rank that there is, and with it the largest that fits', () => {
    expect(messageOf({ rank: 100_000 }, room(2, 1, 'webgpu'))).toMatchInlineSnapshot(`"rank 100,000 is beyond 65,536, the largest that there is: ask for that or less"`);
    expect(messageOf({ rank: 100_000 }, room(2, 1000))).toMatchInlineSnapshot(`"rank 100,000 is beyond 65,536, the largest that there is, and beyond what memory holds: 480,189 users, 17,770 items and 100,480,507 ratings take about 94 GiB on each worker, and one of wasm holds 4 GiB; the largest that fits is rank 3,440: ask for that or less"`);
    expect(messageOf({ rank: 100_000 }, room(2, 1))).toMatchInlineSnapshot(`"rank 100,000 is beyond 65,536, the largest that there is, and beyond what memory holds: 480,189 users, 17,770 items and 100,480,507 ratings take about 187 GiB, and this machine has 1 GiB; not even rank 1 fits: use workers on more machines"`);
  });

  it('says so when no rank fits', () => {
    expect(messageOf({ rank: 8 }, room(2, 1))).toMatchInlineSnapshot(`"rank 8 is beyond what memory holds: 480,189 users, 17,770 items and 100,480,507 ratings take about 1.5 GiB, and this machine has 1 GiB; not even rank 1 fits: use workers on more machines"`);
  });

  it('is not made where all fits', () => {
    expect(messageOf({ rank: 64 }, room(2, 6))).toBeNull();
  });
});

describe('the room', () => {
  it('is this machine’s for workers on it, and unknown with workers from elsewhere', () => {
    const workers = [{ kind: 'wasm', software: false }, { kind: 'webgpu', software: true }] as const;
    const here = roomOf(workers, 0);
    expect(here.workers).toEqual(workers);
    expect(here.hostBytes).toBeGreaterThan(0);
    expect(Number.isFinite(here.hostBytes)).toBe(true);
    expect(roomOf(workers, 1).hostBytes).toBe(Infinity);
  });
});
