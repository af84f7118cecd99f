/** Documents: docword, LDA-C, text by line and text by file. */
import { readDocuments } from '../../../src/data/corpus-file.js';
import { DocumentStore } from '../../../src/data/corpus-store.js';
import { readDocword } from '../../../src/data/docword.js';
import { readLdaC } from '../../../src/data/lda-c.js';
import { TextCollector } from '../../../src/data/text-collector.js';
import { readTextFiles } from '../../../src/data/text-files.js';
import { readTextLines } from '../../../src/data/text-lines.js';
import { readVocabulary } from '../../../src/data/vocabulary.js';
import type { Documents } from '../../../src/data/corpus.js';
import { TEXT_MUTATIONS } from '../mutate/text.js';
import { documentsContent } from './content.js';
import { cutsOf, memorySource } from './memory-source.js';
import { linesIn } from './plain-text.js';
import { NO_OPINION, wayOf, type Files, type Given, type ReaderUnderFuzz } from './reader.js';

const VOCABULARY = 'apple\nberry\ncherry, red\n"date"\nelder\n';

/** Every other way has a vocabulary file; every third is strict. */
function optionsOf({ folder, way }: Given): { readonly vocabulary: string | undefined; readonly strict: boolean } {
  return { vocabulary: way % 2 === 0 ? `${folder}/vocabulary.txt` : undefined, strict: way % 3 === 0 };
}

function reader(name: string, texts: readonly string[], rest: Partial<ReaderUnderFuzz>): ReaderUnderFuzz {
  return {
    name,
    samples: () => Promise.resolve(texts.map((text): Files => ({ 'documents.txt': Buffer.from(text), ...(name === 'text-lines' ? {} : { 'vocabulary.txt': Buffer.from(VOCABULARY) }) }))),
    mutations: TEXT_MUTATIONS,
    read: async (given) => documentsContent(await readDocuments(given.file, name === 'text-lines' ? { strict: given.way % 3 === 0 } : optionsOf(given))),
    reread: (given) => inPieces(given, name),
    ...rest,
  };
}

export const docword = reader('docword', ['3\n5\n5\n1 1 2\n1 3 1\n2 2 7\n3 1 1\n3 5 4\n', '4\r\n5\r\n2\r\n2 5 1\r\n4 1 4294967295\r\n'], { reference: docwordReference });

export const ldaC = reader('lda-c', ['2 0:3 4:1\n0\n3 1:1 2:2 3:9\n', '\n1 4:4294967295\n2 0:1 1:1\r\n'], { reference: ldaCReference });

export const textLines = reader('text-lines', ["The quick brown fox\njumps over the lazy dog.\n\nDon't <b class=\"x\">stop</b> me now &amp; http://example.org/a?b\n", 'Straße İstanbul naïve ﬁne\nΣίσυφος 北京 don’t co-op\n'], {});

/** What the file was recognized as, read in pieces. */
async function inPieces(given: Given, name: string): Promise<unknown> {
  const options = name === 'text-lines' ? { vocabulary: undefined, strict: given.way % 3 === 0 } : optionsOf(given);
  const found = await readDocuments(given.file, options);
  const source = memorySource(given.file, given.bytes, cutsOf(given.way));
  if (source === null) return documentsContent(found);
  const { format } = found;
  found.close();
  const store = new DocumentStore();
  if (format.startsWith('text')) {
    const collector = new TextCollector(store);
    const replacedBytes = await readTextLines(source, options.strict, collector);
    return documentsContent(collector.finish({ source: '', format, names: null, replacedBytes, skippedFiles: 0 }));
  }
  const vocabulary = options.vocabulary === undefined ? null : await readVocabulary(options.vocabulary, options.strict);
  const words = await (format.startsWith('UCI') ? readDocword : readLdaC)(source, vocabulary, store);
  const documents: Documents = { source: '', format, count: store.count, tokens: store.tokens, words, hasVocabulary: vocabulary !== null, names: null, replacedBytes: vocabulary?.replacedBytes ?? 0, skippedFiles: 0, batches: () => store.batches(null), close: () => store.close() };
  return documentsContent(documents);
}

/** Documents as lists of word, count; as `documentsContent` gives them. */
function contentOf(documents: readonly (readonly (readonly [number, number])[])[], words: readonly string[]): unknown {
  const entries = documents.flat();
  const starts = [0];
  for (const { length } of documents) starts.push(starts.at(-1)! + length);
  const batches = [{ first: 0, starts: Uint32Array.from(starts), words: Uint32Array.from(entries, ([word]) => word), counts: Uint32Array.from(entries, ([, count]) => count) }];
  return { count: documents.length, tokens: entries.reduce((sum, [, count]) => sum + count, 0), words, hasVocabulary: false, replacedBytes: 0, skippedFiles: 0, files: null, batches };
}

const MOST = 1000;

/** Small files of plain numbers without a vocabulary, in order. */
function docwordReference({ bytes, way }: Given): unknown {
  const lines = linesIn(bytes);
  if (way % 2 === 0 || lines.length < 3 || !lines.every((line, at) => (at < 3 ? /^\d{1,3}$/ : /^\d{1,3} \d{1,3} \d{1,9}$/).test(line))) return NO_OPINION;
  const [[count], [words], [entries], ...rows] = lines.map((line) => line.split(' ').map(Number)) as [[number], [number], [number], ...[number, number, number][]];
  const isInOrder = rows.every(([document, word, tokens], at) => document >= 1 && document <= count && word >= 1 && word <= words && tokens >= 1 && document >= (rows[at - 1]?.[0] ?? 1));
  if (rows.length !== entries || !isInOrder || words < 1 || count < 1 || words > MOST) return NO_OPINION;
  const documents = Array.from({ length: count }, (_, d) => rows.filter(([document]) => document === d + 1).map(([, word, tokens]) => [word - 1, tokens] as const));
  return contentOf(documents, Array.from({ length: words }, (_, w) => String(w + 1)));
}

/** Small files of plain pairs without a vocabulary. */
function ldaCReference({ bytes, way }: Given): unknown {
  const lines = linesIn(bytes);
  if (way % 2 === 0 || !lines.every((line) => /^\d{1,3}( \d{1,3}:[1-9]\d{0,8})*$/.test(line)) || !lines.some((line) => line.includes(':'))) return NO_OPINION;
  const documents = lines.map((line) => line.split(' ').slice(1).map((pair) => pair.split(':').map(Number) as [number, number]));
  if (lines.some((line, at) => Number(line.split(' ')[0]) !== documents[at]!.length) || !/^\s*(0\s+)*\d+ \d+:\d+/.test(bytes.toString('latin1'))) return NO_OPINION;
  return contentOf(documents, Array.from({ length: Math.max(...documents.flat().map(([word]) => word)) + 1 }, (_, w) => String(w)));
}

export const textFiles: ReaderUnderFuzz = {
  name: 'text-files',
  isFolder: true,
  samples: () =>
    Promise.resolve([
      { 'a.txt': Buffer.from('One two three.\nFour five'), 'b.txt': Buffer.from('two <i>four</i> six'), 'below/c.txt': Buffer.from('häßlich five\n') },
      { 'a.txt': Buffer.from(''), 'b.txt': Buffer.from('alpha beta'), 'below/c.txt': Buffer.from('beta gamma &nbsp; delta') },
    ]),
  mutations: TEXT_MUTATIONS,
  read: async ({ folder, way }) => documentsContent(await readTextFiles(wayOf(way, [folder, `${folder}/*.txt`]), { strict: way % 3 === 0 })),
};
