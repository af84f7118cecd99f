/** strads train lasso from files to a saved model, through real processes. */
import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LassoModel } from '../../models/lasso/model.js';
import { asCsv, asLibsvm, smallProblem } from './lasso-data.js';
import { started, strads, workplace, type Ran } from './strads.js';

const problem = smallProblem(60, 200);
const folder = await workplace({ 'train.csv': asCsv(problem), 'train.svm': asLibsvm(problem), token: 'a-token-of-24-characters\n' });

interface Done {
  readonly event: string;
  readonly relativeGap: number;
  readonly objective: number;
  readonly stopped: string;
  readonly workers: number;
  readonly byWorker: readonly { readonly name: string; readonly engine: string; readonly pushes: number; readonly bytesSent: number; readonly bytesReceived: number; readonly shards: number }[];
}

/** The last JSON line of a run. */
function doneOf({ stdout }: Ran): Done {
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Done;
}

const CSV = ['--data', 'train.csv', '--target-column', 'y', '--standardize', '--alpha-ratio', '0.05'];
const SVM = ['--data', 'train.svm', '--alpha-ratio', '0.05'];

async function train(out: string, ...args: string[]): Promise<Done> {
  const run = await strads(folder, 'train', 'lasso', '--engine', 'wasm', '--json', '--out', out, ...args);
  expect(run.code, run.stderr).toBe(0);
  return doneOf(run);
}

const coefficients = (out: string) => readFile(join(folder, out, 'coefficients.safetensors'));

describe('one seed, one model', () => {
  const schedules: Record<string, string[]> = {
    'the working set on dense data': CSV,
    'the working set on sparse data': SVM,
    'round-robin': [...CSV, '--schedule', 'round-robin', '--block', '16', '--tol', '1e-4'],
    'random with a pipeline': [...SVM, '--schedule', 'random', '--block', '4', '--pipeline', '2', '--seed', '5', '--max-rounds', '400'],
  };
  for (const [name, args] of Object.entries(schedules)) {
    it(`at 1, 2 and 3 workers, every one of which works: ${name}`, async () => {
      const models: Buffer[] = [];
      for (const workers of ['1', '2', '3']) {
        const out = `${name.replaceAll(' ', '-')}-${workers}`;
        const done = await train(out, ...args, '--workers', workers);
        expect(done.byWorker).toHaveLength(Number(workers));
        for (const { pushes, bytesSent, bytesReceived } of done.byWorker) {
          expect(pushes).toBeGreaterThan(0);
          expect(bytesSent).toBeGreaterThan(0);
          expect(bytesReceived).toBeGreaterThan(0);
        }
        models.push(await coefficients(out));
      }
      expect(models[1]!.equals(models[0]!)).toBe(true);
      expect(models[2]!.equals(models[0]!)).toBe(true);
    });
  }

  it('another seed draws other variables', async () => {
    const args = [...SVM, '--schedule', 'random', '--block', '4', '--max-rounds', '60', '--workers', '1'];
    await train('seed-1', ...args, '--seed', '1');
    await train('seed-2', ...args, '--seed', '2');
    expect((await coefficients('seed-1')).equals(await coefficients('seed-2'))).toBe(false);
  });
});

describe('the last line of --json', () => {
  it('holds what a script needs', async () => {
    const done = await train('fields', ...CSV, '--workers', '2');
    expect(done).toMatchObject({ event: 'done', model: 'lasso', engine: 'wasm', workers: 2, shards: 4, stopped: 'converged', out: 'fields' });
    const numbers = ['rounds', 'seconds', 'wallSeconds', 'objective', 'relativeGap', 'nonzeros', 'alpha', 'alphaMax', 'bytesPerRound'];
    for (const name of numbers) expect(done).toHaveProperty(name, expect.any(Number));
    expect(done).toHaveProperty('adapter', expect.stringContaining('SIMD'));
    expect(done.relativeGap).toBeLessThanOrEqual(1e-6);
  });

  it('agrees with the model on disk', async () => {
    const done = await train('saved', ...CSV, '--workers', '1');
    const model = await LassoModel.load(join(folder, 'saved'));
    expect(model.summary).toMatchObject({ objective: done.objective, relativeGap: done.relativeGap, columns: 200, stopped: 'converged' });
    expect(model.featureName(3)).toBe('gene3');
    const csv = await readFile(join(folder, 'saved', 'coefficients.csv'), 'utf8');
    expect(csv.split('\n').slice(0, 2)).toEqual(['feature,coefficient', `(intercept),${model.intercept}`]);
    expect(csv.trim().split('\n')).toHaveLength(2 + model.summary.nonzeros);
  });
});

