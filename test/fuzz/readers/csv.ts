/** CSV files. */
import { TEXT_MUTATIONS } from '../mutate/text.js';
import type { MatrixContent } from './content.js';
import { matrixReader, type MatrixWay } from './matrices.js';
import { finite } from './plain-text.js';
import { NO_OPINION, REFUSED } from './reader.js';

const SAMPLES = [
  'a,b,c,y\n1,2.5,-3,0\n4,5e-1,.5,1\n7,8,9,2\n',
  '1;2;3\n4;5;6\n\n7;8;9\n',
  'x\ty\tz\r\n1\t2\t3\r\n-1\t-2\t-3\r\n',
  '"a","b ""quoted""","c,d","y"\n"1",2,"3",4\n5,"6",7,8\n',
  '1,2\n3,4\n5,"6"\n',
  ' a , b ,y\n 1 , 2 ,3\n',
  '1\n2\n3\n',
];

export const csv = matrixReader('csv', {
  samples: () => SAMPLES.map((text) => Buffer.from(text)),
  mutations: TEXT_MUTATIONS,
  ways: [
    { format: 'csv' },
    { format: 'csv', header: false },
    { format: 'csv', header: true },
    { format: 'csv', targetColumn: 'y' },
    { format: 'csv', targetColumn: -1, ignoreColumns: [0] },
    { format: 'csv', targetColumn: 'last' },
    { format: 'csv', ignoreColumns: ['b', 'nobody'] },
    { format: undefined, targetColumn: 1 },
  ],
  reference,
});

const MISSING = ['', '?', 'na', 'n/a', '#n/a', 'nan', 'null', 'none', '-', '.'];
const INFINITE = /^[-+]?inf(inity)?$/i;

/** Without quotes, lines that end in several ways, choices of columns and more than one thing that could separate. */
function reference(bytes: Buffer, { format, header, targetColumn, ignoreColumns }: MatrixWay): MatrixContent | symbol {
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const separators = [...new Set(text.match(/[,;\t]/g) ?? [','])];
  if (format === undefined || targetColumn !== undefined || ignoreColumns !== undefined || /["\r\0]/.test(text) || separators.length > 1) return NO_OPINION;
  const records = text.split('\n').filter((line) => line.trim() !== '').map((line) => line.split(separators[0]!).map((cell) => cell.trim()));
  const [first] = records;
  if (first === undefined) return REFUSED;
  // The first line tells what separates.
  if (first.length === 1 && text.includes(separators[0]!)) return NO_OPINION;
  const hasNames = header ?? first.some((cell) => finite(cell) === null && !MISSING.includes(cell.toLowerCase()) && !INFINITE.test(cell));
  const rows = hasNames ? records.slice(1) : records;
  const values = rows.map((cells) => cells.map(finite)).flat();
  if (rows.length === 0 || rows.some((cells) => cells.length !== first.length) || values.includes(null)) return REFUSED;
  return { kind: 'dense', rows: rows.length, columns: first.length, names: hasNames ? first : null, values: values as number[], target: null };
}
