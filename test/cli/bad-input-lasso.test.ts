/** What a mistake about paths, weights and penalties says, through the real command line: one clear message, exit code 2, nothing left behind. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LassoModel } from '../../models/lasso/model.js';
import { started, mistake, strads, workplace } from './strads.js';
import { asCsv, smallProblem } from './lasso-data.js';

const vector = (...values: (number | string)[]) => `${values.join('\n')}\n`;

const folder = await workplace({
  'good.csv': 'a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,1,6\n',
  'constant.csv': 'a,b,y\n1,2,7\n2,1,7\n3,5,7\n',
  'below.csv': vector(1, -0.5),
  'nan.csv': vector(1, 'NaN'),
  'three.csv': vector(1, 2, 3),
  'none.csv': vector(0, 0, 0, 0),
  'below-four.csv': vector(1, 1, -3, 1),
  'nothing.csv': vector(0, 0),
  'last-fold.csv': vector(1, 1, 0, 0),
  'unknown.csv': 'feature,weight\na,1\nc,2\n',
  'negative.csv': 'feature,weight\nb,-2\n',
  'long.csv': asCsv(smallProblem(200, 400)),
});

const train = (...args: string[]) => mistake(folder, 'train', 'lasso', '--engine', 'wasm', '--out', 'model', '--data', 'good.csv', '--target-column', 'y', ...args);

describe('a path that cannot be', () => {
  it('begins above alpha_max', async () => expect(await train('--alphas', '50,1')).toMatchInlineSnapshot(`"strads: the path begins at alpha 50, above alpha_max 2.875, where every penalized coefficient is 0: begin at 2.875 or below"`));
  it('rises', async () => expect(await train('--alphas', '0.1,0.5')).toMatchInlineSnapshot(`"strads: --alphas: alpha 0.5 follows 0.1: a path descends, so that each solution starts the next; give the alphas from the largest to the smallest"`));
  it('has an alpha that is no number', async () => expect(await train('--alphas', '0.5,a')).toMatchInlineSnapshot(`"error: option '--alphas <list>' argument '0.5,a' is invalid. expected a number."`));
  it('has one alpha as well', async () => expect(await train('--alpha', '1', '--path', '10')).toMatchInlineSnapshot(`"strads: --alpha asks for one alpha, --path, --alphas and --cv for many: leave one of them out"`));
  it('has one alpha-ratio as well', async () => expect(await train('--alpha-ratio', '0.1', '--cv', '2')).toMatchInlineSnapshot(`"strads: --alpha-ratio asks for one alpha, --path, --alphas and --cv for many: leave one of them out"`));
  it('has its alphas told twice', async () => expect(await train('--alphas', '1,0.5', '--path', '10')).toMatchInlineSnapshot(`"strads: --alphas names the alphas of the path itself: leave --path and --path-ratio out"`));
  it('has a ratio without a path', async () => expect(await train('--path-ratio', '0.1')).toMatchInlineSnapshot(`"strads: --path-ratio is about a path of alphas: give --path N or --cv FOLDS too"`));
  it('ends where it began', async () => expect(await train('--path', '10', '--path-ratio', '1')).toMatchInlineSnapshot(`"error: option '--path-ratio <number>' argument '1' is invalid. expected a number above 0 and below 1."`));
  it('has one alpha', async () => expect(await train('--path', '1')).toMatchInlineSnapshot(`"error: option '--path <n>' argument '1' is invalid. expected a whole number from 2 to 10000."`));
  it('has nothing to follow', async () => expect(await train('--data', 'constant.csv', '--path', '10')).toMatchInlineSnapshot(`"strads: alpha_max is 0: no penalized column of X varies together with the target, so there is no path of alphas to follow"`));
  it('has nothing to penalize', async () => expect(await train('--path', '10', '--feature-weights', 'nothing.csv')).toMatchInlineSnapshot(`"strads: every feature weight is 0, so nothing is penalized and every alpha has the same solution, least squares: ask for one alpha instead of a path, or give some feature a weight above 0"`));
});

describe('a cross-validation that cannot be', () => {
  it('has more folds than samples', async () => expect(await train('--cv', '5')).toMatchInlineSnapshot(`"strads: cross-validation with 5 folds, but the data have 4 rows: a fold needs at least one row; use at most 4 folds"`));
  it('has one fold', async () => expect(await train('--cv', '1')).toMatchInlineSnapshot(`"error: option '--cv <folds>' argument '1' is invalid. expected a whole number from 2 to 1000."`));
  it('has a fold without weight', async () => expect(await train('--cv', '4', '--sample-weights', 'last-fold.csv')).toMatchInlineSnapshot(`"strads: fold 2 of 4 has no row with a weight above 0: there are too few rows; use fewer folds"`));
  it('runs under a schedule of blocks', async () => expect(await train('--cv', '2', '--schedule', 'random')).toMatchInlineSnapshot(`"strads: --cv: folds share one upload of X under the schedule working-set only: leave the schedule out"`));
});

describe('weights that cannot be', () => {
  it('a feature weight below 0', async () => expect(await train('--feature-weights', 'below.csv')).toMatchInlineSnapshot(`"strads: below.csv, line 2: found weight -0.5, expected 0 or more. Correct the weight"`));
  it('a feature weight below 0, by name', async () => expect(await train('--feature-weights', 'negative.csv')).toMatchInlineSnapshot(`"strads: negative.csv, line 2: found weight "-2", expected a finite number, 0 or more. Correct the weight"`));
  it('a feature weight that is no number', async () => expect(await train('--feature-weights', 'nan.csv')).toMatchInlineSnapshot(`"strads: nan.csv, line 2, column index 0: found "NaN" (a missing value), expected a finite number. Correct the value"`));
  it('more feature weights than features', async () => expect(await train('--feature-weights', 'three.csv')).toMatchInlineSnapshot(`"strads: three.csv: found 3 feature weights, expected 2, one for each column of the data. Check that the two files belong together"`));
  it('a feature weight for a feature that is not there', async () => expect(await train('--feature-weights', 'unknown.csv')).toMatchInlineSnapshot(`"strads: unknown.csv, line 3: found feature "c", expected a column of the data. Correct the name or remove the line"`));
  it('fewer sample weights than samples', async () => expect(await train('--sample-weights', 'three.csv')).toMatchInlineSnapshot(`"strads: three.csv: found 3 sample weights, expected 4, one for each row of the data. Check that the two files belong together"`));
  it('a sample weight below 0', async () => expect(await train('--sample-weights', 'below-four.csv')).toMatchInlineSnapshot(`"strads: below-four.csv, line 3: found weight -3, expected 0 or more. Correct the weight"`));
  it('sample weights that are all 0', async () => expect(await train('--sample-weights', 'none.csv')).toMatchInlineSnapshot(`"strads: none.csv: found 4 weights that are all 0, expected at least one above 0. Give the samples that count a weight"`));
  it('a file that is not there', async () => expect(await train('--sample-weights', 'nowhere.csv')).toMatchInlineSnapshot(`"strads: nowhere.csv: there is no such file. Check the path and the directory it is relative to"`));
});

describe('flags that do not go together', () => {
  it('an l1-ratio of 0', async () => expect(await train('--l1-ratio', '0')).toMatchInlineSnapshot(`"error: option '--l1-ratio <number>' argument '0' is invalid. expected a number above 0."`));
  it('an l1-ratio above 1', async () => expect(await train('--l1-ratio', '1.5')).toMatchInlineSnapshot(`"error: option '--l1-ratio <number>' argument '1.5' is invalid. expected a number above 0 and at most 1."`));
  it('columns cut under a schedule of blocks', async () => expect(await train('--cut', 'columns', '--schedule', 'priority')).toMatchInlineSnapshot(`"strads: --cut: blocks of variables are updated from sums over shards of rows: leave the cut out, or choose the schedule working-set"`));
  it('a dependency threshold for the working set', async () => expect(await train('--dependency-threshold', '0.1')).toMatchInlineSnapshot(`"strads: --dependency-threshold: the working set solves the dependencies of its variables instead of filtering them: leave the threshold out, or choose the schedule priority, random or round-robin"`));
});

describe('features none of which is penalized', () => {
  it('are fitted by least squares at any alpha, which a notice says', async () => {
    const { code, stdout, stderr } = await strads(folder, 'train', 'lasso', '--engine', 'wasm', '--data', 'good.csv', '--target-column', 'y', '--alpha', '5', '--feature-weights', 'nothing.csv', '--out', 'least-squares');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('every feature weight is 0, so nothing is penalized: the model is least squares, whatever alpha');
    expect(stdout).toMatch(/^done: /);
    const { coefficients, intercept } = await LassoModel.load(join(folder, 'least-squares'));
    const rows = [[1, 2, 3], [2, 1, 4], [3, 5, 9], [4, 1, 6]];
    const residual = rows.map(([a, b, y]) => y! - intercept - coefficients[0]! * a! - coefficients[1]! * b!);
    for (const of of [() => 1, (row: number) => rows[row]![0]!, (row: number) => rows[row]![1]!]) expect(residual.reduce((sum, value, row) => sum + value * of(row), 0)).toBeCloseTo(0, 8);
  });
});

describe('Ctrl-C in a path', () => {
  const LONG = ['train', 'lasso', '--engine', 'wasm', '--data', 'long.csv', '--target-column', 'y', '--path', '10000', '--json'];

  it.each([
    ['in this process', []],
    ['in worker processes', ['--workers', '2']],
  ])('saves the solutions so far, and says that some are missing: %s', async (where, workers) => {
    const out = `stopped ${where}`;
    const { child, ended } = await started(folder, /"event":"point".*"index":3,/, ...LONG, ...workers, '--out', out);
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).toBe(0);
    const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    const done = events.at(-1)!;
    const alphas = done['alphas'] as number;
    expect(done).toMatchObject({ event: 'done', stopped: 'interrupted', reproducible: false, crossValidation: null });
    expect(alphas).toBeGreaterThanOrEqual(4);
    expect(alphas).toBeLessThan(10_000);
    expect(events.filter(({ event }) => event === 'notice').map(({ message }) => message)).toContainEqual(expect.stringMatching(`^interrupted after ${alphas} of 10000 alphas`));
    const { summary } = await LassoModel.load(join(folder, out));
    expect(summary).toMatchObject({ stopped: 'interrupted', reproducible: false, path: { points: alphas, chosen: alphas - 1, folds: null } });
    expect((await LassoModel.load(join(folder, out), events.find(({ event }) => event === 'point')!['alpha'] as number)).summary.nonzeros).toBe(0);
  });

  it('twice quits and leaves nothing behind', async () => {
    const { child, ended } = await started(folder, /"event":"point"/, ...LONG, '--out', 'quit');
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code } = await ended;
    // The first signal may already have ended the run by the time the second one arrives.
    if (code !== 0) await expect(LassoModel.load(join(folder, 'quit'))).rejects.toThrow('not found');
  });
});
