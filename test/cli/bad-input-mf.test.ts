/** What a mistake about ratings, factors and recommendations says, through the real command line: one clear message, exit code 2, nothing left behind. */
import { cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../models/index.js';
import { assertFits, roomOf } from '../../models/mf/capacity.js';
import { parseMfOptions } from '../../models/mf/estimator.js';
import { asLines, HEADER, someRatings, trainMf } from './mf-data.js';
import { mistake, strads, workplace } from './strads.js';

const GOOD = 'user,item,rating\n1,a,3\n1,b,4\n2,a,5\n3,b,1\n';
const folder = await workplace({
  'good.csv': GOOD,
  'truncated.csv.gz': gzipSync(asLines(someRatings(60, 40, 20), ',', HEADER)).subarray(0, 900),
  'unparseable.csv': `${GOOD}4,b\n`,
  'nan.csv': `${GOOD}4,b,NaN\n`,
  'missing.csv': `${GOOD}4,b,\n`,
  'text.csv': `${GOOD}4,b,good\n`,
  'no id.csv': `${GOOD},b,2\n`,
  'twice.csv': `${GOOD}1,a,5\n`,
  'one column.csv': 'user\n1\n2\n',
  'header.csv': 'user,item,rating\n',
  'empty.csv': '',
  'negative.csv': `${GOOD}4,b,-1\n`,
  'singles.csv': 'user,item,rating\n1,a,3\n2,b,4\n',
  'no ids.txt': 'a\nb,c\n',
});

const train = (...args: string[]) => mistake(folder, 'train', 'mf', '--workers', '1', '--engine', 'wasm', '--out', 'made', ...args);
const trainGood = (...args: string[]) => train('--data', 'good.csv', ...args);

describe('ratings that cannot be trained on', () => {
  it('a truncated gzip', async () => expect(await train('--data', 'truncated.csv.gz')).toMatchInlineSnapshot(`"strads: truncated.csv.gz: the gzip data stop at byte 900, before their end; the file is truncated. Download or copy the file again"`));
  it('a line that is not like the others', async () => expect(await train('--data', 'unparseable.csv')).toMatchInlineSnapshot(`"strads: unparseable.csv, line 6: found 2 fields, expected 3 as in the header (line 1). Correct the line; quote an id that holds what separates fields"`));
  it('a rating that is NaN', async () => expect(await train('--data', 'nan.csv')).toMatchInlineSnapshot(`"strads: nan.csv, line 6, column "rating" (index 2): found "NaN", expected a rating that is a finite number. Correct it or remove the line"`));
  it('a rating that is missing', async () => expect(await train('--data', 'missing.csv')).toMatchInlineSnapshot(`"strads: missing.csv, line 6, column "rating" (index 2): found an empty field, expected a rating that is a finite number. Correct it or remove the line"`));
  it('a rating that is text', async () => expect(await train('--data', 'text.csv')).toMatchInlineSnapshot(`"strads: text.csv, line 6, column "rating" (index 2): found "good", expected a rating that is a finite number. Correct it or remove the line"`));
  it('a user without an id', async () => expect(await train('--data', 'no id.csv')).toMatchInlineSnapshot(`"strads: no id.csv, line 6, column "user" (index 0): found an empty field, expected an id of the user. Fill it in or remove the line"`));
  it('a pair that is rated twice, where that is refused', async () => expect(await train('--data', 'twice.csv', '--duplicates', 'error')).toMatchInlineSnapshot(`"strads: twice.csv, lines 2 and 6: found two ratings of user "1" and item "a", expected one. Keep one of these lines, or choose --duplicates last or sum"`));
  it('one column', async () => expect(await train('--data', 'one column.csv')).toMatchInlineSnapshot(`"strads: one column.csv, line 1: found 1 column ("user"), expected user, item and, where there are any, rating and timestamp. Separate user, item and rating by commas, tabs, semicolons, "::" or blanks"`));
  it('a header alone', async () => expect(await train('--data', 'header.csv')).toMatchInlineSnapshot(`"strads: header.csv: nothing follows the header on line 1; expected lines of user,item,rating. Check that the file was written completely"`));
  it('an empty file', async () => expect(await train('--data', 'empty.csv')).toMatchInlineSnapshot(`"strads: empty.csv: the file is empty; expected rows of data. Check that it was written or copied completely"`));
  it('a missing file', async () => expect(await train('--data', 'nowhere.csv')).toMatchInlineSnapshot(`"strads: nowhere.csv: there is no such file. Check the path and the directory it is relative to"`));
  it('a missing test file', async () => expect(await trainGood('--test', 'nowhere.csv')).toMatchInlineSnapshot(`"strads: nowhere.csv: there is no such file. Check the path and the directory it is relative to"`));
  it('a mistake in the test file', async () => expect(await trainGood('--test', 'nan.csv')).toMatchInlineSnapshot(`"strads: nan.csv, line 6, column "rating" (index 2): found "NaN", expected a rating that is a finite number. Correct it or remove the line"`));
  it('counts below 0', async () => expect(await train('--data', 'negative.csv', '--implicit')).toMatchInlineSnapshot(`"strads: user 4 and item b have -1: implicit feedback counts how often something was chosen, and what is left out was not. Drop such lines, or train without implicit"`));
});

describe('a split that leaves nothing', () => {
  it('to test on', async () => expect(await trainGood('--test-fraction', '0.1')).toMatchInlineSnapshot(`"strads: --test-fraction 0.1: holds out none of 4 ratings; give more data, or leave it out"`));
  it('to train on', async () => expect(await trainGood('--test-fraction', '0.9')).toMatchInlineSnapshot(`"strads: --test-fraction 0.9: holds out all of 4 ratings, so that none is left to train on; give a smaller part, or more data"`));
  it('to stop by', async () => expect(await trainGood('--validation-fraction', '0.01')).toMatchInlineSnapshot(`"strads: --validation-fraction: 0.01 of 4 ratings leaves 4 to train on and 0 to validate with, expected at least one of each: give more ratings, or change the fraction"`));
  it('of users with one rating each', async () => expect(await train('--data', 'singles.csv', '--split', 'last-per-user')).toMatchInlineSnapshot(`"strads: --split last-per-user: holds out none of 2 ratings; give more data, or leave it out"`));
});

describe('options that cannot be', () => {
  it('rank 0', async () => expect(await trainGood('--rank', '0')).toMatchInlineSnapshot(`"error: option '--rank <n>' argument '0' is invalid. expected a whole number, 1 or more."`));
  it('a lambda below 0', async () => expect(await trainGood('--lambda', '-0.1')).toMatchInlineSnapshot(`"error: option '--lambda <number>' argument '-0.1' is invalid. expected a number, 0 or more."`));
  it('a lambda that is no number', async () => expect(await trainGood('--lambda', 'small')).toMatchInlineSnapshot(`"error: option '--lambda <number>' argument 'small' is invalid. expected a number."`));
  it('a test fraction of 1', async () => expect(await trainGood('--test-fraction', '1')).toMatchInlineSnapshot(`"error: option '--test-fraction <number>' argument '1' is invalid. expected a number above 0 and below 1."`));
  it('a rate above 1', async () => expect(await trainGood('--algorithm', 'sgd', '--rate', '1.5')).toMatchInlineSnapshot(`"error: option '--rate <number>' argument '1.5' is invalid. expected a number above 0 and at most 1."`));
  it('an algorithm that is none', async () => expect(await trainGood('--algorithm', 'svd')).toMatchInlineSnapshot(`"error: option '--algorithm <name>' argument 'svd' is invalid. Allowed choices are ccd, als, sgd."`));
  it('a seed that is none', async () => expect(await trainGood('--seed', '-1')).toMatchInlineSnapshot(`"error: option '--seed <n>' argument '-1' is invalid. expected a whole number from 0 to 4294967295."`));
});

describe('flags that do not go together', () => {
  it('--test and --test-fraction', async () => expect(await trainGood('--test', 'good.csv', '--test-fraction', '0.5')).toMatchInlineSnapshot(`"error: option '--test <file>' cannot be used with option '--test-fraction <number>'"`));
  it('--test and --split', async () => expect(await trainGood('--test', 'good.csv', '--split', 'last-per-user')).toMatchInlineSnapshot(`"error: option '--test <file>' cannot be used with option '--split <how>'"`));
  it('--test-fraction and --split', async () => expect(await trainGood('--test-fraction', '0.5', '--split', 'last-per-user')).toMatchInlineSnapshot(`"error: option '--test-fraction <number>' cannot be used with option '--split <how>'"`));
  it('a schedule of another algorithm', async () => expect(await trainGood('--algorithm', 'als', '--schedule', 'rotation')).toMatchInlineSnapshot(`"strads: --schedule: als runs under the schedule cyclic, not rotation: change one of the two"`));
  it('implicit feedback and sgd', async () => expect(await trainGood('--implicit', '--algorithm', 'sgd')).toMatchInlineSnapshot(`"strads: --implicit: gradient descent visits observed entries only: choose the algorithm als or ccd, which see the others through a Gram matrix"`));
  it('implicit feedback and biases', async () => expect(await trainGood('--implicit', '--biases')).toMatchInlineSnapshot(`"strads: --biases: preferences are 0 or 1 and all entries count: leave the biases out"`));
  it('a confidence without implicit feedback', async () => expect(await trainGood('--confidence', '3')).toMatchInlineSnapshot(`"strads: --confidence: is for implicit feedback: add implicit, or leave it out"`));
  it('factors without negative ones and als', async () => expect(await trainGood('--non-negative', '--algorithm', 'als')).toMatchInlineSnapshot(`"strads: --non-negative: conjugate gradients know no bounds: choose the algorithm ccd, whose every step is the exact bounded minimum, or sgd"`));
  it('steps of a solve and ccd', async () => expect(await trainGood('--cg-steps', '3')).toMatchInlineSnapshot(`"strads: --cg-steps: is for the algorithm als: leave it out"`));
  it('a step size and ccd', async () => expect(await trainGood('--rate', '0.1')).toMatchInlineSnapshot(`"strads: --rate: is for the algorithm sgd: leave it out"`));
  it('a tolerance and sgd', async () => expect(await trainGood('--algorithm', 'sgd', '--tol', '0.1')).toMatchInlineSnapshot(`"strads: --tol: gradient descent is stopped by its validation or its sweeps: leave it out, or choose ccd or als"`));
  it('patience without a validation', async () => expect(await trainGood('--patience', '3')).toMatchInlineSnapshot(`"strads: --patience: waits for a better validation: give a validation fraction, or leave it out"`));
  it('two mistakes at once', async () => expect(await trainGood('--patience', '3', '--cg-steps', '3')).toMatchInlineSnapshot(`"strads: --cg-steps: is for the algorithm als: leave it out; --patience: waits for a better validation: give a validation fraction, or leave it out"`));
});

describe('a rank that does not fit', () => {
  const MANY = 200_000;

  it('is refused with the largest one that does: that fits, and one more does not', async () => {
    await writeFile(join(folder, 'many.csv'), Array.from({ length: MANY }, (_, at) => `${at},${at},1\n`).join(''));
    const said = await train('--data', 'many.csv', '--rank', '65536');
    expect(said).toMatch(/^strads: rank 65,536 is beyond what memory holds: 200,000 users, 200,000 items and 200,000 ratings .*; the largest that fits is rank [\d,]+: ask for that or less, or use /);
    const told = Number(/the largest that fits is rank ([\d,]+)/.exec(said)![1].replaceAll(',', ''));
    const room = roomOf([{ kind: 'wasm', software: false }], 0);
    const at = (rank: number) => assertFits({ users: MANY, items: MANY, ratings: MANY, heldOut: 0, options: parseMfOptions({ rank }) }, room);
    expect(() => at(told)).not.toThrow();
    expect(() => at(told + 1)).toThrow(UsageError);
    expect(await train('--data', 'many.csv', '--rank', String(told + 1))).toContain(`the largest that fits is rank ${told.toLocaleString('en-US')}:`);
  });

  it('is refused beyond the largest that there is', async () => expect(await trainGood('--rank', '100000')).toMatchInlineSnapshot(`"strads: rank 100,000 is beyond 65,536, the largest that there is: ask for that or less"`));
});

describe('a model', () => {
  beforeAll(async () => {
    await trainMf(folder, 'model', '--data', 'good.csv', '--rank', '2', '--biases', '--sweeps', '2');
    await trainMf(folder, 'rank 3', '--data', 'good.csv', '--rank', '3', '--sweeps', '1');
    await mkdir(join(folder, 'foreign'));
    await writeFile(join(folder, 'foreign/notes.txt'), 'mine');
  });

  const recommend = (...args: string[]) => mistake(folder, 'recommend', '--model', 'model', ...args);

  it('is not replaced without a word', async () => expect(await train('--data', 'good.csv', '--out', 'model')).toMatchInlineSnapshot(`"strads: model: the folder exists. Choose another output folder or add --overwrite"`));
  it('never replaces what strads did not write', async () => expect(await train('--data', 'good.csv', '--out', 'foreign', '--overwrite')).toMatchInlineSnapshot(`"strads: foreign: the folder holds no model.json, so strads did not write it and will not replace it. Choose another output folder or empty this one"`));
  it('is replaced where that is asked for', async () => {
    await cp(join(folder, 'model'), join(folder, 'again'), { recursive: true });
    const { code, stderr } = await strads(folder, 'train', 'mf', '--data', 'good.csv', '--rank', '1', '--sweeps', '1', '--out', 'again', '--overwrite');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'again/model.json'), 'utf8'))).toMatchObject({ rank: 1 });
  });

  it('does not know a user', async () => expect(await recommend('--user', '4')).toMatchInlineSnapshot(`"strads: user 4 is not in the model, which knows 3 users; the nearest is 3. Try strads recommend --model model --user 3; for a new user there is foldIn(ratings) in the library"`));
  it('does not know an item', async () => expect(await mistake(folder, 'similar', '--model', 'model', '--item', 'c')).toMatchInlineSnapshot(`"strads: item c is not in the model, which knows 2 items; the nearest is a. Try strads similar --model model --item a"`));
  it('is not there', async () => expect(await recommend('--model', 'nowhere', '--user', '1')).toMatchInlineSnapshot(`"strads: nowhere/model.json: not found: give the folder that strads train --out wrote"`));
  it('is asked for no item at all', async () => expect(await recommend('--user', '1', '--top', '0')).toMatchInlineSnapshot(`"error: option '--top <n>' argument '0' is invalid. expected a whole number from 1 to 1000000."`));
  it('is to leave out what is not there', async () => expect(await recommend('--user', '1', '--exclude', 'nowhere.txt')).toMatchInlineSnapshot(`"strads: nowhere.txt: there is no such file. Check the path and the directory it is relative to"`));
  it('is to leave out what is no id', async () => expect(await recommend('--user', '1', '--exclude', 'no ids.txt')).toMatchInlineSnapshot(`"strads: no ids.txt, line 2: found 2 fields, expected one id. Correct the line; an id with a comma stands in quotes"`));
  it('cannot start one of another rank', async () => expect(await trainGood('--rank', '2', '--warm-start', 'rank 3')).toMatchInlineSnapshot(`"strads: the model to start from has rank 3, no biases and explicit feedback, and this training asks for rank 2, no biases and explicit feedback: ask for the same, or start without a model"`));
  it('cannot start one with biases where it has none', async () => expect(await trainGood('--rank', '3', '--biases', '--warm-start', 'rank 3')).toMatchInlineSnapshot(`"strads: the model to start from has rank 3, no biases and explicit feedback, and this training asks for rank 3, biases and explicit feedback: ask for the same, or start without a model"`));
  it('cannot start one without negative factors where it may have some', async () => expect(await trainGood('--rank', '3', '--non-negative', '--warm-start', 'rank 3')).toMatchInlineSnapshot(`"strads: the model to start from may have factors below 0, and this training asks for none: start from a model that was trained without them, allow them here too, or start without a model"`));
  it('cannot start one where there is none', async () => expect(await trainGood('--warm-start', 'nowhere')).toMatchInlineSnapshot(`"strads: nowhere/model.json: not found: give the folder that strads train --out wrote"`));

  /** A copy of the model with one thing wrong. */
  async function damaged(name: string, damage: (file: (name: string) => string) => Promise<void>): Promise<string> {
    await cp(join(folder, 'model'), join(folder, name), { recursive: true });
    await damage((file) => join(folder, name, file));
    return recommend('--model', name, '--user', '1');
  }

  it('has lost a file', async () => expect(await damaged('lost', (file) => rm(file('items.txt')))).toMatchInlineSnapshot(`"strads: lost/items.txt: there is no such file. The folder is damaged or mixes two models: copy all of it again, or train again"`));
  it('has a truncated file', async () => expect(await damaged('cut off', (file) => truncate(file('factors.safetensors'), 100))).toMatchInlineSnapshot(`"strads: cut off/factors.safetensors: not a whole safetensors file: found a header of 272 bytes in a file of 100. The model's folder is damaged: copy all of it again, or train again"`));
  it('has ids of another model', async () => expect(await damaged('mixed', (file) => writeFile(file('users.txt'), '1\n2\n'))).toMatchInlineSnapshot(`"strads: mixed/users.txt: found 2 ids, expected 3, one for each user that model.json counts. The folder is damaged or mixes two models: copy all of it again, or train again"`));
  it('has an id twice', async () => expect(await damaged('doubled', (file) => writeFile(file('users.txt'), '1\n2\n1\n'))).toMatchInlineSnapshot(`"strads: doubled/users.txt, line 3: found id "1" again (it is number 1), expected every id once. The folder is damaged or mixes two models: copy all of it again, or train again"`));
  it('has a damaged summary', async () => expect(await damaged('garbled', (file) => writeFile(file('model.json'), '{"format":"strads-mf"'))).toMatchInlineSnapshot(`"strads: garbled/model.json: not valid JSON (Expected ',' or '}' after property value in JSON at position 21): the model is damaged; train it again"`));
  it('has a summary of nothing', async () => expect(await damaged('hollow', (file) => writeFile(file('model.json'), '{"format":"strads-mf"}'))).toContain('model.json: not a matrix factorization that this version'));
});
