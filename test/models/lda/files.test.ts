/** A model comes back from its folder to the bit, holds what other programs expect, and a damaged folder is refused by file. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeLdaModel } from '../../../models/lda/files.js';
import { LdaModel } from '../../../models/lda/model.js';
import { DataError } from '../../../src/data/dataset.js';
import { writeFolder } from '../../../src/data/folder.js';
import { readSafetensors, writeSafetensors, type Tensors } from '../../../src/data/safetensors.js';
import { temporaryDirectory } from '../../data/files.js';
import { madeContent, madeModel, phiByDefinition, type Making } from './made-models.js';

const directory = temporaryDirectory();

/** Topic 2 has one word, and topic 4 none. */
const making: Making = {
  topics: 5,
  vocabulary: 6,
  count: (topic, word) => (topic === 4 ? 0 : topic === 2 ? Number(word === 3) * 7 : (topic * 5 + word * 3) % 4),
  word: (index) => ['a,b', ' "quoted" ', 'Ünï', 'two\nlines', '007', 'tab\tbed'][index],
};

const SHAPES: readonly [string, Making][] = [
  ['of all kinds of topics', making],
  ['in tiles of a topic', { ...making, tile: 1 }],
  ['in uneven tiles', { ...making, tile: 3 }],
  ['that is a mean of samples', { topics: 4, vocabulary: 9, count: (topic, word) => topic + (word % 3) / 3, summary: { samples: 3 } }],
  ['of a topic and a word', { topics: 1, vocabulary: 1, count: () => 3 }],
  ['of many topics', { topics: 300, vocabulary: 40, tile: 64 }],
  ['whose phi is more than one slab', { topics: 300, vocabulary: 4000, count: (topic, word) => Number(word % 300 === topic) }],
];

async function saved(name: string, of: Making = making): Promise<string> {
  const folder = join(directory.path, name.replaceAll(/\W/g, '-'));
  await writeLdaModel(folder, madeContent(of));
  return folder;
}

const tensorsIn = (file: string): Tensors => readSafetensors(readFileSync(file), file);

