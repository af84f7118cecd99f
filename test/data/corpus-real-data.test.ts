/** Published corpora, where they lie beside the repository; sizes as published. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { corpusOver, readDocuments, trainingCorpus, type Documents } from '../../src/data/corpus.js';

const LDA = join(import.meta.dirname, '../../../shared/data/lda');

interface Published {
  readonly file: string;
  readonly vocabulary?: string;
  readonly format: string;
  readonly count: number;
  readonly words: number;
  readonly entries: number;
  readonly tokens: number;
}

const CORPORA: Published[] = [
  { file: 'kos/docword.kos-train.txt.gz', format: 'UCI docword, gzipped', count: 3035, words: 6906, entries: 311_052, tokens: 412_311 },
  { file: 'kos/docword.kos-test.txt.gz', format: 'UCI docword, gzipped', count: 395, words: 6906, entries: 42_108, tokens: 55_403 },
  { file: '20newsgroups/docword.20news-train90.txt.gz', vocabulary: '20newsgroups/vocab.20news.txt', format: 'UCI docword, gzipped', count: 10_055, words: 61_188, entries: 1_314_802, tokens: 2_482_360 },
  { file: '20newsgroups/docword.20news-train10.txt.gz', vocabulary: '20newsgroups/vocab.20news.txt', format: 'UCI docword, gzipped', count: 1214, words: 61_188, entries: 152_543, tokens: 282_940 },
  { file: 'ap/ap.dat.gz', vocabulary: 'ap/vocab.txt', format: 'LDA-C, gzipped', count: 2246, words: 10_473, entries: 302_031, tokens: 435_838 },
  { file: 'reuters-395/reuters.ldac', vocabulary: 'reuters-395/reuters.tokens', format: 'LDA-C', count: 395, words: 4258, entries: 60_114, tokens: 84_010 },
];

const read = ({ file, vocabulary }: Published): Promise<Documents> => readDocuments(join(LDA, file), { vocabulary: vocabulary === undefined ? undefined : join(LDA, vocabulary), strict: true });

describe('published corpora', () => {
  for (const published of CORPORA) {
    const { file, format, count, words, entries, tokens } = published;
    it.skipIf(!existsSync(join(LDA, file)))(file, async () => {
      const documents = await read(published);
      let found = 0;
      for (const batch of documents.batches()) found += batch.words.length;
      expect({ format: documents.format, count: documents.count, words: documents.words.count, entries: found, tokens: documents.tokens }).toEqual({ format, count, words, entries, tokens });
      documents.close();
    });
  }
  const [train, test] = CORPORA.slice(2);
  it.skipIf(!existsSync(join(LDA, train.file)) || !existsSync(join(LDA, test.file)))('words that only the test part has are unknown, and counted', async () => {
    const known = trainingCorpus(await read(train));
    const judged = corpusOver(await read(test), known.words);
    expect([known.words.count, known.tokens, known.unknownTokens]).toEqual([52_600, train.tokens, 0]);
    expect(judged.tokens + judged.unknownTokens).toBe(test.tokens);
    expect(judged.unknownTokens).toBeGreaterThan(0);
    known.close();
    judged.close();
  });
});
