/** MatrixMarket files. */
import { TEXT_MUTATIONS } from '../mutate/text.js';
import type { MatrixContent } from './content.js';
import { matrixReader, type MatrixWay } from './matrices.js';
import { finite } from './plain-text.js';
import { NO_OPINION, REFUSED } from './reader.js';

const SAMPLES = [
  '%%MatrixMarket matrix coordinate real general\n% comment\n3 4 5\n1 1 0.5\n2 3 -2e3\n3 4 1\n1 4 7\n3 1 0\n',
  '%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n1 1\n2 1\n3 2\n',
  '%%MatrixMarket matrix coordinate integer skew-symmetric\n3 3 2\n2 1 5\n3 1 -6\n',
  '%%MatrixMarket matrix array real general\n%\n2 3\n1\n2\n3\n4\n5\n6\n',
  '%%MatrixMarket matrix array double symmetric\n3 3\n1\n2\n3\n4\n5\n6\n',
  '%%MatrixMarket matrix array integer skew-symmetric\n3 3\n1\n2\n3\n',
];

export const matrixMarket = matrixReader('matrixmarket', {
  samples: () => SAMPLES.map((text) => Buffer.from(text)),
  mutations: TEXT_MUTATIONS,
  ways: [{ format: 'matrixmarket' }, { format: 'matrixmarket' }, { format: undefined }],
  reference,
});

const BANNER = /^%%matrixmarket\s+matrix\s+(coordinate|array)\s+(real|double|integer|pattern)\s+(general|symmetric|skew-symmetric)$/i;
const MOST_ROWS = 2 ** 32 - 1;
const MOST_COLUMNS = 2 ** 30;
/** A larger one is not written out here. */
const MOST_VALUES = 10_000;

function reference(bytes: Buffer, { format }: MatrixWay): MatrixContent | symbol {
  if (format === undefined) return NO_OPINION;
  const [first, ...rest] = bytes.toString('utf8').replace(/^\ufeff/, '').split('\n').map((line) => line.trim());
  const [layout, field, symmetry] = (BANNER.exec(first!) ?? []).slice(1).map((word) => word.toLowerCase());
  const lines = rest.filter((line) => line !== '' && !line.startsWith('%')).map((line) => line.split(/\s+/));
  const size = lines.shift();
  if (layout === undefined || size === undefined || (layout === 'array' && field === 'pattern')) return REFUSED;
  if (size.length !== (layout === 'array' ? 2 : 3) || !size.every((token) => /^\d+$/.test(token))) return REFUSED;
  const [rows, columns, entries] = size.map(Number) as [number, number, number?];
  if (rows < 1 || columns < 1 || rows > MOST_ROWS || columns > MOST_COLUMNS || (symmetry !== 'general' && rows !== columns)) return REFUSED;
  const isValue = (token: string | undefined): boolean => finite(token!) !== null && (field !== 'integer' || Number.isInteger(Number(token)));
  if (layout === 'array') return arrayOf(lines, { rows, columns, symmetry: symmetry! }, isValue);
  if (lines.length !== entries) return REFUSED;
  const values: number[] = [];
  for (const [row, column, value, ...more] of lines) {
    if (!isId(row, rows) || !isId(column, columns) || more.length > 0 || (field === 'pattern' ? value !== undefined : value === undefined || !isValue(value))) return REFUSED;
    const [i, j, x] = [Number(row) - 1, Number(column) - 1, field === 'pattern' ? 1 : Number(value)];
    if (symmetry !== 'general' && (i < j || (i === j && symmetry !== 'symmetric'))) return REFUSED;
    values.push(i, j, x);
    if (symmetry !== 'general' && i !== j) values.push(j, i, symmetry === 'symmetric' ? x : -x);
  }
  return { kind: 'sparse', rows, columns, names: null, values, target: null };
}

function isId(token: string | undefined, most: number): boolean {
  return token !== undefined && /^\d+$/.test(token) && Number(token) >= 1 && Number(token) <= most;
}

function arrayOf(lines: string[][], { rows, columns, symmetry }: { rows: number; columns: number; symmetry: string }, isValue: (token: string | undefined) => boolean): MatrixContent | symbol {
  const isStored = (i: number, j: number): boolean => symmetry === 'general' || i > j || (i === j && symmetry === 'symmetric');
  if (rows * columns > MOST_VALUES) return lines.length < MOST_VALUES / 4 ? REFUSED : NO_OPINION;
  const values = new Array<number>(rows * columns).fill(0);
  for (let j = 0; j < columns; j++) {
    for (let i = 0; i < rows; i++) {
      if (!isStored(i, j)) continue;
      const [token, ...more] = lines.shift() ?? [];
      if (token === undefined || more.length > 0 || !isValue(token)) return REFUSED;
      values[i * columns + j] = Number(token);
      if (symmetry !== 'general' && i !== j) values[j * columns + i] = symmetry === 'symmetric' ? Number(token) : -Number(token);
    }
  }
  return lines.length > 0 ? REFUSED : { kind: 'dense', rows, columns, names: null, values, target: null };
}