describe('a saved topic model', () => {
  it.each(SHAPES)('%s comes back to the bit', async (name, of) => {
    const loaded = await LdaModel.load(await saved(name, of));
    const made = await madeModel(of);
    expect(loaded.fold).toEqual(made.fold);
    expect([...loaded.words]).toEqual([...made.words]);
    expect(loaded.summary).toEqual(made.summary);
    expect(loaded.coherences).toEqual(made.coherences);
    expect(loaded.topics(4)).toEqual(made.topics(4));
    expect(Buffer.compare(Buffer.from(loaded.topicWord().buffer), Buffer.from(made.topicWord().buffer))).toBe(0);
  });

  it.each(SHAPES)('%s has the same bytes however its tiles were cut, and when it is saved again', async (name, of) => {
    const whole = await saved(`${name}, whole`, { ...of, tile: of.topics });
    const pieces = await saved(`${name}, in pieces`, of);
    const again = join(directory.path, `${name.replaceAll(/\W/g, '-')}-again`);
    await writeLdaModel(again, await LdaModel.load(whole));
    for (const file of readdirSync(whole)) {
      for (const other of [pieces, again]) expect(Buffer.compare(readFileSync(join(other, file)), readFileSync(join(whole, file))), file).toBe(0);
    }
  });

  it('holds phi as topics × vocabulary, alpha and beta', async () => {
    const folder = await saved('phi');
    const { phi, alpha, beta, ...others } = tensorsIn(join(folder, 'phi.safetensors'));
    expect(others).toEqual({});
    expect([phi.shape, alpha.shape, beta.shape]).toEqual([[5, 6], [5], [1]]);
    expect(phi.data).toEqual(Float32Array.from(phiByDefinition(making).flat()));
    expect(alpha.data).toEqual(madeContent(making).priors.alpha);
    expect(beta.data).toEqual(Float64Array.of(0.01));
  });

  it('holds its counts by topic, words ascending', async () => {
    const folder = await saved('counts');
    const { totals, lengths, words, counts } = tensorsIn(join(folder, 'counts.safetensors'));
    let at = 0;
    for (let topic = 0; topic < 5; topic++) {
      const own = Array.from({ length: 6 }, (_, word) => [word, making.count!(topic, word)]).filter(([, count]) => count > 0);
      expect(lengths.data[topic]).toBe(own.length);
      expect(own).toEqual(own.map((_, e) => [words.data[at + e], counts.data[at + e]]));
      expect(totals.data[topic]).toBe(own.reduce((sum, [, count]) => sum + count, 0));
      at += own.length;
    }
    expect(words.data).toHaveLength(at);
  });

  it('names word i in line i, and lists its topics for people', async () => {
    const folder = await saved('lines');
    expect(readFileSync(join(folder, 'vocabulary.txt'), 'utf8')).toBe('"a,b"\n" ""quoted"" "\nÜnï\n"two\nlines"\n007\ntab\tbed\n');
    const [header, ...lines] = readFileSync(join(folder, 'topics.tsv'), 'utf8').split('\n');
    expect(header).toBe('topic\talpha\ttokens\tcoherence\twords');
    expect(lines.slice(0, 5)).toEqual([
      `0\t0.05\t9\t${1 / 3}\t_"quoted"_ tab_bed Ünï two_lines`,
      `1\t${0.05 + 1 / 7}\t7\t0.25\tÜnï two_lines a,b 007`,
      `2\t${0.05 + 2 / 7}\t7\t\ttwo_lines`,
      `3\t${0.05 + 3 / 7}\t11\t${1 / 6}\ta,b 007 _"quoted"_ tab_bed Ünï`,
      `4\t${0.05 + 4 / 7}\t0\t\t`,
    ]);
    expect(lines.slice(5)).toEqual(['']);
  });

  it('is replaced as a whole when that is asked for', async () => {
    const folder = join(directory.path, 'replaced');
    await writeFolder(folder, { overwrite: false }, (temporary) => writeLdaModel(temporary, madeContent(making)));
    const refused = writeFolder(folder, { overwrite: false }, (temporary) => writeLdaModel(temporary, madeContent(making)));
    await expect(refused).rejects.toThrow('the folder exists. Choose another output folder or add --overwrite');
    await writeFolder(folder, { overwrite: true }, (temporary) => writeLdaModel(temporary, madeContent({ ...making, topics: 2 })));
    expect(readdirSync(folder).sort()).toEqual(['counts.safetensors', 'model.json', 'phi.safetensors', 'topics.tsv', 'vocabulary.txt']);
    expect((await LdaModel.load(folder)).summary.topics).toBe(2);
  });
});

/** Changes one file of a folder. */
type Damage = (file: string) => void;

const cut = (bytes: number): Damage => (file) => writeFileSync(file, readFileSync(file).subarray(0, -bytes));
const emptied: Damage = (file) => writeFileSync(file, '');
const missing: Damage = (file) => rmSync(file);
const rewritten = (change: (text: string) => string): Damage => (file) => writeFileSync(file, change(readFileSync(file, 'utf8')));
const inSummary = (change: object): Damage => rewritten((text) => JSON.stringify({ ...(JSON.parse(text) as object), ...change }));
const tensors = (change: (tensors: Tensors) => Tensors): Damage => (file) => writeFileSync(file, writeSafetensors(change(tensorsIn(file))));

/** Sets one number of a tensor. */
const number = (name: string, at: number, value: number) => tensors((all) => {
  const data = all[name].data.slice() as Float64Array;
  data[at] = value;
  return { ...all, [name]: { shape: all[name].shape, data } };
});

