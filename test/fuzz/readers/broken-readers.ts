/** Readers that fail in each way that fuzzing should find, on every input; for the test of the fuzzing. */
import { closeSync, openSync } from 'node:fs';
import { DataError } from '../../../src/data/dataset.js';
import { REFUSED, type Given, type ReaderUnderFuzz } from './reader.js';

function broken(name: string, read: (given: Given) => unknown, rest: Partial<ReaderUnderFuzz> = {}): ReaderUnderFuzz {
  return { name, samples: () => Promise.resolve([{ file: Buffer.from('1 2 3\n') }]), mutations: [], read: (given) => new Promise((resolve) => resolve(read(given))), ...rest };
}

let calls = 0;

function refuse(message: string): never {
  throw new DataError(message);
}

export const READERS: readonly ReaderUnderFuzz[] = [
  broken('sound', ({ file, bytes }) => (bytes.length % 2 === 0 ? bytes.length : refuse(`${file}: found ${bytes.length} bytes, expected an even number`))),
  broken('hangs', () => {
    for (;;);
  }),
  broken('ends', () => process.exit(3)),
  broken('fills the heap', () => {
    for (const all: number[][] = []; ; ) all.push(new Array<number>(1e6).fill(0.5));
  }),
  broken('believes a header', () => new Float64Array(2 ** 32).length),
  broken('throws', () => (undefined as unknown as string).length),
  broken('rejects behind its back', () => void Promise.reject(new Error('late'))),
  broken('names no file', () => refuse('found 1 byte, expected 2')),
  broken('says nothing', ({ file }) => refuse(`${file}: oh no`)),
  broken('says undefined', ({ file }) => refuse(`${file}: found undefined, expected 2`)),
  broken('obeys', ({ file }) => refuse(`${file}: found \x1b[31m, expected 2`)),
  broken('talks', ({ file }) => refuse(`${file}: found ${'x'.repeat(3000)}`)),
  broken('changes its mind', () => calls++, { reread: () => Promise.resolve(calls++) }),
  broken('is wrong', () => 1, { reference: () => 2 }),
  broken('takes in anything', () => 1, { reference: () => REFUSED }),
  broken('refuses what is right', ({ file }) => refuse(`${file}: found 1, expected 2`), { reference: () => 1 }),
  broken('leaves files open', ({ file }) => {
    const other = openSync(file, 'r');
    if (calls++ % 8 === 0) closeSync(other);
  }),
];
