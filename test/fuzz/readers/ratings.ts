/** Ratings and pairs in delimited text and as MatrixMarket. */
import { readPairs } from '../../../src/data/rating-pairs.js';
import type { Separator } from '../../../src/data/ratings-fields.js';
import { readDelimited } from '../../../src/data/ratings-text.js';
import { DUPLICATES, readRatings } from '../../../src/data/ratings.js';
import { TEXT_MUTATIONS } from '../mutate/text.js';
import { ratingsContent } from './content.js';
import { cutsOf, memorySource } from './memory-source.js';
import { finite } from './plain-text.js';
import { NO_OPINION, wayOf, type Files, type Given, type ReaderUnderFuzz } from './reader.js';

const SAMPLES = [
  '1,10,3.5\n1,11,4\n2,10,1\n3,12,5\n',
  'userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n1,1029,3,1260759179\n7,31,4,1260759182\n',
  '1::1193::5::978300760\n1::661::3::978302109\n2::1193::4::978301968\n',
  '196\t242\t3\t881250949\n186\t302\t3\t891717742\n22\t377\t1\t878887116\n196\t242\t5\t881250950\n',
  '# plays\n"a, b";song 1;17\nc;"song ""2""";2\nd;song 1;0\n',
  'u1 i1\nu2 i2\nu1 i2\n',
  'item,user,stars,date\nx,anna,5,2005-09-06\ny,bert,4,2005-09-07T12:00:00Z\n',
  '%%MatrixMarket matrix coordinate real general\n3 4 4\n1 1 5\n1 2 3\n3 4 1\n2 1 4\n',
];

const samples = (): Promise<readonly Files[]> => Promise.resolve(SAMPLES.map((text) => ({ 'ratings.txt': Buffer.from(text) })));

/** Every sum of duplicates with and without times. */
const WAYS = DUPLICATES.flatMap((duplicates) => [true, false].map((times) => ({ duplicates, times })));

export const ratings: ReaderUnderFuzz = {
  name: 'ratings',
  samples,
  mutations: TEXT_MUTATIONS,
  read: async ({ file, way }) => ratingsContent(await readRatings(file, wayOf(way, WAYS))),
  reread: inPieces,
  reference: ({ bytes, way }) => reference(bytes, wayOf(way, WAYS)),
};

const SEPARATORS: Readonly<Record<string, Separator>> = { csv: ',', 'csv with ;': ';', tsv: '\t', 'text with ::': '::', 'text with blanks': 'blanks' };

/** The format is recognized by the file; the text is then read in pieces. */
async function inPieces({ file, bytes, way }: Given): Promise<unknown> {
  const options = wayOf(way, WAYS);
  const found = await readRatings(file, options);
  const source = memorySource(file, bytes, cutsOf(way));
  const separator = SEPARATORS[found.format];
  if (source === null || separator === undefined) return ratingsContent(found);
  const collector = await readDelimited(source, separator, options, null);
  return ratingsContent(collector.finish({ repeated: (_earlier, _later, pair) => new Error(pair) as never, overflow: (pair) => new Error(pair) as never }));
}

const PLAIN = /^[\w.+-]+(,[\w.+-]+){1,3}$/;

/** Plain lines of user,item[,rating[,time]] that begin with a number in each field, every pair once. */
function reference(bytes: Buffer, { times }: (typeof WAYS)[number]): unknown {
  const text = bytes.toString('latin1');
  const records = text.split('\n').filter((line) => line !== '');
  if (records.length === 0 || !records.every((line) => PLAIN.test(line))) return NO_OPINION;
  const rows = records.map((line) => line.split(','));
  const width = rows[0]!.length;
  const number = (cell: string | undefined): number | null => (cell === undefined ? 1 : finite(cell));
  if (rows.some((row) => row.length !== width || row.slice(2).some((cell) => number(cell) === null || Math.abs(Number(cell)) > 3e38)) || !rows[0]!.every((cell) => finite(cell) !== null)) return NO_OPINION;
  if (new Set(rows.map(([user, item]) => `${user},${item}`)).size < rows.length) return NO_OPINION;
  const [users, items] = [0, 1].map((at) => [...new Set(rows.map((row) => row[at]!))]);
  return {
    users,
    items,
    userOf: Uint32Array.from(rows, ([user]) => users!.indexOf(user!)),
    itemOf: Uint32Array.from(rows, ([, item]) => items!.indexOf(item!)),
    values: Float32Array.from(rows, ([, , rating]) => number(rating)!),
    times: times && width > 3 ? Float64Array.from(rows, ([, , , time]) => number(time)!) : null,
    count: rows.length,
    duplicates: 0,
  };
}

export const pairs: ReaderUnderFuzz = {
  name: 'pairs',
  samples,
  mutations: TEXT_MUTATIONS,
  read: async ({ file }) => {
    const all: unknown[] = [];
    for await (const block of readPairs(file)) all.push(...block);
    return all;
  },
};
