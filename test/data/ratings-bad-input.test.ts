/** What a user reads when a file or list of ratings is not what it should be. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ratingsFrom, readRatings, type RatingLists, type RatingTuple, type ReadRatingsOptions } from '../../src/data/ratings.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const refusal = (text: string | Uint8Array, options: Partial<ReadRatingsOptions> = {}, name = 'r.csv'): Promise<string> => directory.errorOf(readRatings(directory.write(name, text), { duplicates: 'last', ...options }));

describe('files', () => {
  it('missing, empty, blank, or without ratings', async () => {
    expect(await directory.errorOf(readRatings(`${directory.path}/none`, { duplicates: 'last' }))).toMatchInlineSnapshot(`"none: there is no such file. Check the path and the directory it is relative to"`);
    expect(await refusal('')).toMatchInlineSnapshot(`"r.csv: the file is empty; expected rows of data. Check that it was written or copied completely"`);
    expect(await refusal('\n# nothing\n\n')).toMatchInlineSnapshot(`"r.csv: no line holds data; expected lines of user,item,rating. Check that the file was written completely"`);
    expect(await refusal('\n\nuser,item,rating\n')).toMatchInlineSnapshot(`"r.csv: nothing follows the header on line 3; expected lines of user,item,rating. Check that the file was written completely"`);
    expect(await refusal('%%MatrixMarket matrix coordinate real general\n2 2 0\n')).toMatchInlineSnapshot(`"r.csv: found no ratings, expected at least one. Check that the file was written completely"`);
  });
  it('truncated gzip', async () => {
    const whole = gzipSync(Array.from({ length: 50_000 }, (_, i) => `${(i * 7919) % 100_003},${i},3\n`).join(''));
    expect(await refusal(whole.subarray(0, 150_000))).toMatchInlineSnapshot(`"r.csv: the gzip data stop at byte 150000, before their end; the file is truncated. Download or copy the file again"`);
  });
  it('binary', async () => {
    expect(await refusal(Uint8Array.of(65, 66, 0, 67))).toMatchInlineSnapshot(`"r.csv: byte 2 of the content is 0, so it is not text; expected user,item,rating as text in UTF-8, or MatrixMarket. Export the ratings as one of these"`);
  });
  it('MatrixMarket arrays and broken entries', async () => {
    expect(await refusal('%%MatrixMarket matrix array real general\n1 2\n1\n2\n')).toMatchInlineSnapshot(`"r.csv: found a MatrixMarket matrix in array layout, which has a value for every pair, expected coordinate layout. Write only the entries that are ratings"`);
    expect(await refusal('%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 nan\n')).toMatchInlineSnapshot(`"r.csv, line 3: found "nan", expected a finite number. Correct the value"`);
    expect(await refusal('%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1e39\n')).toMatchInlineSnapshot(`"r.csv, line 3: found 1e+39, expected a rating that float32 can hold (±3.4e38). Correct the value"`);
  });
});

describe('lines', () => {
  it('with too few or too many fields', async () => {
    expect(await refusal('1,2,3\n1,3\n')).toMatchInlineSnapshot(`"r.csv, line 2: found 2 fields, expected 3 as in the first line (line 1). Correct the line; quote an id that holds what separates fields"`);
    expect(await refusal('user,item,rating\n\n1,2,3,4\n')).toMatchInlineSnapshot(`"r.csv, line 3: found 4 fields, expected 3 as in the header (line 1). Correct the line; quote an id that holds what separates fields"`);
    expect(await refusal('a b 3\nc\n')).toMatchInlineSnapshot(`"r.csv, line 2: found 1 field, expected 3 as in the first line (line 1). Correct the line; quote an id that holds what separates fields"`);
  });
  it('with ratings that are no finite numbers', async () => {
    for (const rating of ['abc', '', ' ', 'NaN', 'inf', '1e999', '0x10', '1,5', '3\r4', '--1', '1.2.3', '-', '.']) {
      expect(await refusal(`1;1;1\n1;2;${rating}\n`)).toBe(`r.csv, line 2, column index 2: found ${rating.trim() === '' ? 'an empty field' : JSON.stringify(rating)}, expected a rating that is a finite number. Correct it or remove the line`);
    }
    expect(await refusal('user,item,rating\n# note\n1,2,NA\n')).toMatchInlineSnapshot(`"r.csv, line 3, column "rating" (index 2): found "NA", expected a rating that is a finite number. Correct it or remove the line"`);
    expect(await refusal('1,2,NaN\n')).toMatchInlineSnapshot(`"r.csv, line 1, column index 2: found "NaN", expected a rating that is a finite number. Correct it or remove the line"`);
    expect(await refusal('1,2,good\n1,3,4\n')).toMatchInlineSnapshot(`"r.csv, line 1, column index 2: found "good", expected a rating that is a finite number. Correct it or remove the line"`);
    expect(await refusal('1,2,1e39\n')).toMatchInlineSnapshot(`"r.csv, line 1, column index 2: found "1e39", expected a rating that float32 can hold (±3.4e38). Correct it or remove the line"`);
  });
  it('with ids that are empty or not in UTF-8', async () => {
    expect(await refusal('1,2,3\n,2,3\n')).toMatchInlineSnapshot(`"r.csv, line 2, column index 0: found an empty field, expected an id of the user. Fill it in or remove the line"`);
    expect(await refusal('user,item\n1,""\n')).toMatchInlineSnapshot(`"r.csv, line 2, column "item" (index 1): found an empty field, expected an id of the item. Fill it in or remove the line"`);
    expect(await refusal(Buffer.from('1,caf\xe9,3\n', 'latin1'))).toMatchInlineSnapshot(`"r.csv, line 1, column index 1: found "caf�", expected an id in UTF-8. Convert the file to UTF-8"`);
  });
  it('with times that are none, when they are asked for', async () => {
    for (const time of ['soon', '', '2005-13-01', '2005-09-06T25:00:00', '05-09-06', 'Infinity']) {
      expect(await refusal(`1,2,3,4\n1,3,3,${time}\n`, { times: true })).toBe(`r.csv, line 2, column index 3: found ${time === '' ? 'an empty field' : JSON.stringify(time)}, expected a time that is a finite number or a date like 2005-09-06. Correct it or remove the line`);
    }
  });
  it('with quotes that do not pair up', async () => {
    expect(await refusal('1,"2,3\n1,3,4\n')).toMatchInlineSnapshot(`"r.csv, line 1: found an opening quote without a closing one, expected one before the file ends. Close it"`);
    expect(await refusal('1,"2"2,3\n')).toMatchInlineSnapshot(`"r.csv, line 1: found text after a closing quote, expected a separator or the end of the line. Quote the whole field and write a quote inside it twice"`);
    expect(await refusal(`1,"2,3\n${'1,3,4\n'.repeat(400_000)}`)).toMatchInlineSnapshot(`"r.csv, line 1: found a record of more than 1 MiB, expected a line of a few fields. Look for an opening quote without a closing one"`);
  });
  it('are counted in the file, over comments, blank lines and line ends in quotes', async () => {
    expect(await refusal('# a "note\n\n1,"a\nb",3\r\n\r\n2,b,x\n')).toMatch(/line 6, column index 2/);
  });
});

describe('columns', () => {
  it('one, or more than have a name', async () => {
    expect(await refusal('1\n2\n')).toMatchInlineSnapshot(`"r.csv, line 1: found 1 column ("1"), expected user, item and, where there are any, rating and timestamp. Separate user, item and rating by commas, tabs, semicolons, "::" or blanks"`);
    expect(await refusal('1,2,3,4,5\n')).toMatchInlineSnapshot(`"r.csv, line 1: found 5 columns, and no header that names user and item, expected user, item and, where there are any, rating and timestamp. Add such a header, or leave out the other columns"`);
  });
  it('with names that leave it open which is which', async () => {
    expect(await refusal('user,item,a,b\n1,2,3,4\n')).toMatchInlineSnapshot(`"r.csv, line 1: found columns "a", "b" beside user and item, and none named rating, expected user, item and, where there are any, rating and timestamp. Name the column of the ratings so"`);
    expect(await refusal('user_id,user,item\n1,2,3\n')).toMatchInlineSnapshot(`"r.csv, line 1: found "user_id" and "user" in the header, expected one column for the user. Rename the others"`);
    expect(await refusal('rating,who,what\n3,1,2\n')).toMatchInlineSnapshot(`"r.csv, line 1: found a header that names the rating ("rating") but not both user and item, expected user, item and, where there are any, rating and timestamp. Name the columns user, item, rating and timestamp"`);
  });
});

describe('duplicates that are an error', () => {
  it('name both lines, the first repetition of the file', async () => {
    expect(await refusal('user,item,rating\n\nann,b,1\n# note\nann,c,1\nbob,c,2\nbob,c,2\n\nann,b,3\nann,b,4\n', { duplicates: 'error' })).toMatchInlineSnapshot(`"r.csv, lines 6 and 7: found two ratings of user "bob" and item "c", expected one. Keep one of these lines, or choose --duplicates last or sum"`);
    expect(await refusal('%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 1\n2 1 1\n1 1 2\n', { duplicates: 'error' })).toMatchInlineSnapshot(`"r.csv, lines 3 and 5: found two ratings of user "1" and item "1", expected one. Keep one of these lines, or choose --duplicates last or sum"`);
  });
  it('or a sum that is too large', async () => {
    expect(await refusal('1,2,3e38\n1,2,3e38\n', { duplicates: 'sum' })).toMatchInlineSnapshot(`"r.csv: the ratings of user "1" and item "2" add up to more than float32 can hold (±3.4e38). Correct them, or choose --duplicates last"`);
  });
});

describe('lists in memory', () => {
  const fault = (input: RatingLists | Iterable<RatingTuple>, duplicates: 'last' | 'error' | 'sum' = 'last'): Promise<string> => directory.errorOf((async () => ratingsFrom(input, { duplicates }))());
  it('of unequal length or empty', async () => {
    expect(await fault([])).toMatchInlineSnapshot(`"ratings: found none, expected at least one. Give entries of user, item and rating"`);
    expect(await fault({ users: [1, 2], items: [1], ratings: [1, 2] })).toMatchInlineSnapshot(`"ratings: found 2 users and 1 items, expected as many of each. Give one of each for every rating"`);
    expect(await fault([[1, 2, 3], [1, 3] as const])).toMatchInlineSnapshot(`"ratings, entry 1: found 2 members, expected 3 as in entry 0. Correct the entry"`);
    expect(await fault([[1] as unknown as RatingTuple])).toMatchInlineSnapshot(`"ratings, entry 0: found 1 members, expected user, item and, where there are any, rating and time. Correct the entry"`);
  });
  it('with ids that are none', async () => {
    expect(await fault([[1, 2, 3], [1.5, 2, 3]])).toMatchInlineSnapshot(`"ratings, entry 1: found user 1.5, expected text or a whole number from 0 to 2^53 - 1. Correct or remove the entry"`);
    expect(await fault([['', 2, 3]])).toMatchInlineSnapshot(`"ratings, entry 0: found user "", expected text that is not empty or a whole number. Correct or remove the entry"`);
    expect(await fault([['a', '\ud800', 3]])).toMatchInlineSnapshot(`"ratings, entry 0: found item "\\ud800", expected text that is not empty or a whole number. Correct or remove the entry"`);
    expect(await fault([[2 ** 53, 2, 3]])).toMatch(/found user 9007199254740992, expected/);
    expect(await fault([[1, undefined as unknown as string, 3]])).toMatch(/found item undefined, expected/);
  });
  it('with ratings and times that are no numbers', async () => {
    expect(await fault({ users: [1, 2], items: [1, 2], ratings: [1, NaN] })).toMatchInlineSnapshot(`"ratings, entry 1: found rating NaN, expected a finite number that float32 can hold (±3.4e38). Correct or remove the entry"`);
    expect(await fault([[1, 2, Infinity]])).toMatch(/entry 0: found rating Infinity/);
    expect(await fault([[1, 2, 1e39]])).toMatch(/entry 0: found rating 1e\+39/);
    expect(await fault([[1, 2, 3, NaN]])).toMatch(/entry 0: found time NaN/);
  });
  it('with a pair twice', async () => {
    expect(await fault([[1, 2, 3], [2, 2, 3], ['1', 2, 4]], 'error')).toMatchInlineSnapshot(`"ratings, entries 0 and 2: found two ratings of user "1" and item "2", expected one. Keep one of them, or choose duplicates: 'last' or 'sum'"`);
    expect(await fault([[1, 2, 3e38], [1, 2, 3e38]], 'sum')).toMatchInlineSnapshot(`"ratings: those of user "1" and item "2" add up to more than float32 can hold (±3.4e38). Correct them, or choose duplicates: 'last'"`);
  });
});