describe('Ctrl-C', () => {
  /** Never converges to this gap in float32 rounds of independent updates. */
  const ENDLESS = [...CSV, '--schedule', 'round-robin', '--block', '1', '--tol', '1e-15', '--max-rounds', '100000000', '--workers', '2', '--engine', 'wasm'];
  const FIRST_ROUNDS = /round [1-9]/;

  it('stops after the round, certifies, saves, and says so', async () => {
    const { child, ended } = await started(folder, FIRST_ROUNDS, 'train', 'lasso', ...ENDLESS, '--out', 'interrupted');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('stopping at the end of this round');
    expect(stdout).toContain('saved in interrupted');
    const { summary } = await LassoModel.load(join(folder, 'interrupted'));
    expect(summary.stopped).toBe('interrupted');
    expect(summary.relativeGap).toBeGreaterThan(0);
  });

  it('twice quits and leaves nothing behind', async () => {
    const { child, ended } = await started(folder, FIRST_ROUNDS, 'train', 'lasso', ...ENDLESS, '--out', 'quit');
    child.kill('SIGINT');
    child.kill('SIGINT');
    const { code } = await ended;
    // The first signal may already have ended the run by the time the second one arrives.
    if (code === 0) return;
    expect(code).toBe(130);
    expect((await readdir(folder)).filter((name) => name.includes('quit'))).toEqual([]);
  });

  it('worker processes end when the scheduler is killed', async () => {
    const { child, ended } = await started(folder, FIRST_ROUNDS, 'train', 'lasso', ...ENDLESS, '--isolate', 'process');
    const workers = await childrenOf(child.pid!);
    expect(workers).toHaveLength(2);
    child.kill('SIGKILL');
    await ended;
    await expect.poll(() => workers.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  });
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(/\s+/).map(Number);
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

describe('workers elsewhere', () => {
  it('join by address and token, and give the same model', async () => {
    await train('at-home', ...CSV, '--workers', '2');
    const listening = /waiting for 2 worker\(s\) at (ws:\/\/127\.0\.0\.1:\d+)/;
    const { match, ended } = await started(folder, listening, 'train', 'lasso', ...CSV, '--workers', '0', '--listen', '127.0.0.1:0', '--expect', '2', '--token-file', 'token', '--out', 'away', '--json');
    const join = (name: string) => strads(folder, 'worker', '--connect', match[1]!, '--token-file', 'token', '--engine', 'wasm', '--name', name);
    const guests = await Promise.all([join('b'), join('a')]);
    for (const guest of guests) expect(guest.code, guest.stderr).toBe(0);
    const run = await ended;
    expect(doneOf(run).byWorker.map(({ name }) => name)).toEqual(['a', 'b']);
    expect((await coefficients('away')).equals(await coefficients('at-home'))).toBe(true);
  });
});

const DATA = join(import.meta.dirname, '../../../shared/data/lasso');
const HAVE_DATA = existsSync(DATA);

describe.skipIf(!HAVE_DATA)('real data (skipped where ../shared/data is absent)', () => {
  const standardized = ['--target-column', 'y', '--standardize', '--alpha-ratio', '0.1', '--workers', '2'];
  const optima: Record<string, { args: string[]; objective: number }> = {
    golub: { args: ['--data', `${DATA}/golub-leukemia/golub.csv.gz`, ...standardized], objective: 0.121264953 },
    riboflavin: { args: ['--data', `${DATA}/riboflavin/riboflavin.csv.gz`, ...standardized], objective: 0.123425187 },
    lasso500by1K: {
      args: ['--data', `${DATA}/lasso500by1K/lasso500by1K.X.mmt.gz`, '--target', `${DATA}/lasso500by1K/lasso500by1K.Y.mmt.gz`, '--alpha', '1e-6', '--no-intercept', '--workers', '2'],
      objective: 3.97416e-5,
    },
  };
  for (const [name, { args, objective }] of Object.entries(optima)) {
    it(`${name} reaches the known optimum to a relative gap of 1e-6`, async () => {
      const done = await train(`real-${name}`, ...args);
      expect(done.relativeGap).toBeLessThanOrEqual(1e-6);
      expect(Math.abs(done.objective / objective - 1)).toBeLessThanOrEqual(1e-5);
    });
  }
});
