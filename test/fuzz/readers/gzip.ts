/** Gzipped files, changed in what is compressed. What comes out of them is known to zlib, which keeps the checksums. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { readDataset } from '../../../src/data/read.js';
import { readRatings } from '../../../src/data/ratings.js';
import { GZIP_MUTATIONS } from '../mutate/formats.js';
import { ratingsContent, valuesOf } from './content.js';
import { NO_OPINION, REFUSED, type Given, type ReaderUnderFuzz } from './reader.js';

const TEXTS = ['1 1:0.5 3:-2\n-1 2:1e3\n0 1:1\n', '0 1:1\n'.repeat(60), '5 2:2 4:0.125\n'];

export const gzip: ReaderUnderFuzz = {
  name: 'gzip',
  samples: () => Promise.resolve([...TEXTS.map((text) => gzipSync(text)), gzipSync(TEXTS[0]!, { level: 0 }), Buffer.concat([gzipSync(TEXTS[0]!), gzipSync(TEXTS[2]!)])].map((bytes) => ({ 'data.libsvm.gz': bytes }))),
  mutations: GZIP_MUTATIONS,
  read: async ({ file }) => {
    await readRatings(file, { duplicates: 'last' }).then(ratingsContent, (error: Error) => (error.name === 'DataError' ? null : Promise.reject(error)));
    return rowsOf(file);
  },
  reference,
};

async function rowsOf(file: string): Promise<unknown> {
  const { matrix, target } = await readDataset({ data: file, format: 'libsvm' });
  try {
    return { values: await valuesOf(matrix.kind, matrix.chunks()), target: target && [...target] };
  } finally {
    await matrix.close();
  }
}

/** Only the lines of the samples, in any order and number. */
function reference({ bytes }: Given): unknown {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return NO_OPINION;
  let text: string;
  try {
    text = gunzipSync(bytes).toString('utf8');
  } catch {
    return REFUSED;
  }
  const lines = text.split('\n').slice(0, -1);
  const known = new Set(TEXTS.flatMap((sample) => sample.split('\n').slice(0, -1)));
  if (lines.length === 0 || !text.endsWith('\n') || lines.some((line) => !known.has(line))) return NO_OPINION;
  const values = lines.flatMap((line, row) => line.split(' ').slice(1).flatMap((pair) => [row, Number(pair.split(':')[0]) - 1, Number(pair.split(':')[1])]));
  return { values, target: lines.map((line) => Number(line.split(' ')[0])) };
}