describe('a damaged folder', () => {
  it.each<[string, string, Damage, RegExp]>([
    ['no summary', 'model.json', missing, /not found: give the folder that strads train --out wrote/],
    ['a summary that is cut off', 'model.json', cut(3), /not valid JSON .*the model is damaged; train it again/],
    ['a summary of another model', 'model.json', inSummary({ format: 'strads-mf' }), /not a topic model that this version \(format 1\) reads: format: /],
    ['a summary of a later version', 'model.json', inSummary({ formatVersion: 2 }), /formatVersion: .*Train it again, or use the strads that wrote it/],
    ['no topics', 'model.json', inSummary({ topics: 0 }), /topics: /],
    ['no sampler', 'model.json', inSummary({ sampler: 'auto' }), /sampler: /],
    ['another number of topics', 'model.json>phi.safetensors', inSummary({ topics: 6 }), /found alpha \(F64 5\), beta \(F64 1\), phi \(F32 5 × 6\), expected alpha \(F64 6\), beta \(F64 1\), phi \(F32 6 × 6\)\. The folder is damaged or mixes two models/],
    ['another number of words', 'model.json>vocabulary.txt', inSummary({ vocabulary: 7 }), /found 6 words, expected 7, as many as model\.json counts/],
    ['another number of tokens', 'model.json>counts.safetensors', inSummary({ tokens: 35 }), /totals add up to 34, expected 35, the tokens that model\.json counts/],
    ['no words', 'vocabulary.txt', missing, /there is no such file/],
    ['empty words', 'vocabulary.txt', emptied, /the file is empty/],
    ['a word less', 'vocabulary.txt', rewritten((text) => text.slice(text.indexOf('\n') + 1)), /found 5 words, expected 6/],
    ['a word twice', 'vocabulary.txt', rewritten((text) => text.replace('007', 'Ünï')), /line 6: found the word "Ünï" again \(it is number 3\), expected every word once/],
    ['a word that is empty', 'vocabulary.txt', rewritten((text) => text.replace('007', '""')), /line 6: found an empty id/],
    ['no phi', 'phi.safetensors', missing, /there is no such file/],
    ['phi that is cut off', 'phi.safetensors', cut(1), /not a whole safetensors file: found .* the file is truncated/],
    ['phi that is something else', 'phi.safetensors', rewritten(() => 'nonsense, and long enough'), /not a whole safetensors file/],
    ['phi of columns and rows', 'phi.safetensors', tensors(({ phi, ...all }) => ({ ...all, phi: { ...phi, shape: [6, 5] } })), /phi \(F32 6 × 5\), expected/],
    ['no alpha', 'phi.safetensors', tensors(({ phi, beta }) => ({ phi, beta })), /found beta \(F64 1\), phi \(F32 5 × 6\), expected alpha/],
    ['an alpha of 0', 'phi.safetensors', number('alpha', 3, 0), /alpha, number 3 \(from 0\): found 0, expected a number greater than 0/],
    ['a beta that is none', 'phi.safetensors', number('beta', 0, NaN), /beta, number 0 \(from 0\): found NaN/],
    ['no counts', 'counts.safetensors', missing, /there is no such file/],
    ['empty counts', 'counts.safetensors', emptied, /the file is empty/],
    ['counts that are cut off', 'counts.safetensors', cut(2), /not a whole safetensors file/],
    ['fewer counts than words', 'counts.safetensors', tensors((all) => ({ ...all, counts: { shape: [2], data: new Float32Array(2) } })), /found counts \(F32 2\), .*expected counts \(F32 \d+\)/],
    ['a total that is none', 'counts.safetensors', number('totals', 1, Infinity), /totals, number 1 \(from 0\): found Infinity, expected a number of tokens/],
    ['lengths that do not add up', 'counts.safetensors', number('lengths', 4, 2), /lengths add up to 16, expected 14, the number of words listed/],
    ['lengths of other topics', 'counts.safetensors', tensors(({ lengths, ...all }) => ({ ...all, lengths: { ...lengths, data: Uint32Array.of(3, 5, 1, 5, 0) } })), /counts of topic 0 \(from 0\) add up to 6, expected its total, 9/],
    ['a word that there is not', 'counts.safetensors', number('words', 3, 6), /words of topic 0 \(from 0\): found 6 after 3, expected ascending numbers below 6/],
    ['a word that is listed twice', 'counts.safetensors', number('words', 1, 1), /words of topic 0 \(from 0\): found 1 after 1, expected ascending numbers below 6/],
    ['a count of 0', 'counts.safetensors', number('counts', 2, 0), /counts of topic 0 \(from 0\): found 0 for word 3, expected a number greater than 0/],
    ['another count', 'counts.safetensors', number('counts', 4, 2.5), /counts of topic 1 \(from 0\) add up to 8\.5, expected its total, 7/],
    ['no table of topics', 'topics.tsv', missing, /there is no such file/],
    ['a table of other columns', 'topics.tsv', rewritten((text) => text.replace('alpha', 'beta')), /line 1: found "topic\\tbeta\\ttokens\\tcoherence\\twords", expected the columns topic, alpha, tokens, coherence, words/],
    ['a topic less in the table', 'topics.tsv', rewritten((text) => text.replace(/4\t.*\n$/, '')), /found 4 topics, expected 5/],
    ['a table that is cut off', 'topics.tsv', cut(1), /found 5 topics, the last without a line end, expected 5/],
    ['another alpha in the table', 'topics.tsv', rewritten((text) => text.replace('0\t0.05', '0\t0.06')), /line 2: found "0 0\.06 9 .*", expected 0 0\.05 9 \(topic, alpha, tokens\) and a coherence from -1 to 1 or none/],
    ['a coherence that is none', 'topics.tsv', rewritten((text) => text.replace('\t0.25\t', '\thigh\t')), /line 3: found "1 .* high", expected 1/],
  ])('with %s is refused by file', async (name, place, damage, message) => {
    const folder = await saved(`damaged ${name}`);
    const [changed, named = changed] = place.split('>');
    damage(join(folder, changed));
    const loading = LdaModel.load(folder);
    await expect(loading).rejects.toBeInstanceOf(DataError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(`${folder}/${named}`);
  });
});

describe('topics', () => {
  it('are described by their most probable words, equal ones in the order of the vocabulary', async () => {
    const model = await madeModel({ topics: 2, vocabulary: 5, count: (topic, word) => [[2, 5, 0, 2, 9], [1, 1, 1, 1, 1]][topic][word] });
    const [first, second] = model.topics(3);
    expect(first.words.map(({ word, tokens }) => [word, tokens])).toEqual([['w4', 9], ['w1', 5], ['w0', 2]]);
    expect(first.words[0].probability).toBeCloseTo(9.01 / 18.05, 12);
    expect(first).toMatchObject({ topic: 0, alpha: 0.05, tokens: 18, share: 18 / 23, coherence: 1 / 3 });
    expect(second.words.map(({ word }) => word)).toEqual(['w0', 'w1', 'w2']);
    expect(model.topics(100)[0].words.map(({ word }) => word)).toEqual(['w4', 'w1', 'w0', 'w3']);
  });

  it('have the words that sorting all of them would put first', async () => {
    const many: Making = { topics: 40, vocabulary: 500 };
    const phi = phiByDefinition(many);
    for (const [topic, { words }] of (await madeModel(many)).topics(25).entries()) {
      const sorted = phi[topic].map((probability, word) => ({ probability, word })).sort((a, b) => b.probability - a.probability || a.word - b.word);
      expect(words.map(({ word }) => word)).toEqual(sorted.slice(0, 25).map(({ word }) => `w${word}`));
    }
  });

  it('are distributions over words, of all topics or some', async () => {
    const model = await madeModel(making);
    const phi = phiByDefinition(making);
    expect(model.topicWord()).toEqual(Float32Array.from(phi.flat()));
    expect(model.topicWord(1, 3)).toEqual(Float32Array.from(phi.slice(1, 4).flat()));
    expect(model.topicWord(4)).toEqual(Float32Array.from(phi[4]));
    expect(model.topicWord(5)).toHaveLength(0);
    expect(() => model.topicWord(3, 3)).toThrow('topicWord: found 3 topics from 3 on, expected some of topics 0 to 4');
    expect(() => model.topics(0)).toThrow('words is 0, expected how many words of a topic are wanted: 1 or more');
  });
});
