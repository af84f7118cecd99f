/** strads infer through the built command. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { FittedLda } from '../../models/lda/estimator.js';
import { asDocword, asLdaC, asText, someDocuments, trainLda, WORDS } from './lda-data.js';
import { asLines, HEADER, someRatings, trainMf, type Event } from './mf-data.js';
import { mistake, strads, workplace } from './strads.js';

const TOPICS = 4;
const documents = someDocuments(120);
const fresh = [documents[3], [], documents[7], ['unheard', 'of'], ['sea0', 'unheard'], []];
const known = [documents[3], [], documents[7]];
const folder = await workplace({
  'documents.txt': asText(documents),
  'documents.docword': asDocword(documents),
  'fresh.txt': asText(fresh),
  'fresh.txt.gz': gzipSync(asText(fresh)),
  'known.txt': asText(known),
  'known.docword': asDocword(known),
  'known.ldac': asLdaC(known),
  'vocab.txt': `${WORDS.join('\n')}\n`,
  'many.txt': asText(Array.from({ length: 30_000 }, (_, d) => documents[d % documents.length].slice(0, 1 + (d % 5)))),
  'ratings.csv': asLines(someRatings(20, 10, 5), ',', HEADER),
  'latin1.txt': Buffer.from('caf\xe9\n', 'latin1'),
  'empty.txt': '',
});

let fitted: FittedLda;

beforeAll(async () => {
  await trainLda(folder, 'model', '--data', 'documents.txt', '--topics', String(TOPICS), '--sweeps', '30');
  await trainLda(folder, 'of ids', '--data', 'documents.docword', '--topics', '2', '--sweeps', '2');
  await trainMf(folder, 'factors', '--data', 'ratings.csv', '--rank', '2', '--sweeps', '1');
  fitted = await FittedLda.load(join(folder, 'model'));
  await mkdir(join(folder, 'notes'));
  for (const [name, words] of Object.entries({ 'b.md': documents[0], 'a, b.md': documents[1], 'c.md': [] })) await writeFile(join(folder, 'notes', name), words.join(' '));
});

interface Inferred {
  readonly header: string;
  readonly lines: readonly string[];
  readonly stderr: string;
}

async function inferred(...args: string[]): Promise<Inferred> {
  const { code, stdout, stderr } = await strads(folder, 'infer', '--model', 'model', ...args);
  expect(code, stderr).toBe(0);
  const [header, ...lines] = stdout.trimEnd().split('\n');
  return { header, lines, stderr };
}

/** As text with six digits. */
async function mixturesOf(docs: readonly (readonly string[])[]): Promise<string[][]> {
  const { values } = await fitted.transform(docs);
  return docs.map((_, d) => Array.from(values.subarray(d * TOPICS, (d + 1) * TOPICS), (weight) => String(Number(weight.toPrecision(6)))));
}

function expectClose(found: readonly string[], expected: readonly string[]): void {
  const weights = (lines: readonly string[]) => lines.flatMap((line) => line.split(',').map(Number));
  expect(found).toHaveLength(expected.length);
  for (const [at, weight] of weights(expected).entries()) expect(weights(found)[at]).toBeCloseTo(weight, 5);
}

