/**
 * What is trained under faults: every model in its ways of cutting and scheduling, on data made from the counter-based generator, each for
 * about a second. In: a folder. Out: the data files in it, and the words of each training.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBelow, randomUnit } from '../../src/schedule/random.js';

export const MODELS = ['lasso', 'mf', 'lda'] as const;
export type Model = (typeof MODELS)[number];

/** One training: its words are all that decides the model's bits. */
export interface Problem {
  readonly model: Model;
  readonly name: string;
  readonly words: readonly string[];
  /** Whether the scheduler sends what it has committed; where blocks travel from shard to shard, or shards hold all that counts, it has nothing to. */
  readonly commits: boolean;
}

const LASSO = ['--data', 'genes.svm', '--alpha-ratio', '0.001', '--tol', '1e-10'];
const MF = ['--data', 'ratings.csv', '--rank', '8', '--biases', '--lambda', '0.05'];
const LDA = ['--data', 'docword.txt', '--topics', '12', '--seed', '3', '--sweeps', '60'];

export const PROBLEMS: readonly Problem[] = [
  { model: 'lasso', name: 'working set, rows', words: [...LASSO, '--cut', 'rows', '--standardize'], commits: true },
  { model: 'lasso', name: 'working set, columns', words: [...LASSO, '--cut', 'columns'], commits: true },
  { model: 'lasso', name: 'priority schedule', words: ['--data', 'genes.svm', '--alpha-ratio', '0.1', '--schedule', 'priority', '--dependency-threshold', '0.5', '--pipeline', '2'], commits: true },
  { model: 'lasso', name: 'path', words: ['--data', 'genes.svm', '--path', '30', '--tol', '1e-7'], commits: true },
  { model: 'lasso', name: 'cross-validated path', words: ['--data', 'genes.svm', '--path', '8', '--cv', '3', '--tol', '1e-5'], commits: true },
  { model: 'mf', name: 'als', words: [...MF, '--algorithm', 'als', '--tol', '0', '--sweeps', '40'], commits: false },
  { model: 'mf', name: 'ccd', words: [...MF, '--algorithm', 'ccd', '--tol', '0', '--sweeps', '30'], commits: false },
  { model: 'mf', name: 'sgd', words: [...MF, '--algorithm', 'sgd', '--sweeps', '60'], commits: false },
  { model: 'lda', name: 'exact, rotation', words: [...LDA, '--sampler', 'exact', '--strategy', 'rotation'], commits: false },
  { model: 'lda', name: 'mh, rotation', words: [...LDA, '--sampler', 'mh', '--strategy', 'rotation'], commits: false },
  { model: 'lda', name: 'mh, data-parallel', words: [...LDA, '--sampler', 'mh', '--strategy', 'data-parallel'], commits: false },
];

export async function writeData(folder: string): Promise<void> {
  await writeFile(join(folder, 'genes.svm'), genes(400, 600));
  await writeFile(join(folder, 'ratings.csv'), ratings(400, 200, 40));
  await writeFile(join(folder, 'docword.txt'), documents(300, 200, 60));
  await writeFile(join(folder, 'token'), 'a-token-that-only-this-machine-knows\n', { mode: 0o600 });
}

const SEED = 20;
const Stream = { Entry: 1, Noise: 2, Pick: 3, Taste: 4, Topic: 5, Word: 6 } as const;

/** Sparse rows whose target every tenth column decides. */
function genes(rows: number, columns: number): string {
  return lines(rows, (row) => {
    const entries = Array.from({ length: columns }, (_, column) => column).flatMap((column) => {
      const drawn = randomUnit(SEED, Stream.Entry, row * columns + column);
      return drawn < 0.2 ? [[column, 10 * drawn - 1] as const] : [];
    });
    const target = entries.reduce((sum, [column, value]) => sum + (column % 10 === 0 ? value * (1 + column / columns) : 0), 0.3 * randomUnit(SEED, Stream.Noise, row));
    return `${target} ${entries.map(([column, value]) => `${column + 1}:${value.toFixed(5)}`).join(' ')}`;
  });
}

/** Ratings from 1 to 5 with two tastes behind them, the first items rated most. */
function ratings(users: number, items: number, each: number): string {
  const taste = (who: number) => 2 * randomUnit(SEED, Stream.Taste, who) - 1;
  const rated = lines(users, (user) => {
    const picked = new Set(Array.from({ length: each }, (_, at) => Math.floor(items * randomUnit(SEED, Stream.Pick, user * each + at) ** 2)));
    return [...picked].map((item) => `${user},${item},${(3 + 2 * taste(user) * taste(users + item)).toFixed(1)}`).join('\n');
  });
  return `user,item,rating\n${rated}`;
}

/** UCI docword: every document has words of two of the vocabulary's ten parts. */
function documents(count: number, words: number, length: number): string {
  const part = words / 10;
  const rows = Array.from({ length: count }, (_, d) => {
    const counts = new Map<number, number>();
    for (let at = 0; at < length; at++) {
      const token = d * length + at;
      const topic = randomBelow(10, SEED, Stream.Topic, 2 * d + (token % 2));
      const word = topic * part + Math.floor(part * randomUnit(SEED, Stream.Word, token) ** 2);
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    return [...counts].map(([word, times]) => `${d + 1} ${word + 1} ${times}`);
  }).flat();
  return [count, words, rows.length, ...rows, ''].join('\n');
}

function lines(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => `${line(at)}\n`).join('');
}
