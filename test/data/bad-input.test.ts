/** What a user reads when the data are not what they should be: file, place, what was found, what to do. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openSource } from '../../src/data/source.js';
import { readDataset, type ReadOptions } from '../../src/data/read.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const refusal = (name: string, content: string | Uint8Array, options: Omit<ReadOptions, 'data'> = {}): Promise<string> =>
  directory.errorOf(readDataset({ data: directory.write(name, content), ...options }));

describe('files', () => {
  it('missing', async () => {
    expect(await directory.errorOf(readDataset({ data: join(directory.path, 'none.csv') }))).toMatchInlineSnapshot(`"none.csv: there is no such file. Check the path and the directory it is relative to"`);
  });
  it('without a name', async () => {
    expect(await directory.errorOf(openSource(''))).toMatchInlineSnapshot(`"the name of a data file is empty, expected a path. Name the file; a shell variable in its place may not be set"`);
  });
  it('a directory', async () => {
    mkdirSync(join(directory.path, 'folder'));
    expect(await directory.errorOf(readDataset({ data: join(directory.path, 'folder') }))).toMatchInlineSnapshot(`"folder: is a directory; expected a file. Name the data file inside it"`);
  });
  it('empty', async () => {
    expect(await refusal('empty.csv', '')).toMatchInlineSnapshot(`"empty.csv: the file is empty; expected rows of data. Check that it was written or copied completely"`);
    expect(await refusal('empty.csv.gz', '')).toMatchInlineSnapshot(`"empty.csv.gz: the gzip file holds nothing; expected rows of data. Check how it was made"`);
    expect(await refusal('blank.csv', '\n\n')).toMatchInlineSnapshot(`"blank.csv: no line holds data; expected rows of numbers. Check that the file was written completely"`);
    expect(await refusal('comments.svm', '# a\n# b\n', { format: 'libsvm' })).toMatchInlineSnapshot(`"comments.svm: no line holds data; expected lines of "label id:value …". Check that the file was written completely"`);
  });
  it('binary', async () => {
    expect(await refusal('x.bin', Uint8Array.of(65, 66, 0, 67))).toMatchInlineSnapshot(`"x.bin: byte 2 of the content is 0, so it is not text; expected CSV, LIBSVM or MatrixMarket in UTF-8, or NumPy's .npy or .npz. Export the data as one of these"`);
  });
  it('truncated and corrupt gzip', async () => {
    const whole = gzipSync(Array.from({ length: 50_000 }, (_, i) => `${(i * 7919) % 100_003},${i}\n`).join(''));
    expect(await refusal('cut.csv.gz', whole.subarray(0, 150_000))).toMatchInlineSnapshot(`"cut.csv.gz: the gzip data stop at byte 150000, before their end; the file is truncated. Download or copy the file again"`);
    expect(await refusal('stub.csv.gz', whole.subarray(0, 5))).toMatchInlineSnapshot(`"stub.csv.gz: the gzip data stop at byte 5, before their end; the file is truncated. Download or copy the file again"`);
    const corrupt = Uint8Array.from(whole);
    corrupt[corrupt.length - 6] ^= 1;
    const message = await refusal('corrupt.csv.gz', corrupt);
    const { from, to } = /between byte (?<from>\d+) and byte (?<to>\d+) \(incorrect data check\)/.exec(message)!.groups!;
    expect(Number(from)).toBeGreaterThan(corrupt.length - 70_000);
    expect(Number(from)).toBeLessThan(corrupt.length - 6);
    expect(Number(to)).toBe(corrupt.length);
  });
  it('gzip corrupt in the middle, with the stretch it is in', async () => {
    const middle = gzipSync('1,2\n'.repeat(100_000), { level: 0 });
    let block = 10;
    while (block < 200_000) block += 5 + middle.readUInt16LE(block + 1);
    middle[block + 3] ^= 1;
    const { from, to } = /between byte (?<from>\d+) and byte (?<to>\d+) \(invalid stored block lengths\)/.exec(await refusal('middle.csv.gz', middle))!.groups!;
    expect(Number(from)).toBeLessThanOrEqual(block);
    expect(Number(to)).toBeGreaterThan(block);
    expect(Number(to) - Number(from)).toBe(65_536);
  });
  it('bytes behind a gzip member', async () => {
    expect(await refusal('behind.csv.gz', Buffer.concat([gzipSync('1,2\n3,4\n'), Buffer.from('and more')]))).toMatchInlineSnapshot(`"behind.csv.gz: found bytes after the end of the gzip data, between byte 0 and byte 36, that are no gzip data. Remove them, or download or copy the file again"`);
    expect(await readDataset({ data: directory.write('members.csv.gz', Buffer.concat([gzipSync('1,2\n'), gzipSync('3,4\n')])) })).toMatchObject({ matrix: { rows: 2 } });
  });
});

describe('CSV', () => {
  it('cells that are no finite numbers', async () => {
    expect(await refusal('a.csv', 'age,size\n1,2\n3,tall\n')).toMatchInlineSnapshot(`"a.csv, line 3, column "size" (index 1): found "tall", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`);
    expect(await refusal('a.csv', 'age,size\n1,2\n,NA\n')).toMatchInlineSnapshot(`"a.csv, line 3, column "age" (index 0): found an empty cell, expected a finite number; 1 more such cell on this line. Fill in or remove the row, or leave out the columns with --ignore-columns 0,1"`);
    expect(await refusal('a.csv', '1,2\n3,?\n')).toMatchInlineSnapshot(`"a.csv, line 2, column index 1: found "?" (a missing value), expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`);
    expect(await refusal('a.csv', '1,2\n3,NaN\n')).toMatchInlineSnapshot(`"a.csv, line 2, column index 1: found "NaN" (a missing value), expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`);
    expect(await refusal('a.csv', '1,2\n3,-inf\n')).toMatchInlineSnapshot(`"a.csv, line 2, column index 1: found "-inf", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`);
    expect(await refusal('a.csv', '1,2\n3,1e999\n')).toMatchInlineSnapshot(`"a.csv, line 2, column index 1: found "1e999", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`);
    expect(await refusal('a.csv', '1,2\n3,0x10\n')).toMatchInlineSnapshot(`"a.csv, line 2, column index 1: found "0x10", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`);
    expect(await refusal('a.csv', '1;2\n1,5;3\n')).toMatchInlineSnapshot(`"a.csv, line 2, column index 0: found "1,5", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 0"`);
    expect(await refusal('a.csv', 'y,x\n?,3\n', { targetColumn: 'y' })).toMatchInlineSnapshot(`"a.csv, line 2, column "y" (index 0): found "?" (a missing value), expected a finite number for the target. Fill in or remove the row, or choose another --target-column"`);
  });
  it('lines counted in the file, blank and many-line ones too', async () => {
    expect(await refusal('a.csv', '"a\nb",c\n\n1,2\n\n3,x\n')).toMatchInlineSnapshot(`"a.csv, line 6, column "c" (index 1): found "x", expected a finite number. Fill in or remove the row, or leave out the column with --ignore-columns 1"`);
  });
  it('ragged rows', async () => {
    expect(await refusal('a.csv', 'a,b\n1,2\n3\n')).toMatchInlineSnapshot(`"a.csv, line 3: found 1 cell, expected 2 as in the header (line 1). Correct the line"`);
    expect(await refusal('a.csv', '1,2\n1,2,3\n')).toMatchInlineSnapshot(`"a.csv, line 2: found 3 cells, expected 2 as in the first row (line 1). Correct the line"`);
  });
  it('a header and nothing else', async () => {
    expect(await refusal('a.csv', 'a,b\n')).toMatchInlineSnapshot(`"a.csv: nothing follows the header on line 1; expected rows of numbers. Add --no-header if that line is data"`);
  });
  it('quotes', async () => {
    expect(await refusal('a.csv', 'a,b\n1,"2\n3,4\n')).toMatchInlineSnapshot(`"a.csv, in the record after line 1: found an opening quote without a closing one, expected one before the file ends. Quote the whole cell and write a quote inside it twice"`);
    expect(await refusal('a.csv', 'a,b\n1,"2"2\n')).toMatchInlineSnapshot(`"a.csv, in the record after line 1: found text after a closing quote, expected a delimiter or the end of the line. Quote the whole cell and write a quote inside it twice"`);
    expect(await refusal('a.csv', 'a,b\n1,2"2"\n')).toMatchInlineSnapshot(`"a.csv, in the record after line 1: found a quote in the middle of a cell, expected quotes around whole cells. Quote the whole cell and write a quote inside it twice"`);
  });
  it('columns', async () => {
    const text = 'a,b,b,c,d,e,f\n1,2,3,4,5,6,7\n';
    expect(await refusal('a.csv', text, { targetColumn: 'y' })).toMatchInlineSnapshot(`"a.csv, line 1: there is no column "y"; found 7 columns: "a", "b", "b", "c", "d", …. Give a name from the header, an index from 0 to 6 (negative: from the end) or "last""`);
    expect(await refusal('a.csv', text, { targetColumn: 7 })).toMatchInlineSnapshot(`"a.csv, line 1: there is no column "7"; found 7 columns: "a", "b", "b", "c", "d", …. Give a name from the header, an index from 0 to 6 (negative: from the end) or "last""`);
    expect(await refusal('a.csv', text, { targetColumn: 'b' })).toMatchInlineSnapshot(`"a.csv, line 1: 2 columns are named "b" (indices 1, 2), expected one target. Give --target-column its index"`);
    expect(await refusal('a.csv', text, { targetColumn: 'a', ignoreColumns: [0] })).toMatchInlineSnapshot(`"a.csv: column "a" (index 0) is the target and is to be ignored as well. Leave it out of --ignore-columns"`);
    expect(await refusal('a.csv', 'y\n1\n', { targetColumn: 'y' })).toMatchInlineSnapshot(`"a.csv: of 1 column none is left for the matrix, expected at least one. Check the delimiter and --ignore-columns"`);
    expect(await refusal('a.csv', '1,2\n', { ignoreColumns: ['x'] })).toMatchInlineSnapshot(`"a.csv, line 1: there is no column "x"; found 2 columns without a header. Give a name from the header, an index from 0 to 1 (negative: from the end) or "last""`);
  });
});

describe('LIBSVM', () => {
  const libsvm = (text: string, options: Omit<ReadOptions, 'data'> = {}): Promise<string> => refusal('a.svm', text, { format: 'libsvm', ...options });
  it('labels, ids and values', async () => {
    expect(await libsvm('x 1:1\n')).toMatchInlineSnapshot(`"a.svm, line 1: found "x" in front, expected a label that is a finite number. Put the label first (0 where it is unknown)"`);
    expect(await libsvm('1:1 2:1\n')).toMatchInlineSnapshot(`"a.svm, line 1: found "1:1" in front, expected a label that is a finite number. Put the label first (0 where it is unknown)"`);
    expect(await libsvm('1 0:1\n')).toMatchInlineSnapshot(`"a.svm, line 1: found feature id 0, expected ids that count from 1. Add 1 to every id"`);
    expect(await libsvm('1 a:1\n')).toMatchInlineSnapshot(`"a.svm, line 1: found "a:1", expected id:value with a whole number from 1 to 4294967295 as id. Correct the pair"`);
    expect(await libsvm('1 5\n')).toMatchInlineSnapshot(`"a.svm, line 1: found "5", expected id:value with a whole number from 1 to 4294967295 as id. Correct the pair"`);
    expect(await libsvm('1 1:\n')).toMatchInlineSnapshot(`"a.svm, line 1: found "1:", expected a finite number after the colon. Correct the value"`);
    expect(await libsvm('1 1:nan\n')).toMatchInlineSnapshot(`"a.svm, line 1: found "1:nan", expected a finite number after the colon. Correct the value"`);
    expect(await libsvm('1 4294967296:1\n')).toMatchInlineSnapshot(`"a.svm, line 1: found "4294967296:1", expected id:value with a whole number from 1 to 4294967295 as id. Correct the pair"`);
  });
  it('order', async () => {
    expect(await libsvm('1 1:1\n1 3:1 2:1\n')).toMatchInlineSnapshot(`"a.svm, line 2: found feature id 2 after 3, expected ascending ids. Sort the line by id"`);
    expect(await libsvm('1 1:1\n1 3:1 3:1\n')).toMatchInlineSnapshot(`"a.svm, line 2: found feature id 3 twice, expected every id once. Remove one of the two"`);
  });
  it('more columns than a matrix may have', async () => {
    expect(await libsvm('1 1:1\n1 4000000000:1\n')).toMatchInlineSnapshot(`"a.svm, line 2: found feature id 4000000000, expected at most 1073741824, the columns that a matrix may have. Correct the id"`);
    expect(await libsvm('1 1:1\n', { features: 4e9 })).toMatchInlineSnapshot(`"a.svm: a number of features of 4000000000 is asked for, expected at most 1073741824, the columns that a matrix may have. Correct it"`);
    expect(await libsvm('1 1073741824:1\n1 1073741825:1\n')).toContain('line 2: found feature id 1073741825');
  });
  it('ids beyond the number of features', async () => {
    expect(await libsvm('1 1:1\n1 3:1\n', { features: 2 })).toMatchInlineSnapshot(`"a.svm, line 2: found feature id 3, expected at most 2. Raise the number of features or correct the id"`);
  });
});

describe('MatrixMarket', () => {
  const market = (banner: string, body: string): Promise<string> => refusal('a.mtx', `%%MatrixMarket matrix ${banner}\n${body}`);
  it('banner', async () => {
    expect(await refusal('a.mtx', '1 2 3\n', { format: 'matrixmarket' })).toMatchInlineSnapshot(`"a.mtx, line 1: found "1 2 3", expected a banner "%%MatrixMarket matrix …". Choose another --format if this is not a MatrixMarket file"`);
    expect(await market('coordinate', '')).toMatchInlineSnapshot(`"a.mtx, line 1: found banner "%%MatrixMarket matrix coordinate", expected "%%MatrixMarket matrix <layout> <field> <symmetry>". Correct the banner"`);
    expect(await market('sparse real general', '')).toMatchInlineSnapshot(`"a.mtx, line 1: found layout "sparse", expected "coordinate" or "array". Correct the banner"`);
    expect(await market('coordinate complex general', '')).toMatchInlineSnapshot(`"a.mtx, line 1: found field "complex" in coordinate layout, expected "real", "double", "integer" or "pattern". Convert the matrix to real values"`);
    expect(await market('array pattern general', '')).toMatchInlineSnapshot(`"a.mtx, line 1: found field "pattern" in array layout, expected "real", "double" or "integer". Convert the matrix to real values"`);
    expect(await market('coordinate complex hermitian', '')).toMatchInlineSnapshot(`"a.mtx, line 1: found field "complex" in coordinate layout, expected "real", "double", "integer" or "pattern". Convert the matrix to real values"`);
    expect(await market('coordinate real hermitian', '')).toMatchInlineSnapshot(`"a.mtx, line 1: found symmetry "hermitian", expected "general", "symmetric" or "skew-symmetric". Convert the matrix to one of them"`);
  });
  it('size line', async () => {
    expect(await market('coordinate real general', '% only a comment\n')).toMatchInlineSnapshot(`"a.mtx: the file ends after line 2 without a size line; expected "rows columns …" after the banner. The file is truncated: copy it again"`);
    expect(await market('coordinate real general', '2 2\n')).toMatchInlineSnapshot(`"a.mtx, line 2: found size line "2 2", expected "rows columns entries". Correct the size line"`);
    expect(await market('array real general', '2 -2\n')).toMatchInlineSnapshot(`"a.mtx, line 2: found size line "2 -2", expected "rows columns". Correct the size line"`);
    expect(await market('coordinate real general', '0 2 0\n')).toMatchInlineSnapshot(`"a.mtx, line 2: found a matrix of 0 rows and 2 columns, expected from 1 to 4294967295 of each. Correct the size line"`);
    expect(await market('coordinate real general', '2 4000000000 1\n1 1 1\n')).toMatchInlineSnapshot(`"a.mtx, line 2: found a matrix of 4000000000 columns, expected at most 1073741824. Correct the size line"`);
    expect(await market('coordinate real symmetric', '2 3 0\n')).toMatchInlineSnapshot(`"a.mtx, line 2: found a symmetric matrix of 2 rows and 3 columns, expected a square one. Correct the size line or the banner"`);
  });
  it('entries', async () => {
    const general = (lines: string): Promise<string> => market('coordinate real general', `2 2 2\n${lines}`);
    expect(await general('1 1 1\n3 1 1\n')).toMatchInlineSnapshot(`"a.mtx, line 4: found row id "3", expected a whole number from 1 to 2. Correct the id or the size line"`);
    expect(await general('1 0 1\n')).toMatchInlineSnapshot(`"a.mtx, line 3: found column id "0", expected a whole number from 1 to 2. Correct the id or the size line"`);
    expect(await general('1 1 1\n')).toMatchInlineSnapshot(`"a.mtx: the file ends after line 3 with 1 of the 2 entries its size line announces. The file is truncated or its size line wrong: copy it again or correct the size line"`);
    expect(await general('1 1 1\n1 2 1\n2 2 1\n')).toMatchInlineSnapshot(`"a.mtx, line 5: found entry number 3, the size line announces 2. Remove what follows or correct the size line"`);
    expect(await general('1 1\n')).toMatchInlineSnapshot(`"a.mtx, line 3: found 2 values ("1 1"), expected 3. Correct the line or copy the file again"`);
    expect(await general('1 1 inf\n')).toMatchInlineSnapshot(`"a.mtx, line 3: found "inf", expected a finite number. Correct the value"`);
    expect(await market('coordinate integer general', '1 1 1\n1 1 1.5\n')).toMatchInlineSnapshot(`"a.mtx, line 3: found "1.5", expected a whole number. Correct the value or write "real" in the banner"`);
    expect(await market('coordinate real symmetric', '2 2 1\n1 2 1\n')).toMatchInlineSnapshot(`"a.mtx, line 3: found entry (row 1, column 2) above the diagonal of a symmetric matrix, expected the lower triangle only. Remove the entry or write "general" in the banner"`);
    expect(await market('coordinate real skew-symmetric', '2 2 1\n1 1 1\n')).toMatchInlineSnapshot(`"a.mtx, line 3: found entry (row 1, column 1) on the diagonal of a skew-symmetric matrix, expected the lower triangle only. Remove the entry or write "general" in the banner"`);
    expect(await market('array real general', '2 1\n1\nx\n')).toMatchInlineSnapshot(`"a.mtx, line 4: found "x", expected a finite number. Correct the value"`);
    expect(await market('array real general', '2 1\n1\n')).toMatchInlineSnapshot(`"a.mtx: the file ends after line 3 with 1 of the 2 entries its size line announces. The file is truncated or its size line wrong: copy it again or correct the size line"`);
  });
});

describe('targets', () => {
  const withTarget = (target: string): Promise<string> => refusal('x.csv', '1,2\n3,4\n', { target: directory.write('y', target) });
  it('of another length', async () => {
    expect(await withTarget('1\n2\n3\n')).toMatchInlineSnapshot(`"y: found 3 values, expected 2, one for each row of x.csv. Check that the two files belong together"`);
  });
  it('that are no vector', async () => {
    expect(await withTarget('1,2\n3,4\n')).toMatchInlineSnapshot(`"y: found a CSV of 2 columns, expected one column. Give a file with the target alone"`);
    expect(await withTarget('1 1:2\n')).toMatchInlineSnapshot(`"y: recognized as libsvm, expected a NumPy array (.npy), a MatrixMarket vector or a CSV of one column. Give the target as one of these"`);
    expect(await withTarget('%%MatrixMarket matrix array real general\n2 2\n1\n2\n3\n4\n')).toMatchInlineSnapshot(`"y: found a matrix of 2 × 2, expected one row or one column. Give a file with the target alone"`);
  });
  it('with an entry twice', async () => {
    expect(await withTarget('%%MatrixMarket matrix coordinate real general\n2 1 3\n1 1 1\n2 1 1\n1 1 1\n')).toMatchInlineSnapshot(`"y, lines 3 and 5: entry (row 1, column 1) appears more than once, expected it once. Keep one of these lines"`);
  });
  it('asked for twice', async () => {
    expect(await refusal('x.csv', '1,2\n', { target: 'y.csv', targetColumn: 0 })).toMatchInlineSnapshot(`"y.csv: both a target file and --target-column 0 are given, expected one. Leave one of them out"`);
  });
});

describe('options that do not fit the format', () => {
  it('are refused', async () => {
    expect(await refusal('a.svm', '1 1:1\n', { targetColumn: 'y' })).toMatchInlineSnapshot(`"a.svm: recognized as libsvm, which has no named columns, so --target-column says nothing about it. Leave it out, or add --format csv if the file is CSV"`);
    expect(await refusal('a.svm', '1 1:1\n', { header: false })).toMatchInlineSnapshot(`"a.svm: recognized as libsvm, which has no named columns, so --no-header says nothing about it. Leave it out, or add --format csv if the file is CSV"`);
    expect(await refusal('a.csv', '1,2\n', { features: 3 })).toMatchInlineSnapshot(`"a.csv: recognized as csv, whose columns are counted in the file, so a number of features says nothing about it. Leave it out"`);
  });
});
