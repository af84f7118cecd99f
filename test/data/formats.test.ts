/** Random matrices, written in every format, come back exactly; wherever the stream is cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trainingPlan } from '../../src/data/csv-columns.js';
import { openCsv } from '../../src/data/csv.js';
import { openLibsvm } from '../../src/data/libsvm.js';
import { openMatrixMarket } from '../../src/data/matrix-market.js';
import { readDataset } from '../../src/data/read.js';
import type { Reader } from '../../src/data/reader.js';
import { denseRows, denseRowsOf, sourceOf, temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const value = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x));
const mostlyZero = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: value });
const matrixOf = (cell: fc.Arbitrary<number>, least = 1): fc.Arbitrary<number[][]> =>
  fc.integer({ min: least, max: 7 }).chain((columns) => fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { minLength: 1, maxLength: 9 }));
const lineEnd = fc.constantFrom('\n', '\r\n');
const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
const name = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom('a', 'é', ',', '"', ' ', ';', '\n', '3', '漢') }).map((text) => `x${text}x`);

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

async function rowsOf(reader: Reader): Promise<number[][]> {
  const parsed = [];
  for await (const { chunk } of reader.chunks()) parsed.push(chunk);
  return denseRowsOf(reader.rows, reader.columns, (async function* () { yield* parsed; })());
}

async function targetOf(reader: Reader): Promise<number[]> {
  const target: number[] = [];
  for await (const parsed of reader.chunks()) target.push(...(parsed.target ?? []));
  return target;
}

describe('CSV', () => {
  it('gives back any matrix, with any names, delimiter, line ends, byte-order mark and cuts', async () => {
    await fc.assert(
      fc.asyncProperty(matrixOf(value), fc.array(name, { minLength: 7, maxLength: 7 }), fc.constantFrom(',', ';', '\t'), lineEnd, fc.boolean(), cuts, async (rows, names, delimiter, end, mark, lengths) => {
        const header = names.slice(0, rows[0].length);
        const text = (mark ? '\uFEFF' : '') + [header.map(quoted).join(delimiter), ...rows.map((row) => row.join(delimiter))].join(end) + end;
        const reader = await openCsv(sourceOf(text, lengths), undefined, trainingPlan({}));
        expect(await rowsOf(reader)).toEqual(rows);
        expect(reader.columnNames).toEqual(header.map((text) => text.trim()));
      }),
      { numRuns: 150 },
    );
  });

  it('reads quoted and plain cells alike, wherever quotes begin and the file is cut', async () => {
    const quotes = fc.array(fc.boolean(), { minLength: 10, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(matrixOf(value), quotes, fc.boolean(), lineEnd, cuts, async (rows, quotedRow, quotedHeader, end, lengths) => {
        const header = rows[0].map((_, at) => (quotedHeader ? quoted(`a,${at}`) : `a${at}`));
        const body = rows.map((row, i) => row.map((cell) => (quotedRow[i] ? quoted(String(cell)) : String(cell))).join(','));
        const reader = await openCsv(sourceOf([header.join(','), ...body].join(end), lengths), undefined, trainingPlan({}));
        expect(await rowsOf(reader)).toEqual(rows);
        expect(reader.columnNames).toEqual(rows[0].map((_, at) => (quotedHeader ? `a,${at}` : `a${at}`)));
      }),
      { numRuns: 150 },
    );
  });

  it('takes the target and ignored columns out, wherever they stand', async () => {
    await fc.assert(
      fc.asyncProperty(matrixOf(value, 3), fc.nat(6), fc.nat(6), async (rows, a, b) => {
        const width = rows[0].length;
        const [target, ignored] = [a % width, b % width];
        fc.pre(target !== ignored);
        const text = rows.map((row) => row.map((cell, at) => (at === ignored ? '?' : String(cell))).join(',')).join('\n');
        const plan = trainingPlan({ targetColumn: target - width, ignoreColumns: [String(ignored)] });
        expect(await rowsOf(await openCsv(sourceOf(text, [17]), false, plan))).toEqual(rows.map((row) => row.filter((_, at) => at !== target && at !== ignored)));
        expect(await targetOf(await openCsv(sourceOf(text, [17]), false, plan))).toEqual(rows.map((row) => row[target]));
      }),
      { numRuns: 60 },
    );
  });

  it('skips blank lines and reads a last line without its end', async () => {
    const reader = await openCsv(sourceOf('a,b\n\n1,2\r\n\n 3 , "4"', [100]), undefined, trainingPlan({}));
    expect(await rowsOf(reader)).toEqual([[1, 2], [3, 4]]);
  });

  it('tells what separates from lines that are not blank', async () => {
    const reader = await openCsv(sourceOf(' \n1;2;3\n\t\n4;5;6\n', [100]), undefined, trainingPlan({}));
    expect(await rowsOf(reader)).toEqual([[1, 2, 3], [4, 5, 6]]);
  });

  it.each([1, 100])('reads the bytes FF FE in front as what is no UTF-8, whether quotes follow or not, in pieces of %d', async (length) => {
    for (const quote of ['', '"']) {
      const bytes = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(`a,b\n3,4\n${quote}5${quote},6\n`)]);
      const reader = await openCsv(sourceOf(bytes, [length]), undefined, trainingPlan({}));
      expect([reader.columnNames, await rowsOf(reader)]).toEqual([['\ufffd\ufffda', 'b'], [[3, 4], [5, 6]]]);
    }
  });

  it('keeps equal names and lets them be told apart by index', async () => {
    const reader = await openCsv(sourceOf('x,x,y\n1,2,3\n', [5]), undefined, trainingPlan({ targetColumn: 'y', ignoreColumns: [0] }));
    expect(reader.columnNames).toEqual(['x']);
    expect(await rowsOf(reader)).toEqual([[2]]);
  });

  it.each([
    ['1,2\n3,4\n', null],
    ['?,2\n3,4\n', null],
    ['NaN,2\n3,4\n', null],
    ['inf,2\n3,4\n', null],
    ['a,2\n3,4\n', ['2']],
  ])('recognizes whether %j has a header', async (text, names) => {
    const reader = await openCsv(sourceOf(text, [100]), undefined, trainingPlan({ ignoreColumns: [0] }));
    expect(reader.columnNames).toEqual(names);
  });
});

describe('LIBSVM', () => {
  it('gives back any matrix and its labels, wherever the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(matrixOf(mostlyZero), lineEnd, cuts, async (rows, end, lengths) => {
        const width = rows[0].length;
        const line = (row: number[], label: number): string => [`${label}`, 'qid:3', ...row.flatMap((cell, at) => (cell === 0 ? [] : `${at + 1}:${cell}`)), '# note'].join(' ');
        const text = `# by hand${end}` + rows.map((row, i) => line(row, i - 2)).join(end);
        const limit = { count: width, beyond: 'error' } as const;
        expect(await rowsOf(openLibsvm(sourceOf(text, lengths), limit))).toEqual(rows);
        expect(await targetOf(openLibsvm(sourceOf(text, lengths), limit))).toEqual(rows.map((_, i) => i - 2));
      }),
      { numRuns: 150 },
    );
  });

  it('counts columns by the largest id', async () => {
    const reader = openLibsvm(sourceOf('1 2:1 9:1\n-1\n', [3]), null);
    await rowsOf(reader);
    expect([reader.rows, reader.columns]).toEqual([2, 9]);
  });
});

describe('MatrixMarket', () => {
  it('gives back any coordinate matrix, wherever the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(matrixOf(mostlyZero), lineEnd, cuts, async (rows, end, lengths) => {
        const entries = rows.flatMap((row, i) => row.flatMap((cell, j) => (cell === 0 ? [] : `${i + 1}  ${j + 1}\t${cell}`)));
        const text = ['%%MatrixMarket matrix coordinate double general', '% made up', `${rows.length} ${rows[0].length} ${entries.length}`, ...entries.reverse()].join(end) + end;
        expect(await rowsOf(await openMatrixMarket(sourceOf(text, lengths), null))).toEqual(rows);
      }),
      { numRuns: 150 },
    );
  });

  it('gives back any array matrix, wherever the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(matrixOf(value), lineEnd, cuts, async (rows, end, lengths) => {
        const columns = rows[0].map((_, j) => rows.map((row) => String(row[j])));
        const text = ['%%MatrixMarket MATRIX Array Real General', `${rows.length} ${rows[0].length}`, ...columns.flat()].join(end);
        expect(await rowsOf(await openMatrixMarket(sourceOf(text, lengths), null))).toEqual(rows);
      }),
      { numRuns: 150 },
    );
  });

  const S = 'symmetric';
  const K = 'skew-symmetric';
  it.each([
    ['coordinate', 'real', S, '3 3 3\n1 1 5\n3 1 2\n3 2 4', [[5, 0, 2], [0, 0, 4], [2, 4, 0]]],
    ['coordinate', 'integer', K, '3 3 2\n3 1 2\n3 2 4', [[0, 0, -2], [0, 0, -4], [2, 4, 0]]],
    ['coordinate', 'pattern', S, '2 2 1\n2 1', [[0, 1], [1, 0]]],
    ['array', 'real', S, '3 3\n1\n2\n3\n4\n5\n6', [[1, 2, 3], [2, 4, 5], [3, 5, 6]]],
    ['array', 'real', K, '3 3\n2\n3\n5', [[0, -2, -3], [2, 0, -5], [3, 5, 0]]],
    ['array', 'real', S, '1 1\n7', [[7]]],
    ['array', 'real', K, '1 1\n', [[0]]],
  ])('fills both triangles: %s %s %s', async (layout, field, symmetry, body, expected) => {
    const text = `%%MatrixMarket matrix ${layout} ${field} ${symmetry}\n${body}\n`;
    expect(await rowsOf(await openMatrixMarket(sourceOf(text, [7]), null))).toEqual(expected.map((row) => row.map((x) => x + 0)));
  });

  it('reads an empty coordinate matrix', async () => {
    const reader = await openMatrixMarket(sourceOf('%%MatrixMarket matrix coordinate real general\n2 3 0\n', [9]), null);
    expect(await rowsOf(reader)).toEqual([[0, 0, 0], [0, 0, 0]]);
  });
});

describe('readDataset', () => {
  it.each(['plain', 'plain.gz'])('recognizes formats by content whatever the name: %s', async (file) => {
    const suffix = file.endsWith('.gz') ? '.gz' : '';
    const cases = [
      ['csv', '1,2,3\n4,5,6\n'],
      ['csv', 'y\n1\n2\n'],
      ['csv', '1\n2\n'],
      ['libsvm', '1 1:2 3:4\n-1 2:5\n'],
      ['libsvm', '# note\n\n1\n0 3:4\n'],
      ['matrixmarket', '%%MatrixMarket matrix array real general\n2 1\n1\n2\n'],
    ];
    for (const [format, text] of cases) {
      const dataset = await readDataset({ data: directory.write(file, text) });
      expect([text, dataset.format]).toEqual([text, format + suffix]);
      expect(dataset.matrix.rows).toBe(2);
      await dataset.matrix.close();
    }
  });

  it('lets --format override what the content looks like', async () => {
    const data = directory.write('label-only', '1\n2\n');
    const dataset = await readDataset({ data, format: 'libsvm', features: 4 });
    expect([dataset.format, dataset.matrix.columns, [...dataset.target!]]).toEqual(['libsvm', 4, [1, 2]]);
  });

  it.each([
    ['coordinate n × 1', '%%MatrixMarket matrix coordinate real general\n3 1 2\n3 1 7\n1 1 5\n', [5, 0, 7]],
    ['coordinate 1 × n', '%%MatrixMarket matrix coordinate real general\n1 3 2\n1 3 7\n1 1 5\n', [5, 0, 7]],
    ['array n × 1', '%%MatrixMarket matrix array real general\n3 1\n5\n0\n7\n', [5, 0, 7]],
    ['array 1 × n', '%%MatrixMarket matrix array real general\n1 3\n5\n0\n7\n', [5, 0, 7]],
    ['CSV', '5\n0\n7\n', [5, 0, 7]],
    ['CSV with a header', 'y\n5\n0\n7\n', [5, 0, 7]],
  ])('reads a target file: %s', async (_, text, expected) => {
    const data = directory.write('x', '1,2\n3,4\n5,6\n');
    const dataset = await readDataset({ data, target: directory.write('y.gz', text) });
    expect([...dataset.target!]).toEqual(expected);
    expect(await denseRows(dataset.matrix)).toEqual([[1, 2], [3, 4], [5, 6]]);
  });

  it('has no target when none was asked for, and a target file goes before labels', async () => {
    expect((await readDataset({ data: directory.write('x', '1,2\n') })).target).toBeNull();
    const dataset = await readDataset({ data: directory.write('x', '1 1:1\n'), target: directory.write('y', '9\n') });
    expect([...dataset.target!]).toEqual([9]);
  });

  it('replays the same values from memory and from the temporary file', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) => Array.from({ length: 400 }, (_, j) => (i * 31 + j * 7) % 101));
    const data = directory.write('big.csv', rows.map((row) => row.join(',')).join('\n'));
    for (const spoolBytes of [0, 1 << 22, 64 << 20]) {
      const { matrix } = await readDataset({ data, spoolBytes });
      expect(await denseRows(matrix)).toEqual(rows);
      expect(await denseRows(matrix)).toEqual(rows);
      await matrix.close();
    }
  });
});