describe('strads infer', () => {
  it('gives a line a document, in their order, empty ones included', async () => {
    const { header, lines } = await inferred('--data', 'fresh.txt');
    expect(header).toBe('topic_0,topic_1,topic_2,topic_3');
    expect(lines).toEqual((await mixturesOf(fresh)).map((weights) => weights.join(',')));
    for (const empty of [1, 3, 5]) expect(lines[empty]).toBe('0.25,0.25,0.25,0.25');
  });

  it('gives weights that add up to 1', async () => {
    for (const line of (await inferred('--data', 'fresh.txt')).lines) expect(line.split(',').map(Number).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
  });

  it('gives the same for every format, but for the rounding of sums in another order', async () => {
    const { lines } = await inferred('--data', 'known.txt');
    for (const file of ['known.docword', 'known.ldac']) expectClose((await inferred('--data', file, '--vocab', 'vocab.txt')).lines, lines);
    expect((await inferred('--data', 'fresh.txt.gz')).lines).toEqual((await inferred('--data', 'fresh.txt')).lines);
  });

  it('gives the largest topics, largest first, where that is asked for', async () => {
    const { header, lines } = await inferred('--data', 'fresh.txt', '--top', '2');
    expect(header).toBe('top_1,top_2');
    const expected = (await mixturesOf(fresh)).map((weights) => weights.map((weight, topic) => ({ weight, topic })).sort((a, b) => Number(b.weight) - Number(a.weight) || a.topic - b.topic));
    expect(lines).toEqual(expected.map((order) => order.slice(0, 2).map(({ topic, weight }) => `${topic}:${weight}`).join(',')));
  });

  it('gives no more topics than there are', async () => {
    const { header, lines } = await inferred('--data', 'fresh.txt', '--top', '10');
    expect(header).toBe('top_1,top_2,top_3,top_4');
    for (const line of lines) expect(line.split(',')).toHaveLength(4);
  });

  it('names the files of a folder', async () => {
    const { header, lines } = await inferred('--text', 'notes', '--top', '1');
    expect(header).toBe('document,top_1');
    expect(lines.map((line) => line.replace(/,\d:.*$/, ''))).toEqual(['"notes/a, b.md"', 'notes/b.md', 'notes/c.md']);
  });

  it('goes through more documents than a batch holds', async () => {
    const { lines, stderr } = await inferred('--data', 'many.txt');
    expect(lines).toHaveLength(30_000);
    for (const d of [0, 11_999, 29_999]) expect(lines[d]).toBe((await mixturesOf([documents[d % 120].slice(0, 1 + (d % 5))]))[0].join(','));
    expect(stderr).toContain('many.txt: text, one document a line, 30,000 documents, 90,000 tokens of');
    expect(stderr).toMatch(/^done: 30,000 documents, \d+\.\d\d s$/m);
  });

  it('tells programs what it did', async () => {
    const { code, stdout } = await strads(folder, 'infer', '--model', 'model', '--data', 'fresh.txt', '--out', 'told.csv', '--json');
    expect(code).toBe(0);
    const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as Event);
    expect(events.at(-1)).toMatchObject({ event: 'done', documents: 6, tokens: 61, unknownTokens: 3, emptyDocuments: 3, topics: TOPICS, model: 'model', out: 'told.csv' });
    expect((await readFile(join(folder, 'told.csv'), 'utf8')).split('\n')).toHaveLength(8);
  });

  it('says what the model does not know', async () => {
    const { stderr } = await inferred('--data', 'fresh.txt');
    expect(stderr).toContain('fresh.txt: 3 tokens of 64 of words that the model does not know, passed over\n');
    expect(stderr).toContain('fresh.txt: 3 documents without a word that the model knows: given the weights that it has before a word is seen\n');
    expect(stderr).not.toContain('none of these words');
  });

  it('refuses words where the model has ids', async () => {
    const { code, stderr } = await strads(folder, 'infer', '--model', 'of ids', '--data', 'known.txt');
    expect([code, stderr.split('\n').at(-2)]).toEqual([2, 'strads: known.txt: has words, and the model was trained on docword ids, so that nobody knows which words are the same. Give --vocab FILE for words in place of ids, or convert the documents']);
  });

  it('says so where the model knows no word at all', async () => {
    await writeFile(join(folder, 'strange.txt'), 'zyx wvu');
    const { stderr } = await strads(folder, 'infer', '--model', 'model', '--data', 'strange.txt');
    expect(stderr).toMatch(/^strange\.txt: the model knows none of these words; its own are like \w+, \w+, \w+$/m);
  });

  it('does not replace what it reads', async () => {
    for (const [read, ...input] of [['of ids/model.json', '--data', 'known.txt'], ['only words.txt', '--text', 'only words.txt']]) {
      await writeFile(join(folder, 'only words.txt'), 'some words');
      const { code, stderr } = await strads(folder, 'infer', '--model', read.startsWith('of') ? 'of ids' : 'model', ...input, '--out', read, '--overwrite');
      expect([code, stderr.split('\n').at(-2)]).toEqual([2, `strads: ${read}: is a file that this command reads, and the output would replace it. Choose another --out`]);
    }
  });

  it('gives a line to a folder whose only file is empty', async () => {
    await mkdir(join(folder, 'blank'));
    await writeFile(join(folder, 'blank/only.txt'), '');
    const { lines } = await inferred('--text', 'blank');
    expect(lines).toHaveLength(1);
  });

  it('replaces a file where that is allowed', async () => {
    await writeFile(join(folder, 'before.csv'), 'before');
    await strads(folder, 'infer', '--model', 'model', '--data', 'known.txt', '--out', 'before.csv', '--overwrite');
    expect(await readFile(join(folder, 'before.csv'), 'utf8')).toMatch(/^topic_0,/);
  });
});

