/** The library class: what it takes, what it refuses, where it trains, which topics it finds, and what a saved model is good for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError, documentsFrom, FittedLda, LatentDirichletAllocation, readDocuments, UsageError, type CorpusInput, type LdaInput } from '../../../models/index.js';
import { randomBelow } from '../../../src/schedule/random.js';
import { temporaryDirectory } from '../../data/files.js';

const directory = temporaryDirectory();

const PETS = ['cat', 'dog', 'fur', 'leash', 'paw', 'vet'];
const TOOLS = ['bolt', 'drill', 'hammer', 'nail', 'saw', 'wrench'];
/** Documents about either pets or tools, never about both; number 7 is empty. */
const DOCUMENTS = Array.from({ length: 30 }, (_, document) => {
  const words = document % 2 === 0 ? PETS : TOOLS;
  return document === 7 ? [] : Array.from({ length: 20 }, (_, token) => words[randomBelow(words.length, 3, document, token)]);
});

const SMALL: LdaInput = { topics: 2, sweeps: 20, evaluateEvery: 5 };
const trained = new LatentDirichletAllocation(SMALL).fit(DOCUMENTS);
const phiOf = (model: FittedLda) => model.topicWord();

describe('two obvious topics', () => {
  it.each<LdaInput['sampler']>(['exact', 'mh'])('are found: %s', async (sampler) => {
    const model = await new LatentDirichletAllocation({ ...SMALL, sampler, sweeps: 60 }).fit(DOCUMENTS);
    const found = model.topics(6).map(({ words }) => words.map(({ word }) => word).sort());
    expect(found.sort((a, b) => (a[0] < b[0] ? -1 : 1))).toEqual([TOOLS, PETS].map((words) => [...words].sort()));
    for (const { words, coherence, alpha } of model.topics()) {
      expect(words).toHaveLength(6);
      expect(words.reduce((sum, { probability }) => sum + probability, 0)).toBeGreaterThan(0.99);
      expect(coherence).toBeGreaterThan(0);
      expect(alpha).toBe(0.1);
    }
  });

  it('are told apart in new documents', async () => {
    const { topics, values } = await (await trained).transform(['My cat, a dog and the VET', 'hammer nail saw', '']);
    const largest = [0, 1, 2].map((d) => Math.max(...values.subarray(d * topics, (d + 1) * topics)));
    expect(largest[0]).toBeGreaterThan(0.9);
    expect(largest[1]).toBeGreaterThan(0.9);
    expect(largest[2]).toBeCloseTo(0.5, 6);
    expect(values[0] > 0.5).not.toBe(values[2] > 0.5);
  });

  it('share all tokens', async () => {
    const model = await trained;
    const topics = model.topics();
    const tokens = 20 * (DOCUMENTS.length - 1);
    expect(topics.reduce((sum, topic) => sum + topic.tokens, 0)).toBe(tokens);
    expect(topics.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(model.model.summary).toMatchObject({ documents: 30, tokens, topics: 2, vocabulary: 12, sampler: 'exact', strategy: 'rotation', sweeps: 20, bestSweep: 20, samples: 1, reproducible: true, stopped: 'sweeps' });
    expect(model.model.summary.coherence).toBeCloseTo((topics[0].coherence! + topics[1].coherence!) / 2, 12);
  });
});

describe('fit', () => {
  it('takes texts, lists of words, and documents that were read, which stay open', async () => {
    const read = documentsFrom(DOCUMENTS);
    const file = directory.write('documents.txt', DOCUMENTS.map((words) => `${words.join(' ')}\n`).join(''));
    const fromFile = await readDocuments(file);
    const inputs: CorpusInput[] = [DOCUMENTS.map((words) => words.join(' ')), read, read, fromFile];
    for (const input of inputs) expect(phiOf(await new LatentDirichletAllocation(SMALL).fit(input))).toEqual(phiOf(await trained));
    read.close();
    fromFile.close();
  });

  it('reports as often as it is asked to, and keeps its last report', async () => {
    const reported: number[] = [];
    const model = await new LatentDirichletAllocation({ ...SMALL, sweeps: 12 }).fit(DOCUMENTS, { swept: ({ sweep }) => reported.push(sweep) });
    expect(reported).toEqual([5, 10, 12]);
    expect(model.history.map(({ sweep }) => sweep)).toEqual(reported);
    expect(model.best).toBe(model.history.at(-1));
    expect(model.model.summary.logLikelihoodPerToken).toBe(model.best!.logLikelihoodPerToken);
  });

  it('reports the perplexity of test documents, which is that of the model', async () => {
    const test = [...DOCUMENTS.slice(0, 5), ['cat', 'aardvark', 'dog'], []];
    const model = await new LatentDirichletAllocation(SMALL).fit(DOCUMENTS, { test });
    const found = await model.perplexity(test);
    expect(found.unknownTokens).toBe(1);
    expect(found.tokens).toBe(model.best!.test!.tokens);
    expect(found.perplexity / model.best!.test!.perplexity).toBeCloseTo(1, 6);
    expect(model.model.summary.test).toEqual(model.best!.test);
  });

  it('holds out a part for the test and one to validate with', async () => {
    const model = await new LatentDirichletAllocation({ ...SMALL, validationFraction: 0.2 }).fit(DOCUMENTS, { testFraction: 0.2 });
    expect(model.model.summary.documents).toBe(19);
    expect(model.best!.validation!.tokens).toBeGreaterThan(0);
    expect(model.best!.test!.tokens).toBeGreaterThan(0);
    await expect(new LatentDirichletAllocation(SMALL).fit(DOCUMENTS, { testFraction: 0.001 })).rejects.toThrow('LatentDirichletAllocation: testFraction: 0.001 of 30 documents leaves 30 to train on and 0 to test with');
  });

  it('leaves out the words that the filter takes', async () => {
    const model = await new LatentDirichletAllocation(SMALL).fit([...DOCUMENTS, ['once', 'cat']], { stopWords: new Set(['dog', 'saw']), minDocuments: 2 });
    expect([...model.model.words]).toEqual([...PETS, ...TOOLS].filter((word) => word !== 'dog' && word !== 'saw').sort());
    const without = await new LatentDirichletAllocation(SMALL).fit([...DOCUMENTS, ['everywhere']].map((words) => [...words, 'everywhere']), { maxDocumentShare: 0.9 });
    expect(without.model.words.indexOf('everywhere')).toBe(-1);
  });

  it('averages samples', async () => {
    const model = await new LatentDirichletAllocation({ ...SMALL, samples: 5 }).fit(DOCUMENTS);
    expect(model.model.summary.samples).toBe(5);
    expect(model.training!.samples).toBe(5);
    expect(model.topics().reduce((sum, { tokens }) => sum + tokens, 0)).toBeCloseTo(20 * 29, 6);
    const folder = join(directory.path, 'mean');
    await model.save(folder);
    expect(phiOf(await FittedLda.load(folder))).toEqual(phiOf(model));
  });

  it('keeps learned hyper-parameters', async () => {
    const model = await new LatentDirichletAllocation({ ...SMALL, optimizeHyperparameters: true, burnIn: 0 }).fit(DOCUMENTS);
    const folder = join(directory.path, 'learned');
    await model.save(folder);
    const loaded = await FittedLda.load(folder);
    expect(model.model.priors.alpha).not.toEqual(Float64Array.of(0.1, 0.1));
    expect(loaded.model.priors).toEqual(model.model.priors);
  });

  it('says that an interrupted training is not reproducible', async () => {
    const model = await new LatentDirichletAllocation(SMALL).fit(DOCUMENTS, { shouldStop: () => true });
    expect(model.model.summary).toMatchObject({ stopped: 'interrupted', sweeps: 1, reproducible: false });
  });

  it('gives the same bits on worker processes', async () => {
    const model = await new LatentDirichletAllocation({ ...SMALL, workers: 'wasm:2' }).fit(DOCUMENTS);
    expect(phiOf(model)).toEqual(phiOf(await trained));
  });

  it.each<[string, CorpusInput, RegExp]>([
    ['no document', [], /found no token in the 0 documents to train on/],
    ['documents without words', ['', ' … '], /found no token in the 2 documents to train on/],
    ['fewer tokens than topics', [['one']], /2 topics are more than the 1 token to train on/],
    ['what is no document', [7 as unknown as string], /document 0 \(from 0\) is number, expected a text or a list of words/],
  ])('refuses %s', async (_, corpus, message) => {
    const fitting = new LatentDirichletAllocation(SMALL).fit(corpus);
    await expect(fitting).rejects.toBeInstanceOf(DataError);
    await expect(fitting).rejects.toThrow(message);
  });

  it('refuses one text, and leaves documents open that others opened, whatever happens', async () => {
    const fitting = new LatentDirichletAllocation(SMALL);
    await expect(fitting.fit('cat dog')).rejects.toThrow(UsageError);
    const read = documentsFrom(DOCUMENTS);
    await expect(fitting.fit(read, { test: [['nothing', 'known']] })).rejects.toThrow('the document to test with has no token of a word that the training documents have');
    await expect(fitting.fit(read, { swept: () => { throw new Error('enough'); } })).rejects.toThrow('enough');
    expect(phiOf(await fitting.fit(read))).toEqual(phiOf(await trained));
    read.close();
  });
});

describe('a warm start', () => {
  it('goes on from a model in memory or in a folder', async () => {
    const first = await trained;
    const folder = join(directory.path, 'first');
    await first.save(folder);
    const more = [...DOCUMENTS, ['cat', 'dog', 'parrot'], ['parrot', 'vet', 'cat']];
    const short = new LatentDirichletAllocation({ ...SMALL, sweeps: 1, seed: 5 });
    const [fromMemory, fromFolder, cold] = [await short.fit(more, { warmStart: first.model }), await short.fit(more, { warmStart: folder }), await short.fit(more)];
    expect(phiOf(fromFolder)).toEqual(phiOf(fromMemory));
    expect(fromMemory.best!.logLikelihoodPerToken).toBeGreaterThan(cold.best!.logLikelihoodPerToken);
    expect(fromMemory.model.words.indexOf('parrot')).toBeGreaterThanOrEqual(0);
    // The topics keep their numbers.
    const largest = ({ model }: FittedLda) => model.topics(1).map(({ words: [{ word }] }) => PETS.includes(word));
    expect(largest(fromMemory)).toEqual(largest(first));
  });

  it('needs a model of as many topics, and a folder of one', async () => {
    const folder = join(directory.path, 'of-two');
    await (await trained).save(folder);
    const three = new LatentDirichletAllocation({ ...SMALL, topics: 3 });
    for (const warmStart of [(await trained).model, folder]) {
      const starting = three.fit(DOCUMENTS, { warmStart });
      await expect(starting).rejects.toBeInstanceOf(UsageError);
      await expect(starting).rejects.toThrow('the model to start from has 2 topics, and this training asks for 3: ask for 2, or start without a model');
    }
    await expect(three.fit(DOCUMENTS, { warmStart: join(directory.path, 'nowhere') })).rejects.toThrow(DataError);
  });
});

describe('a saved topic model', () => {
  it('comes back to the bit', async () => {
    const model = await trained;
    const folder = join(directory.path, 'model');
    await model.save(folder);
    const loaded = await FittedLda.load(folder);
    expect(loaded.topics()).toEqual(model.topics());
    expect(phiOf(loaded)).toEqual(phiOf(model));
    expect(loaded.model.summary).toEqual(model.model.summary);
    expect(await loaded.transform(DOCUMENTS)).toEqual(await model.transform(DOCUMENTS));
    await expect(model.save(folder)).rejects.toThrow('the folder exists. Choose another output folder or add --overwrite');
    await model.save(folder, { overwrite: true });
  });

  it('has the same bytes after the same training', async () => {
    const folders = ['one', 'two'].map((name) => join(directory.path, name));
    for (const folder of folders) await (await new LatentDirichletAllocation({ ...SMALL, optimizeHyperparameters: true }).fit(DOCUMENTS, { testFraction: 0.2 })).save(folder);
    for (const file of readdirSync(folders[0])) expect(readFileSync(join(folders[1], file)), file).toEqual(readFileSync(join(folders[0], file)));
  });
});

describe('options', () => {
  it.each<[string, object, RegExp]>([
    ['no topics', { topics: 0 }, /^LatentDirichletAllocation: topics: /],
    ['a negative alpha', { alpha: -1 }, /alpha: /],
    ['an unknown sampler', { sampler: 'fast' }, /sampler: /],
    ['the exact sampler for many topics', { sampler: 'exact', topics: 5000 }, /sampler: exact is for up to 2048 topics, not 5000: choose mh/],
    ['a lag of another strategy', { lag: 2 }, /lag: is for the strategy data-parallel: leave it out/],
    ['patience without validation', { patience: 3 }, /patience: waits for a better validation/],
    ['a word of a topic that there is not', { topics: 3, seedWords: { cat: 3 } }, /seedWords: "cat" is for topic 3, and there are topics 0 to 2/],
    ['an option that is none', { rank: 1 }, /rank/],
  ])('refuse %s at once, by name', (_what, options, message) => {
    expect(() => new LatentDirichletAllocation(options as LdaInput)).toThrow(UsageError);
    expect(() => new LatentDirichletAllocation(options as LdaInput)).toThrow(message);
  });
});
