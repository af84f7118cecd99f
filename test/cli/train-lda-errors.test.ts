/** What a mistake about documents and topics says, through the real command line: one clear message, exit code 2, nothing left behind. */
import { cp, mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { asDocword, asLdaC, asText, someDocuments, trainLda, WORDS } from './lda-data.js';
import { asLines, HEADER, someRatings, trainMf } from './mf-data.js';
import { mistake, strads, workplace } from './strads.js';

const documents = someDocuments(40);
const docword = (...entries: string[]) => `3\n5\n${entries.length}\n${entries.join('\n')}\n`;
const folder = await workplace({
  'good.txt': asText(documents),
  'good.docword': asDocword(documents),
  'good.ldac': asLdaC(documents),
  'truncated.docword.gz': gzipSync(asDocword(documents)).subarray(0, 900),
  'beyond.docword': docword('1 1 2', '2 6 1'),
  'negative.docword': docword('1 1 2', '2 3 -1'),
  'fractional.docword': docword('1 1 2', '2 3 1.5'),
  'short.docword': docword('1 1 2', '2 3 1').replace('\n2\n', '\n3\n'),
  'negative.ldac': '2 0:1 3:-2\n',
  'empty.txt': '',
  'blank.txt': '\n\n\n',
  'latin1.txt': Buffer.concat([Buffer.from('sea0 sky0\n'), Buffer.from('caf\xe9 sea0\n', 'latin1')]),
  'strangers.txt': 'nothing in common\n',
  'vocab.txt': `${WORDS.join('\n')}\n`,
  'short vocab.txt': 'a\nb\n',
  'twice vocab.txt': 'a\nb\na\n',
  'seeds no topic.txt': 'sea0 1\nsky0\n',
  'seeds no number.txt': 'sea0 one\n',
  'seeds beyond.txt': 'sea0 1\n\nsky0 4\n',
  'seeds twice.txt': 'sea0 1\nsky0 1\nsea0 2\n',
  'seeds none.txt': '\n',
  'ratings.csv': asLines(someRatings(20, 10, 5), ',', HEADER),
});

const train = (...args: string[]) => mistake(folder, 'train', 'lda', '--workers', '1', '--engine', 'wasm', '--topics', '4', '--sweeps', '4', '--out', 'made', ...args);
const trainGood = (...args: string[]) => train('--data', 'good.txt', ...args);

beforeAll(async () => {
  await mkdir(join(folder, 'void'));
  await mkdir(join(folder, 'pictures'));
  await writeFile(join(folder, 'pictures/one.png'), Uint8Array.of(137, 80, 78, 71, 0, 0, 1));
  await trainLda(folder, 'model', '--data', 'good.txt', '--topics', '4', '--sweeps', '2');
  await trainMf(folder, 'factors', '--data', 'ratings.csv', '--rank', '2', '--sweeps', '1');
});

describe('documents that cannot be trained on', () => {
  it('none at all', async () => expect(await train()).toMatchInlineSnapshot(`"strads: no documents: give --data FILE (docword, LDA-C, or a document a line), or --text GLOB or FOLDER (a document a file)"`));
  it('a file and a folder', async () => expect(await trainGood('--text', 'void')).toMatchInlineSnapshot(`"error: option '--data <file>' cannot be used with option '--text <glob or folder>'"`));
  it('a missing file', async () => expect(await train('--data', 'nowhere.txt')).toMatchInlineSnapshot(`"strads: nowhere.txt: there is no such file. Check the path and the directory it is relative to"`));
  it('an empty file', async () => expect(await train('--data', 'empty.txt')).toMatchInlineSnapshot(`"strads: empty.txt: the file is empty; expected rows of data. Check that it was written or copied completely"`));
  it('empty documents alone', async () => expect(await train('--data', 'blank.txt')).toMatchInlineSnapshot(`"strads: blank.txt: found no token in the 3 documents to train on, expected at least one. Check that the data hold words, and which documents are held out"`));
  it('an empty folder', async () => expect(await train('--text', 'void')).toMatchInlineSnapshot(`"strads: void: found no file in this folder or below it, expected files of text whose names don't begin with a dot. Put them there, or name another folder"`));
  it('a folder of pictures', async () => expect(await train('--text', 'pictures')).toMatchInlineSnapshot(`"strads: pictures: found only binary files (1), expected text. Name a folder or a glob of text files"`));
  it('a glob that matches nothing', async () => expect(await train('--text', 'void/**/*.md')).toMatchInlineSnapshot(`"strads: void/**/*.md: found no file that matches, expected files of text. Check the path and the folder it is relative to; in a shell, a glob stands in quotes"`));
  it('a truncated gzip', async () => expect(await train('--data', 'truncated.docword.gz')).toMatchInlineSnapshot(`"strads: truncated.docword.gz: the gzip data stop at byte 900, before their end; the file is truncated. Download or copy the file again"`));
  it('a word beyond the vocabulary', async () => expect(await train('--data', 'beyond.docword')).toMatchInlineSnapshot(`"strads: beyond.docword, line 5: found "6", expected the word's id, from 1 to W = 5. Correct the line"`));
  it('a count below 0', async () => expect(await train('--data', 'negative.docword')).toMatchInlineSnapshot(`"strads: negative.docword, line 5: found "-1", expected a count, from 1 to 4294967295. Correct the line"`));
  it('a count below 0 in LDA-C', async () => expect(await train('--data', 'negative.ldac')).toMatchInlineSnapshot(`"strads: negative.ldac, line 1: found "3:-2", expected id:count with a count from 1 to 4294967295. Correct the line"`));
  it('a fractional count', async () => expect(await train('--data', 'fractional.docword')).toMatchInlineSnapshot(`"strads: fractional.docword, line 5: found "1.5", expected a count, from 1 to 4294967295. Correct the line"`));
  it('fewer entries than announced', async () => expect(await train('--data', 'short.docword')).toMatchInlineSnapshot(`"strads: short.docword, line 3: found NNZ = 3, expected 2, the number of lines with an entry. The file may be cut off: download or copy it again, or correct the line"`));
  it('text that is not UTF-8, where that is refused', async () => expect(await train('--data', 'latin1.txt', '--strict')).toMatchInlineSnapshot(`"strads: latin1.txt, line 2: found bytes that are not UTF-8, in "caf� sea0", expected UTF-8. Convert the file, or read it without --strict"`));
  it('fewer tokens than topics', async () => expect(await trainGood('--topics', '1201')).toMatchInlineSnapshot(`"strads: 1201 topics are more than the 1,200 tokens to train on: ask for fewer topics, or give more documents"`));
});

describe('a vocabulary that does not fit', () => {
  it('is too short for docword', async () => expect(await train('--data', 'good.docword', '--vocab', 'short vocab.txt')).toMatchInlineSnapshot(`"strads: short vocab.txt: found 2 words, expected 120 as line 2 (W) of good.docword says. Take the vocabulary that belongs to this file"`));
  it('is too short for LDA-C', async () => expect(await train('--data', 'good.ldac', '--vocab', 'short vocab.txt')).toMatchInlineSnapshot(`"strads: good.ldac, line 1: found "5:1", expected id:count with an id from 0 to 1, the last of the 2 words in short vocab.txt. Correct the line, or take the vocabulary that belongs to this file"`));
  it('has a word twice', async () => expect(await train('--data', 'good.docword', '--vocab', 'twice vocab.txt')).toMatchInlineSnapshot(`"strads: twice vocab.txt, lines 1 and 3: found the word "a" twice, expected every word once. Tell the two apart, "a-2" say"`));
  it('is there for text', async () => expect(await trainGood('--vocab', 'vocab.txt')).toMatchInlineSnapshot(`"strads: good.txt: found text, one document a line, expected ids of words (UCI docword or LDA-C), as there is a vocabulary file vocab.txt. Leave the vocabulary file out, or correct the data file"`));
  it('is there for a folder', async () => expect(await train('--text', 'void', '--vocab', 'vocab.txt')).toMatchInlineSnapshot(`"error: option '--text <glob or folder>' cannot be used with option '--vocab <file>'"`));
  it('is missing', async () => expect(await train('--data', 'good.docword', '--vocab', 'nowhere.txt')).toMatchInlineSnapshot(`"strads: nowhere.txt: there is no such file. Check the path and the directory it is relative to"`));
});

describe('filters that cannot be', () => {
  it('leave no token', async () => expect(await trainGood('--min-df', '41')).toMatchInlineSnapshot(`"strads: good.txt: no token is left of 1200 in the 40 documents to train on: stop words took 0, words in too few documents 1200, words in too many documents 0. Loosen what takes the most"`));
  it('are of an unknown language', async () => expect(await trainGood('--stopwords', 'nowhere')).toMatch(/^strads: stop words: found "nowhere", expected a file or one of the languages af, .*, zu\. Choose one of these, or write the words to a file, one a line$/));
  it('are about words where there are ids', async () => expect(await train('--data', 'good.docword', '--stopwords', 'en')).toMatchInlineSnapshot(`"strads: good.docword: found ids in place of words, expected words, as there are stop words to leave out. Name the vocabulary file, or leave the stop words out"`));
  it('are neither a number of documents nor a part', async () => expect(await trainGood('--max-df', '1.5')).toMatchInlineSnapshot(`"error: option '--max-df <number>' argument '1.5' is invalid. expected a whole number of documents, 1 or more, or a part of them below 1, such as .5."`));
  it('are 0', async () => expect(await trainGood('--min-df', '0')).toMatchInlineSnapshot(`"error: option '--min-df <number>' argument '0' is invalid. expected a whole number of documents, 1 or more, or a part of them below 1, such as .5."`));
});

describe('held-out documents that cannot be', () => {
  it('a missing file', async () => expect(await trainGood('--test', 'nowhere.txt')).toMatchInlineSnapshot(`"strads: nowhere.txt: there is no such file. Check the path and the directory it is relative to"`));
  it('without a word that training has', async () => expect(await trainGood('--test', 'strangers.txt')).toMatchInlineSnapshot(`"strads: strangers.txt: the document to test with has no token of a word that the training documents have (3 tokens of others), expected some. Hold out more documents, or give others"`));
  it('of ids where training has words', async () => expect(await trainGood('--test', 'good.docword')).toMatchInlineSnapshot(`"strads: good.docword: has ids of UCI docword in place of words, expected words as in good.txt, so that words can be told to be the same. Give --vocab FILE, or convert one of the two"`));
  it('of ids from 0 where training has ids from 1', async () => expect(await train('--data', 'good.docword', '--test', 'good.ldac')).toMatchInlineSnapshot(`"strads: good.ldac: has ids of LDA-C in place of words, expected ids of UCI docword in place of words as in good.docword, so that words can be told to be the same. Give --vocab FILE, or convert one of the two"`));
  it('given and drawn', async () => expect(await trainGood('--test', 'good.txt', '--test-fraction', '0.1')).toMatchInlineSnapshot(`"error: option '--test <file or folder>' cannot be used with option '--test-fraction <number>'"`));
  it('none of them', async () => expect(await trainGood('--test-fraction', '0.01')).toMatchInlineSnapshot(`"strads: --test-fraction: 0.01 of 40 documents leaves 40 to train on and 0 to test with, expected at least one of each: give more documents, or change the fraction"`));
  it('all of them', async () => expect(await trainGood('--test-fraction', '0.999')).toMatchInlineSnapshot(`"strads: --test-fraction: 0.999 of 40 documents leaves 0 to train on and 40 to test with, expected at least one of each: give more documents, or change the fraction"`));
  it('none to stop by', async () => expect(await trainGood('--validation-fraction', '0.01', '--evaluate-every', '2')).toMatchInlineSnapshot(`"strads: --validation-fraction: 0.01 of 40 documents leaves 40 to train on and 0 to validate with, expected at least one of each: give more documents, or change the fraction"`));
});

describe('seed words that cannot be', () => {
  it('without a topic', async () => expect(await trainGood('--seed-words', 'seeds no topic.txt')).toMatchInlineSnapshot(`"strads: seeds no topic.txt, line 2: found "sky0", expected a word and a topic. Write a word and the number of its topic, as in: gene 0"`));
  it('of a topic that is no number', async () => expect(await trainGood('--seed-words', 'seeds no number.txt')).toMatchInlineSnapshot(`"strads: seeds no number.txt, line 1: found "one" in place of a topic, expected a whole number from 0 to 3. Correct it, or ask for more --topics"`));
  it('of a topic that there is not', async () => expect(await trainGood('--seed-words', 'seeds beyond.txt')).toMatchInlineSnapshot(`"strads: seeds beyond.txt, line 3: found "4" in place of a topic, expected a whole number from 0 to 3. Correct it, or ask for more --topics"`));
  it('of two topics', async () => expect(await trainGood('--seed-words', 'seeds twice.txt')).toMatchInlineSnapshot(`"strads: seeds twice.txt, lines 1 and 3: found topics 1 and 2 for the word "sea0", expected one. Keep one of these lines"`));
  it('none', async () => expect(await trainGood('--seed-words', 'seeds none.txt')).toMatchInlineSnapshot(`"strads: seeds none.txt: found no word, expected a word and a topic a line. Write a word and the number of its topic, as in: gene 0"`));
  it('in a missing file', async () => expect(await trainGood('--seed-words', 'nowhere.txt')).toMatchInlineSnapshot(`"strads: nowhere.txt: there is no such file. Check the path and the directory it is relative to"`));
});

describe('options that cannot be', () => {
  it('no topic', async () => expect(await trainGood('--topics', '0')).toMatchInlineSnapshot(`"error: option '--topics <n>' argument '0' is invalid. expected a whole number from 1 to 65535."`));
  it('more topics than 16 bits tell apart', async () => expect(await trainGood('--topics', '65536')).toMatchInlineSnapshot(`"error: option '--topics <n>' argument '65536' is invalid. expected a whole number from 1 to 65535."`));
  it('an alpha of 0', async () => expect(await trainGood('--alpha', '0')).toMatchInlineSnapshot(`"error: option '--alpha <number>' argument '0' is invalid. expected a number above 0."`));
  it('a sampler that there is not', async () => expect(await trainGood('--sampler', 'gibbs')).toMatchInlineSnapshot(`"error: option '--sampler <name>' argument 'gibbs' is invalid. Allowed choices are auto, exact, mh."`));
  it('a validation of everything', async () => expect(await trainGood('--validation-fraction', '1')).toMatchInlineSnapshot(`"error: option '--validation-fraction <number>' argument '1' is invalid. expected a number above 0 and below 1."`));
});

describe('options that do not go together', () => {
  it('many topics and the exact sampler', async () => expect(await trainGood('--topics', '2049', '--sampler', 'exact')).toMatchInlineSnapshot(`"strads: --sampler: exact is for up to 2048 topics, not 2049: choose mh, whose cost does not grow with them, or auto"`));
  it('a lag and rotation', async () => expect(await trainGood('--lag', '2')).toMatchInlineSnapshot(`"strads: --lag: is for the strategy data-parallel: leave it out"`));
  it('a burn-in of all sweeps', async () => expect(await trainGood('--burn-in', '4')).toContain('strads: --burn-in: 4 sweeps leave none of 4 after them: give more sweeps, or fewer of these'));
  it('more samples than sweeps', async () => expect(await trainGood('--samples', '4')).toMatchInlineSnapshot(`"strads: --samples: 4 samples need as many sweeps after the burn-in of 1, and there are 4 in all: give more sweeps, or fewer samples"`));
  it('a validation that nobody looks at', async () => expect(await trainGood('--validation-fraction', '0.2')).toMatchInlineSnapshot(`"strads: --validation-fraction: is looked at after every 10 sweeps, and there are 4: evaluate more often, or leave it out"`));
  it('a burn-in before nothing', async () => expect(await trainGood('--burn-in', '2')).toMatchInlineSnapshot(`"strads: --burn-in: comes before hyper-parameters are learned or samples averaged: ask for one of these, or leave it out"`));
  it('a lag beyond a sweep', async () => expect(await trainGood('--strategy', 'data-parallel', '--lag', '9')).toMatchInlineSnapshot(`"strads: a lag of 9 sub-rounds is more than the 2 by which rows may be late, as a sweep over this corpus has 4: give fewer"`));
  it('samples and a validation', async () => expect(await trainGood('--samples', '2', '--validation-fraction', '0.2', '--evaluate-every', '2')).toMatchInlineSnapshot(`"strads: --samples: an average of samples and the best sweep by validation are two answers: choose one"`));
  it('patience without a validation', async () => expect(await trainGood('--patience', '2')).toMatchInlineSnapshot(`"strads: --patience: waits for a better validation: give a validation fraction, or leave it out"`));
  it('workers of none', async () => expect(await trainGood('--workers', '0')).toMatchInlineSnapshot(`"strads: --workers 0: no worker at all; give at least 1, or --listen to wait for workers elsewhere"`));
});

describe('a folder for the model', () => {
  it('is not replaced without a word', async () => expect(await trainGood('--out', 'model')).toMatchInlineSnapshot(`"strads: model: the folder exists. Choose another output folder or add --overwrite"`));
  it('is never replaced where strads did not write it', async () => expect(await trainGood('--out', 'pictures', '--overwrite')).toMatchInlineSnapshot(`"strads: pictures: the folder holds no model.json, so strads did not write it and will not replace it. Choose another output folder or empty this one"`));
  it('is replaced where that is asked for', async () => {
    const again = ['train', 'lda', '--data', 'good.txt', '--topics', '2', '--sweeps', '1', '--out'];
    expect((await strads(folder, ...again, 'again')).code).toBe(0);
    const { code, stderr } = await strads(folder, ...again, 'again', '--overwrite');
    expect(code, stderr).toBe(0);
  });
});

describe('a model to start from', () => {
  it('of another number of topics', async () => expect(await trainGood('--topics', '5', '--warm-start', 'model')).toMatchInlineSnapshot(`"strads: the model to start from has 4 topics, and this training asks for 5: ask for 4, or start without a model"`));
  it('of another kind', async () => expect(await trainGood('--warm-start', 'factors')).toMatchInlineSnapshot(`"strads: factors: holds a matrix factorization, and --warm-start takes a topic model: use strads recommend, strads similar or strads predict, or give another folder"`));
  it('that is not there', async () => expect(await trainGood('--warm-start', 'nowhere')).toMatchInlineSnapshot(`"strads: nowhere/model.json: not found: give the folder that strads train --out wrote"`));
});

describe('a damaged model', () => {
  /** A copy of the model with one thing wrong. */
  async function damaged(name: string, damage: (file: (name: string) => string) => Promise<void>): Promise<string> {
    await cp(join(folder, 'model'), join(folder, name), { recursive: true });
    await damage((file) => join(folder, name, file));
    return mistake(folder, 'topics', '--model', name);
  }

  it('has lost a file', async () => expect(await damaged('lost', (file) => rm(file('vocabulary.txt')))).toMatchInlineSnapshot(`"strads: lost/vocabulary.txt: there is no such file. The folder is damaged or mixes two models: copy all of it again, or train again"`));
  it('has a truncated file', async () => expect(await damaged('cut off', (file) => truncate(file('counts.safetensors'), 100))).toMatchInlineSnapshot(`"strads: cut off/counts.safetensors: not a whole safetensors file: found a header of 256 bytes in a file of 100. The model's folder is damaged: copy all of it again, or train again"`));
  it('has the words of another model', async () => expect(await damaged('mixed', (file) => writeFile(file('vocabulary.txt'), 'one\ntwo\n'))).toMatchInlineSnapshot(`"strads: mixed/vocabulary.txt: found 2 words, expected 120, as many as model.json counts. The folder is damaged or mixes two models: copy all of it again, or train again"`));
  it('has a damaged summary', async () => expect(await damaged('garbled', (file) => writeFile(file('model.json'), '{"format":"strads-lda"'))).toMatchInlineSnapshot(`"strads: garbled/model.json: not valid JSON (Expected ',' or '}' after property value in JSON at position 22): the model is damaged; train it again"`));
});
