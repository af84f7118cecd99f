/** strads train mf through the built command, with real worker processes. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MatrixFactorization, readRatings, splitRatings, type TestSplit } from '../../models/index.js';
import { MfModel } from '../../models/mf/model.js';
import { asLines, factorsIn, HEADER, runOf, someRatings, trainMf } from './mf-data.js';
import { says, started, strads, workplace } from './strads.js';

const ratings = someRatings(60, 40, 20);
const isHeld = (at: number) => at % 8 === 7;
const base = ratings.filter((_, at) => !isHeld(at));
const held = [...ratings.filter((_, at) => isHeld(at)), { ...ratings[0], user: 'new user' }, { ...ratings[0], item: 'new item' }];
const folder = await workplace({
  'ratings.csv': asLines(ratings, ',', HEADER),
  'ratings.tsv': asLines(ratings, '\t'),
  'ratings.dat': asLines(ratings, '::'),
  'ratings.csv.gz': gzipSync(asLines(ratings, ',', HEADER)),
  'base.csv': asLines(base, ',', HEADER),
  'held.csv': asLines(held, ',', HEADER),
  'twice.csv': 'user,item,rating\na,x,1\na,y,2\nb,x,3\na,x,5\n',
  'users.csv': asLines(ratings.filter(({ user }) => Number(user.slice(1)) > 30), ',', HEADER),
  'untimed.csv': 'a,x,1\na,y,2\nb,y,3\nb,x,4\n',
  token: 'a-token-of-24-characters\n',
});

const train = (out: string, ...args: string[]) => trainMf(folder, out, ...args);
const DATA = ['--data', 'base.csv', '--test', 'held.csv', '--rank', '4'];
const ALGORITHMS = ['ccd', 'als', 'sgd'];

describe('byte-identical factors', () => {
  it.each(ALGORITHMS)('of %s from 1, 2 and 3 workers', async (algorithm) => {
    for (const workers of ['1', '2', '3']) await train(`${algorithm}-${workers}`, ...DATA, '--biases', '--algorithm', algorithm, '--sweeps', '3', '--workers', workers);
    const [one, two, three] = await Promise.all(['1', '2', '3'].map((workers) => factorsIn(folder, `${algorithm}-${workers}`)));
    expect(two.equals(one)).toBe(true);
    expect(three.equals(one)).toBe(true);
  });

  it('from any format of the same ratings, and in this process', async () => {
    const formats = { 'ratings.csv': 'csv', 'ratings.tsv': 'tsv', 'ratings.dat': 'text with ::', 'ratings.csv.gz': 'csv, gzipped' };
    for (const [file, format] of Object.entries(formats)) {
      const { notices } = await train(`of ${file}`, '--data', file, '--rank', '4', '--sweeps', '2');
      expect(notices).toContain(`${file}: ${format}, 60 users × 40 items, ${ratings.length} ratings`);
    }
    const first = await factorsIn(folder, 'of ratings.csv');
    for (const file of ['ratings.tsv', 'ratings.dat', 'ratings.csv.gz']) expect((await factorsIn(folder, `of ${file}`)).equals(first), file).toBe(true);
  });

  it('from the library with the same options, a validation split included', async () => {
    await train('by command', '--data', 'ratings.csv', '--rank', '4', '--sweeps', '3', '--validation-fraction', '0.1', '--seed', '3');
    const fitted = await new MatrixFactorization({ rank: 4, sweeps: 3, validationFraction: 0.1, seed: 3 }).fit(ratings.map(({ user, item, rating }) => [user, item, rating] as const));
    await fitted.save(join(folder, 'by library'));
    expect((await factorsIn(folder, 'by library')).equals(await factorsIn(folder, 'by command'))).toBe(true);
  });
});

describe('the JSON report', () => {
  it('has an event a sweep and one at the end', async () => {
    const { done, sweeps } = await train('reported', ...DATA, '--biases', '--sweeps', '4', '--workers', '2');
    expect(sweeps.map(({ sweep }) => sweep)).toEqual([1, 2, 3, 4]);
    for (const name of ['objective', 'trainRmse', 'trainMae', 'testRmse', 'testMae', 'seconds', 'ratingsPerSecond']) for (const sweep of sweeps) expect(sweep[name], name).toBeGreaterThan(0);
    expect(done).toMatchObject({ model: 'mf', algorithm: 'ccd', schedule: 'cyclic', rank: 4, workers: 2, ratings: base.length, sweeps: 4, bestSweep: 4, stopped: 'sweeps', reproducible: true, out: 'reported' });
    expect(done).toMatchObject(Object.fromEntries(['objective', 'trainRmse', 'trainMae', 'testRmse', 'testMae'].map((name) => [name, sweeps[3][name]])));
    const bytes = done['bytesPerWorker'] as number[];
    expect(bytes).toHaveLength(2);
    expect(done['mostBytesPerWorker']).toBe(Math.max(...bytes));
    expect(done['bytesMovedPerSweep']).toBeGreaterThan(0);
    const { summary } = await MfModel.load(join(folder, 'reported'));
    expect(summary).toMatchObject({ objective: done.objective, train: { rmse: done.trainRmse }, test: { rmse: done.testRmse } });
  });

  it('has as many sweeps as are evaluated', async () => {
    const { sweeps } = await train('seldom', ...DATA, '--sweeps', '5', '--evaluate-every', '2');
    expect(sweeps.map(({ sweep }) => sweep)).toEqual([2, 4, 5]);
  });

  it('has the errors that are the model\'s own', async () => {
    const { done } = await train('judged', ...DATA, '--biases', '--sweeps', '3');
    const model = await MfModel.load(join(folder, 'judged'));
    const { values, unknownUsers, unknownItems } = model.predict(held.map(({ user, item }) => [user, item] as const));
    const squares = held.reduce((sum, { rating }, at) => sum + (rating - values[at]) ** 2, 0);
    expect(done.testRmse).toBeCloseTo(Math.sqrt(squares / held.length), 5);
    expect(done['unseenTestRatings']).toBe(unknownUsers + unknownItems);
  });
});

describe('the text report', () => {
  it('has a line a sweep, a table of errors, and where the model is', async () => {
    const { code, stdout, stderr } = await strads(folder, 'train', 'mf', ...DATA, '--biases', '--sweeps', '2', '--workers', '1', '--engine', 'wasm', '--out', 'told');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^base\.csv: csv, \d+ users × \d+ items, [\d,]+ ratings$/m);
    expect(stderr).toContain(`held.csv: ${held.length} ratings, 2 of them with a user or item that has no training rating\n`);
    expect(stderr).toMatch(/^sweep 2\/2 · objective \S+ · train RMSE \d\.\d{4} · test RMSE \d\.\d{4} MAE \d\.\d{4} · [\d,]+ ratings\/s · \d+\.\d s$/m);
    expect(stdout).toMatch(/^done: ccd \(cyclic\) at rank 4, objective \S+ after 2 sweeps$/m);
    expect(stdout).toMatch(new RegExp(`^ {21}RMSE {8}MAE {4}ratings\n {2}train +\\d\\.\\d{4} +\\d\\.\\d{4} +${base.length}\n {2}test +\\d\\.\\d{4} +\\d\\.\\d{4} +${held.length}$`, 'm'));
    expect(stdout).toMatch(/^ {2}2 test ratings of users or items without training ratings: predicted by the mean and the biases$/m);
    expect(stdout).toMatch(/moved a sweep; the worker held at most \S+ [KM]iB$/m);
    expect(stdout).toMatch(/saved in told$/m);
  });
});

describe('a test set', () => {
  it('by --test-fraction has that part of the ratings, another one with another seed', async () => {
    const of = (seed: string) => train(`part ${seed}`, '--data', 'ratings.csv', '--test-fraction', '0.2', '--rank', '2', '--sweeps', '1', '--seed', seed);
    const [one, two] = [await of('1'), await of('2')];
    const part = Math.round(0.2 * ratings.length);
    expect(one.done.ratings).toBe(ratings.length - part);
    expect(one.notices).toContainEqual(expect.stringContaining(`test: ${part} ratings`));
    expect(two.done.ratings).toBe(one.done.ratings);
    const ratedIn = async (out: string) => (await MfModel.load(join(folder, out))).rated.items;
    expect(await ratedIn('part 1')).not.toEqual(await ratedIn('part 2'));
  });

  it("by --split last-per-user has each user's last rating", async () => {
    const { done } = await train('but the last', '--data', 'ratings.csv', '--split', 'last-per-user', '--rank', '2', '--sweeps', '1');
    expect(done.ratings).toBe(ratings.length - 60);
    const model = await MfModel.load(join(folder, 'but the last'));
    const own = ratings.filter(({ user }) => user === 'u3');
    const latest = own.reduce((best, rating) => (rating.time >= best.time ? rating : best));
    const rated = Array.from(model.rated.of(model.users.indexOf('u3')), (row) => model.items.of(row));
    expect(rated.sort()).toEqual(own.filter((rating) => rating !== latest).map(({ item }) => item).sort());
  });

  it('by --split last-per-user is by the order of the file where that has no times, which is said', async () => {
    const untimed = await train('in order', '--data', 'untimed.csv', '--split', 'last-per-user', '--rank', '1', '--sweeps', '1');
    const sentence = 'there are no times, so the last rating of each user in the order of the file is held out';
    expect(untimed.notices).toContain(`untimed.csv: ${sentence}`);
    const model = await MfModel.load(join(folder, 'in order'));
    expect(Array.from(model.rated.of(model.users.indexOf('a')), (row) => model.items.of(row))).toEqual(['x']);
    const timed = await train('by time', '--data', 'ratings.csv', '--split', 'last-per-user', '--rank', '1', '--sweeps', '1');
    expect(timed.notices.join('\n')).not.toContain(sentence);
  });

  it.each<[string[], TestSplit]>([
    [['--test-fraction', '0.2'], { testFraction: 0.2, seed: 6 }],
    [['--split', 'last-per-user'], { lastPerUser: true }],
  ])('by %j is that of splitRatings in the library', async (flags, how) => {
    const { done } = await train(`split ${flags[0]}`, '--data', 'ratings.csv', ...flags, '--rank', '3', '--sweeps', '2', '--seed', '6');
    const parts = splitRatings(await readRatings(join(folder, 'ratings.csv'), { duplicates: 'last', times: true }), how);
    const { best } = await new MatrixFactorization({ rank: 3, sweeps: 2, seed: 6 }).fit(parts.train, { test: parts.test });
    expect([best!.objective, best!.test!.rmse]).toEqual([done.objective, done.testRmse]);
  });

  it('never gets into the model', async () => {
    await train('without test', ...DATA, '--sweeps', '1');
    const { users, items } = await MfModel.load(join(folder, 'without test'));
    expect([users.indexOf('new user'), items.indexOf('new item')]).toEqual([-1, -1]);
  });
});

describe('a validation split', () => {
  it('stops the training early, and the best factors are kept', async () => {
    const { done, sweeps } = await train('validated', '--data', 'ratings.csv', '--validation-fraction', '0.2', '--patience', '2', '--rank', '16', '--lambda', '0.0001', '--sweeps', '200');
    expect(done['stopped']).toBe('validation');
    expect(done.sweeps).toBeLessThan(200);
    expect(done.bestSweep).toBe(done.sweeps - 2);
    const errors = sweeps.map((sweep) => sweep['validationRmse'] as number);
    expect(done['validationRmse']).toBe(Math.min(...errors));
    expect((await MfModel.load(join(folder, 'validated'))).summary.validation!.rmse).toBe(done['validationRmse']);
  });
});

describe('the end', () => {
  it('comes when the objective hardly falls', async () => {
    const { done } = await train('converged', '--data', 'ratings.csv', '--rank', '2', '--algorithm', 'als', '--tol', '0.01', '--sweeps', '500');
    expect(done).toMatchObject({ stopped: 'converged', reproducible: true });
    expect(done.sweeps).toBeLessThan(500);
  });

  it.each([
    ['in this process', []],
    ['in worker processes', ['--workers', '2']],
  ])('comes after the sweep on Ctrl-C, and the model is saved: %s', async (where, workers) => {
    const out = `stopped ${where}`;
    const { child, ended } = await started(folder, /"event":"sweep"/, 'train', 'mf', '--engine', 'wasm', ...DATA, '--sweeps', '1000000', '--json', ...workers, '--out', out);
    child.kill('SIGINT');
    const { done, notices } = runOf(await ended);
    expect(done).toMatchObject({ stopped: 'interrupted', reproducible: false });
    expect(notices).toContainEqual(expect.stringContaining('stopping at the end of this sweep'));
    expect((await MfModel.load(join(folder, out))).summary).toMatchObject({ stopped: 'interrupted', reproducible: false, sweeps: done.sweeps });
  });
});

describe('Ctrl-C twice', () => {
  it('quits in the middle of a sweep, saves nothing and leaves nothing behind', async () => {
    // The second signal must come before the sweep is over: of many ranks it takes long.
    const args = ['--data', 'base.csv', '--rank', '3000', '--sweeps', '1000000', '--json', '--workers', '2', '--out', 'quit'];
    const run = await started(folder, /"event":"sweep"/, 'train', 'mf', '--engine', 'wasm', ...args);
    const stopping = says(run, /stopping at the end of this sweep/);
    run.child.kill('SIGINT');
    await stopping;
    run.child.kill('SIGINT');
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(stdout).not.toContain('"event":"done"');
    expect((await readdir(folder)).filter((name) => name.includes('quit'))).toEqual([]);
  });
});

describe('ratings of the same user and item', () => {
  it('give way to the last, and are counted', async () => {
    const { done, notices } = await train('last', '--data', 'twice.csv', '--rank', '1', '--sweeps', '1');
    expect(done.ratings).toBe(3);
    expect(notices).toContain('twice.csv: csv, 2 users × 2 items, 3 ratings (1 duplicate dropped: the last one of a user and item counts)');
  });

  it('are added up where that is asked for', async () => {
    const { notices, done } = await train('sum', '--data', 'twice.csv', '--duplicates', 'sum', '--rank', '1', '--sweeps', '1');
    expect(notices).toContain('twice.csv: csv, 2 users × 2 items, 3 ratings (1 duplicate added up)');
    // x of a is 1 + 5, y of a 2, x of b 3.
    expect((await MfModel.load(join(folder, 'sum'))).summary.mean).toBeCloseTo(11 / 3, 6);
    expect(done.ratings).toBe(3);
  });
});

describe('implicit feedback', () => {
  it.each(['ccd', 'als'])('is judged by its recommendations: %s', async (algorithm) => {
    const { done, sweeps } = await train(`implicit ${algorithm}`, '--data', 'ratings.csv', '--split', 'last-per-user', '--implicit', '--confidence', '2', '--algorithm', algorithm, '--rank', '4', '--sweeps', '3');
    for (const event of [...sweeps, done]) {
      for (const name of ['testNdcg', 'testRecall']) {
        expect(event[name]).toBeGreaterThanOrEqual(0);
        expect(event[name]).toBeLessThanOrEqual(1);
      }
      expect(Object.keys(event).filter((name) => /rmse|mae/i.test(name))).toEqual([]);
    }
    expect(sweeps[2]['objective']).toBeLessThan(sweeps[0]['objective'] as number);
  });
});

describe('the text report of implicit feedback', () => {
  it('has how good the recommendations are, of held-out choices alone', async () => {
    const { stdout, stderr } = await strads(folder, 'train', 'mf', '--data', 'ratings.csv', '--split', 'last-per-user', '--implicit', '--rank', '2', '--sweeps', '1', '--engine', 'wasm');
    expect(stderr).toMatch(/^sweep 1\/1 · objective \S+ · test NDCG@10 0\.\d{4} recall@10 0\.\d{4} · [\d,]+ ratings\/s · \d+\.\d s$/m);
    expect(stdout).toMatch(/^ +NDCG@10 +recall@10 +ratings\n {2}test +0\.\d{4} +0\.\d{4} +60\n {2}1 sweep in/m);
    expect(stdout).toContain('not saved: give --out <folder> to keep the model');
  });
});

describe('a warm start', () => {
  it.each(ALGORITHMS)('goes on from where %s left off', async (algorithm) => {
    const args = ['--data', 'ratings.csv', '--rank', '4', '--biases', '--algorithm', algorithm];
    const first = await train(`cold ${algorithm}`, ...args, '--sweeps', '5');
    const then = await train(`warm ${algorithm}`, ...args, '--sweeps', '1', '--warm-start', `cold ${algorithm}`);
    const cold = await train(`cold again ${algorithm}`, ...args, '--sweeps', '1');
    expect(then.done.objective).toBeLessThanOrEqual(first.done.objective * (algorithm === 'sgd' ? 1.05 : 1));
    expect(then.done.objective).toBeLessThan(cold.done.objective);
  });

  it('may take the place of the model that it went on from', async () => {
    const args = ['--data', 'ratings.csv', '--rank', '4'];
    const first = await train('again', ...args, '--sweeps', '3');
    const then = await train('again', ...args, '--sweeps', '1', '--warm-start', 'again', '--overwrite');
    expect(then.done.objective).toBeLessThanOrEqual(first.done.objective);
    expect((await MfModel.load(join(folder, 'again'))).summary.objective).toBe(then.done.objective);
  });

  it('has room for users and items who were not there', async () => {
    await train('some users', '--data', 'users.csv', '--rank', '4', '--sweeps', '3');
    const args = ['--data', 'ratings.csv', '--rank', '4', '--sweeps', '1'];
    const warm = await train('all users', ...args, '--warm-start', 'some users');
    const cold = await train('all users, cold', ...args);
    expect(warm.done.objective).toBeLessThan(cold.done.objective);
    const before = await MfModel.load(join(folder, 'some users'));
    const after = await MfModel.load(join(folder, 'all users'));
    const newcomers = [...after.users].filter((user) => before.users.indexOf(user) < 0);
    expect([before.users.count, after.users.count, newcomers.length]).toEqual([50, 60, 10]);
    for (const user of newcomers) expect(after.row('user', user)!.some((factor) => factor !== 0), user).toBe(true);
  });
});

describe('workers elsewhere', () => {
  it('join by address and token, and give the same factors', async () => {
    await train('at home', ...DATA, '--sweeps', '2', '--workers', '2');
    const listening = /waiting for 1 worker\(s\) at (ws:\/\/127\.0\.0\.1:\d+)/;
    const { match, ended } = await started(folder, listening, 'train', 'mf', '--engine', 'wasm', ...DATA, '--sweeps', '2', '--workers', '1', '--listen', '127.0.0.1:0', '--token-file', 'token', '--out', 'away', '--json');
    const guest = await strads(folder, 'worker', '--connect', match[1], '--token-file', 'token', '--engine', 'wasm', '--name', 'guest');
    expect(guest.code, guest.stderr).toBe(0);
    runOf(await ended);
    expect((await factorsIn(folder, 'away')).equals(await factorsIn(folder, 'at home'))).toBe(true);
  });
});

const MOVIES = join(import.meta.dirname, '../../../shared/data/mf/ml-100k');

describe.skipIf(!existsSync(MOVIES))('MovieLens-100K (skipped where ../shared/data is absent)', () => {
  it('is predicted better by biases and factors than by biases', async () => {
    const { done, notices } = await train('movies', '--data', join(MOVIES, 'u1.base.gz'), '--test', join(MOVIES, 'u1.test.gz'), '--rank', '8', '--biases', '--lambda', '0.1', '--sweeps', '8', '--workers', '2');
    expect(notices.join('\n')).toContain('943 users × 1,650 items, 80,000 ratings');
    expect(done.testRmse).toBeLessThan(0.95);
    expect(await readFile(join(folder, 'movies/users.txt'), 'utf8')).toMatch(/^\d+\n/);
  });
});
