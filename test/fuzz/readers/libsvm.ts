/** LIBSVM files. */
import { TEXT_MUTATIONS } from '../mutate/text.js';
import type { MatrixContent } from './content.js';
import { matrixReader, type MatrixWay } from './matrices.js';
import { finite, linesIn } from './plain-text.js';
import { NO_OPINION, REFUSED } from './reader.js';

const SAMPLES = [
  '1 1:0.5 3:-2\n-1 2:1e3\n0\n+1 1:1 2:2 3:3 4:4.25\n',
  '# comment\n3.5 qid:7 2:1 9:0.125 # behind\n\n-0.5 1:-1e-3 3:007\r\n1e2\t4:1\t5:2\n',
  '0 1:1 2:1 3:1\n1 1:2 2:2\n',
];

export const libsvm = matrixReader('libsvm', {
  samples: () => SAMPLES.map((text) => Buffer.from(text)),
  mutations: TEXT_MUTATIONS,
  ways: [{ format: 'libsvm' }, { format: 'libsvm' }, { format: 'libsvm', features: 5 }, { format: undefined }],
  reference,
});

const MOST_COLUMNS = 2 ** 30;

function reference(bytes: Buffer, { format, features }: MatrixWay): MatrixContent | symbol {
  if (format === undefined) return NO_OPINION;
  const [values, target]: number[][] = [[], []];
  let columns = features ?? 0;
  for (const line of linesIn(bytes)) {
    const [label, ...pairs] = line.split('#')[0]!.split(/\s+/).filter((token) => token !== '');
    if (label === undefined) continue;
    const value = finite(label);
    if (value === null) return REFUSED;
    let last = 0;
    for (const pair of pairs.filter((token) => !token.startsWith('qid:'))) {
      const parts = /^(\d+):(.*)$/s.exec(pair);
      const entry = parts === null ? null : finite(parts[2]!);
      const id = Number(parts?.[1]);
      if (entry === null || id <= last || id > (features ?? MOST_COLUMNS)) return REFUSED;
      values.push(target!.length, id - 1, entry);
      columns = Math.max(columns, id);
      last = id;
    }
    target!.push(value);
  }
  return target!.length === 0 ? REFUSED : { kind: 'sparse', rows: target!.length, columns, names: null, values: values!, target: target! };
}
