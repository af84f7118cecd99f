/** Small problems that a test can write to files, made from the counter-based generator. */
import { randomBits } from '../../src/schedule/random.js';

export interface SmallProblem {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly values: readonly (readonly number[])[];
  readonly target: readonly number[];
}

const uniform = (stream: number, counter: number) => randomBits(7, stream, counter) / 2 ** 32 - 0.5;

/** Dense X with y from every fifth column plus noise. */
export function smallProblem(rows: number, columns: number): SmallProblem {
  const values = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => Number(uniform(i, j).toFixed(6))));
  const target = values.map((row, i) => row.reduce((sum, x, j) => sum + (j % 5 === 0 ? x * (1 + j / columns) : 0), 0.3 * uniform(1e6, i)));
  return { rows, columns, values, target };
}

export function asCsv({ columns, values, target }: SmallProblem): string {
  const header = [...Array.from({ length: columns }, (_, j) => `gene${j}`), 'y'].join(',');
  return [header, ...values.map((row, i) => [...row, target[i]].join(','))].join('\n');
}

/** Only every third entry of each row is kept. */
export function asLibsvm({ values, target }: SmallProblem): string {
  return values.map((row, i) => `${target[i]} ${row.flatMap((x, j) => ((i + j) % 3 === 0 ? [`${j + 1}:${x}`] : [])).join(' ')}`).join('\n');
}