describe('what cannot be inferred', () => {
  const refused = (...args: string[]) => mistake(folder, 'infer', '--model', 'model', ...args);

  it('without documents', async () => expect(await refused()).toMatchInlineSnapshot(`"strads: no documents: give --data FILE (docword, LDA-C, or a document a line), or --text GLOB or FOLDER (a document a file)"`));
  it('from both a file and a folder', async () => expect(await refused('--data', 'fresh.txt', '--text', 'notes')).toMatchInlineSnapshot(`"error: option '--data <file>' cannot be used with option '--text <glob or folder>'"`));
  it('with a vocabulary for text', async () => expect(await refused('--data', 'fresh.txt', '--vocab', 'vocab.txt')).toMatchInlineSnapshot(`"strads: fresh.txt: found text, one document a line, expected ids of words (UCI docword or LDA-C), as there is a vocabulary file vocab.txt. Leave the vocabulary file out, or correct the data file"`));
  it('from a file that is not there', async () => expect(await refused('--data', 'nowhere.txt')).toMatchInlineSnapshot(`"strads: nowhere.txt: there is no such file. Check the path and the directory it is relative to"`));
  it('from an empty file', async () => expect(await refused('--data', 'empty.txt')).toMatchInlineSnapshot(`"strads: empty.txt: the file is empty; expected rows of data. Check that it was written or copied completely"`));
  it('from text that is not UTF-8, where that is refused', async () => expect(await refused('--data', 'latin1.txt', '--strict')).toMatchInlineSnapshot(`"strads: latin1.txt, line 1: found bytes that are not UTF-8, in "caf�", expected UTF-8. Convert the file, or read it without --strict"`));
  it('into a file that exists', async () => expect(await refused('--data', 'fresh.txt', '--out', 'vocab.txt')).toMatchInlineSnapshot(`"strads: vocab.txt: the file exists. Choose another --out or add --overwrite"`));
  it('into the file that is read', async () => expect(await refused('--data', 'fresh.txt', '--out', 'fresh.txt', '--overwrite')).toMatchInlineSnapshot(`"strads: fresh.txt: is the file that --data names, and the output would replace it. Choose another --out"`));
  it('as JSON without a file', async () => expect(await refused('--data', 'fresh.txt', '--json')).toMatchInlineSnapshot(`"strads: --json and the weights would mix on stdout: give --out FILE for the weights"`));
  it('for no topic', async () => expect(await refused('--data', 'fresh.txt', '--top', '0')).toMatchInlineSnapshot(`"error: option '--top <n>' argument '0' is invalid. expected a whole number, 1 or more."`));
  it('with a factorization', async () => expect(await refused('--data', 'fresh.txt', '--model', 'factors')).toMatchInlineSnapshot(`"strads: factors: holds a matrix factorization, and strads infer takes a topic model: use strads recommend, strads similar or strads predict, or give another folder"`));
  it('with a model that is not there', async () => expect(await refused('--data', 'fresh.txt', '--model', 'nowhere')).toMatchInlineSnapshot(`"strads: nowhere/model.json: not found: give the folder that strads train --out wrote"`));
});
