/** Files of one thing a line: words, ids, weights, numbers. */
import { DataError } from '../../../src/data/dataset.js';
import { visitIds, writeIds } from '../../../src/data/ids-file.js';
import { Ids } from '../../../src/data/ids.js';
import { stopWords } from '../../../src/data/stop-words.js';
import { readVector } from '../../../src/data/vector.js';
import { readVocabulary } from '../../../src/data/vocabulary.js';
import { readFeatureWeights, readSampleWeights } from '../../../src/data/weights.js';
import { readSeedWords } from '../../../src/cli/seed-words.js';
import { npy } from '../../data/numpy-files.js';
import { NPY_MUTATIONS } from '../mutate/formats.js';
import { TEXT_MUTATIONS } from '../mutate/text.js';
import { linesIn } from './plain-text.js';
import { NO_OPINION, REFUSED, wayOf, type Given, type ReaderUnderFuzz } from './reader.js';

function reader(name: string, samples: readonly (string | Buffer)[], read: (given: Given) => Promise<unknown>, rest: Partial<ReaderUnderFuzz> = {}): ReaderUnderFuzz {
  return { name, samples: () => Promise.resolve(samples.map((sample) => ({ [`${name}.txt`]: Buffer.from(sample) }))), mutations: TEXT_MUTATIONS, read, ...rest };
}

const vocabularyWays = [true, false];

export const vocabulary = reader(
  'vocabulary',
  ['apple\nberry\ncherry\n', 'naïve\r\nStraße\r\n 北京 \r\n'],
  async ({ file, way }) => [...(await readVocabulary(file, wayOf(way, vocabularyWays))).words],
  {
    reference: ({ bytes, way }) => {
      if (bytes[0] === 0x1f) return NO_OPINION;
      const words = linesIn(bytes).map((line) => line.trim());
      const isText = bytes.equals(Buffer.from(bytes.toString('utf8')));
      if (bytes.length === 0 || words.includes('') || new Set(words).size < words.length || (!isText && wayOf(way, vocabularyWays))) return REFUSED;
      return words.length === 0 || !isText ? NO_OPINION : words;
    },
  },
);

async function idsIn(file: string): Promise<string[]> {
  const found: string[] = [];
  await visitIds(file, (id) => void found.push(id));
  return found;
}

export const ids = reader('ids', ['u1\nu2\n"a, b"\n"say ""hi"""\n', '1\n2\n3\n" 4 "\n"two\nlines"\n'], async ({ file }) => idsIn(file), {
  // What was read is written and read again; ids that come twice are written once.
  reread: async ({ file, folder }) => {
    const found = await idsIn(file);
    const known = new Ids();
    for (const id of found) known.add(id);
    if (known.count < found.length || found.length === 0) return found;
    await writeIds(`${folder}/again.txt`, known);
    return idsIn(`${folder}/again.txt`);
  },
});

const MARKET = '%%MatrixMarket matrix coordinate real general\n4 1 2\n1 1 0.5\n3 1 2\n';
const MARKET_ROW = '%%MatrixMarket matrix array real general\n1 4\n1\n0\n2\n3\n';

const MOST_VALUES = 100_000;

/** As the other files of a run would say. */
function fewAtMost(file: string, length: number): void {
  if (length > MOST_VALUES) throw new DataError(`${file}: found ${length} values, expected at most ${MOST_VALUES}`);
}

export const vector = reader(
  'vector',
  ['y\n1\n-2.5\n3e4\n0\n', '1\n2\n3\n4\n', MARKET, MARKET_ROW, npy([1, 2, 3, 4], { shape: [4] }), npy([1, 2, 3, 4], { shape: [4, 1], descr: '<f4' })],
  async ({ file }) => [...(await readVector(file, { what: 'target', checkLength: (length) => fewAtMost(file, length) }))],
  { mutations: [...TEXT_MUTATIONS, ...NPY_MUTATIONS] },
);

const NAMES = ['a', 'b', 'c, d', 'e'];

export const weights = reader(
  'weights',
  ['1\n0\n2.5\n4\n', MARKET, MARKET_ROW, npy([1, 0.5, 3, 4], { shape: [4] }), 'feature,weight\na,2\n"c, d",0\n'],
  async ({ file, way }) => {
    const samples = await readSampleWeights(file, 4).catch((error: unknown) => error);
    if (way % 2 === 0) return samples instanceof Error ? Promise.reject(samples) : samples;
    return readFeatureWeights(file, 4, wayOf(way >>> 1, [NAMES, null]));
  },
  { mutations: [...TEXT_MUTATIONS, ...NPY_MUTATIONS] },
);

const TOPICS = 4;

export const seedWords = reader('seed-words', ['gene 0\ncell, 1\nstar\t3\n\ndna 0\n'], async ({ file }) => [...(await readSeedWords(file, TOPICS))], {
  reference: ({ bytes }) => {
    const lines = linesIn(bytes);
    if (!lines.every((line) => /^(\w+ \d)?$/.test(line))) return NO_OPINION;
    const seeds = lines.filter((line) => line !== '').map((line) => [line.split(' ')[0]!, Number(line.split(' ')[1])] as const);
    const topicOf = new Map(seeds);
    return seeds.length === 0 || seeds.some(([word, topic]) => topic >= TOPICS || topicOf.get(word) !== topic) ? REFUSED : [...topicOf];
  },
});

export const stopWordList = reader('stop-words', ['the\nand\nOF\n', "l’eau\r\ndon't\r\n"], async ({ file }) => [...(await stopWords(file))]);
