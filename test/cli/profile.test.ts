/** --profile and strads profile through the built command: real runs of all models, whose traces a strict checker reads. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { keptCeilings } from '../../src/engine/ceilings.js';
import { cpuName } from '../../src/engine/choose-engine.js';
import type { Profile } from '../../src/report/trace/profile.js';
import { checkTrace, type CheckedTrace } from '../report/trace/checker.js';
import { asCsv, smallProblem } from './lasso-data.js';
import { asText, someDocuments } from './lda-data.js';
import { asLines, HEADER, someRatings } from './mf-data.js';
import { mistake, started, strads, workplace, type Ran } from './strads.js';

const ratings = someRatings(60, 40, 20);
const folder = await workplace({
  'train.csv': asCsv(smallProblem(60, 200)),
  'ratings.csv': asLines(ratings, ',', HEADER),
  'docs.txt': asText(someDocuments(120)),
  'long.txt': asText(Array.from({ length: 40 }, () => someDocuments(200)).flat()),
  'foreign.json': '{"traceEvents":[]}\n',
  token: 'a-token-of-24-characters\n',
});
const at = (name: string) => join(folder, name);

const MODELS = {
  lasso: ['--data', 'train.csv', '--target-column', 'y', '--alpha-ratio', '0.05'],
  'lasso by rows': ['--data', 'train.csv', '--target-column', 'y', '--alpha-ratio', '0.2', '--schedule', 'priority', '--block', '16', '--pipeline', '1', '--tol', '1e-3', '--max-rounds', '200'],
  mf: ['--data', 'ratings.csv', '--test-fraction', '0.1', '--rank', '4', '--sweeps', '3'],
  lda: ['--data', 'docs.txt', '--test-fraction', '0.1', '--topics', '4', '--sweeps', '6', '--evaluate-every', '3'],
};
type Model = keyof typeof MODELS;

async function run(...args: string[]): Promise<Ran> {
  const ran = await strads(folder, ...args);
  expect(ran.code, ran.stderr).toBe(0);
  return ran;
}

const train = (model: Model, ...args: string[]) => run('train', model.split(' ')[0]!, ...MODELS[model], ...args);

const filesIn = async (model: string) => Promise.all((await readdir(at(model))).sort().map(async (name) => [name, await readFile(join(at(model), name), 'hex')] as const));


describe.each(Object.keys(MODELS) as Model[])('a profile of %s', (model) => {
  const traces = new Map<string, CheckedTrace>();

  it.each(['1', '2'])('from %s worker processes is a trace whose tables add up, and leaves the model as it is', async (workers) => {
    const name = `${model} ${workers}`;
    const { stdout } = await train(model, '--workers', workers, '--out', name, '--profile', `${name}.json`);
    const trace = checkTrace(at(`${name}.json`));
    traces.set(workers, trace);
    expect(stdout).toMatch(/^kernels on .* \(wasm, /m);
    expect(trace.profile.workers.map((worker) => worker.name)).toEqual(workers === '1' ? ['wasm-0'] : ['wasm-0', 'wasm-1']);
    await train(model, '--workers', workers, '--out', `${name} plain`);
    expect(await filesIn(name)).toEqual(await filesIn(`${name} plain`));
  });

  it('has every task of every worker, arrows between them, and the rounds’ time', () => {
    for (const [workers, { profile, spans, flows }] of traces) {
      const pushes = spans(/wasm-\d.*\/host/).filter(({ name }) => name === 'push');
      expect(pushes.length).toBe(profile.rounds.tasks * Number(workers));
      expect(flows().size).toBe(pushes.length);
      for (const activity of ['schedule', 'encode', 'send', 'wait', 'pull']) expect(spans(/schedule\/pull/).filter(({ name }) => name === activity).length, activity).toBeGreaterThan(0);
      expect(profile.devices.every(({ kernels }) => kernels.length > 0)).toBe(true);
      expect(profile.rounds.phases.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
      expect(profile.rounds.phases.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeCloseTo(profile.rounds.milliseconds, 6);
      for (const worker of profile.workers) expect(worker.clock!.exchanges).toBeGreaterThanOrEqual(8);
    }
  });

  it('has dispatches with their block and cost, and the model’s own numbers', () => {
    const { profile, spans, counters } = traces.get('2')!;
    const dispatches = spans(/\/kernels$/);
    expect(dispatches.length).toBeGreaterThan(0);
    for (const { args } of dispatches.slice(0, 1000)) expect(args).toMatchObject({ round: expect.any(Number), task: expect.any(Number), bytes: expect.any(Number), flops: expect.any(Number), clock: 'host', workgroups: expect.any(Number) });
    expect(dispatches.some(({ args }) => typeof args['ids'] === 'number')).toBe(true);
    expect([...counters().keys()]).toEqual(expect.arrayContaining(model === 'lda' ? ['log-likelihood a token', 's-error', 'test perplexity', 'bus bytes'] : ['objective', 'bus bytes']));
    for (const { kernels } of profile.devices) expect(kernels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });
});

describe('strads profile', () => {
  beforeAll(async () => {
    for (const name of ['before', 'after']) await train('mf', '--profile', `${name}.json`, '--algorithm', name === 'before' ? 'ccd' : 'als');
  });

  it('prints the tables that the run printed', async () => {
    const { stdout: during } = await train('mf', '--profile', 'again.json');
    const { stdout } = await run('profile', 'again.json');
    const tables = stdout.slice(stdout.indexOf('kernels on'));
    expect(during).toContain(tables.trimEnd());
  });

  it('as JSON is the profile', async () => {
    const { stdout } = await run('profile', 'before.json', '--json');
    const { event, file, ...profile } = JSON.parse(stdout) as Profile & { event: string; file: string };
    expect({ event, file }).toEqual({ event: 'profile', file: 'before.json' });
    expect(profile).toEqual(checkTrace(at('before.json')).profile);
  });

  it('compares two traces: ratios, what is new and what is gone', async () => {
    const { stdout } = await run('profile', 'diff', 'before.json', 'after.json');
    expect(stdout).toMatch(/^mf\/rank-\S+ · wasm .* gone /m);
    expect(stdout).toMatch(/^mf\/\S+ · wasm .* new /m);
    expect(stdout).toMatch(/^all .* ×$/m);
    const { stdout: json } = await run('profile', 'diff', 'before.json', 'before.json', '--json');
    const { kernels, phases } = JSON.parse(json) as { kernels: { before: unknown; after: unknown }[]; phases: { name: string }[] };
    for (const { before, after } of kernels) expect(after).toEqual(before);
    expect(phases.at(-1)!.name).toBe('all');
  });

  it('a run with --json ends with its profile as an event', async () => {
    const { stdout } = await train('lasso', '--json', '--profile', 'event.json');
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as { event: string; file: string };
    expect(last).toMatchObject({ event: 'profile', file: 'event.json', format: 'strads-trace' });
  });

  it('refuses a trace that was cut short anywhere', async () => {
    const whole = await readFile(at('before.json'));
    const offsets = [0, 47, Math.floor(whole.length / 2), whole.length - 1];
    for (const offset of offsets) {
      await writeFile(at('cut.json'), whole.subarray(0, offset));
      expect(await mistake(folder, 'profile', 'cut.json'), `${offset} bytes`).toMatch(offset === 0 ? /^strads: cut\.json: is empty/ : /^strads: cut\.json: is a trace that was cut short/);
    }
  });

  it('refuses other versions, other files, and files that are not there', async () => {
    const text = await readFile(at('before.json'), 'utf8');
    await writeFile(at('later.json'), text.replace('"version":1', '"version":2'));
    await writeFile(at('holed.json'), text.slice(0, 2000) + text.slice(3000));
    await writeFile(at('odd.json'), text.replace('"rounds":{"rounds":', '"rounds":{"laps":'));
    const said = await Promise.all(['later.json', 'holed.json', 'odd.json', 'foreign.json', 'train.csv', 'nowhere.json', '.'].map((file) => mistake(folder, 'profile', file)));
    expect(said.map((line) => line.replace(/'.*'/g, "'…'").replace(/byte \d+ and begins at \d+/, 'byte … and begins at …'))).toMatchInlineSnapshot(`
      [
        "strads: later.json: is a trace of version 2, and this strads reads version 1. Use the strads that wrote it, or profile again with this one",
        "strads: holed.json: is damaged: its last line should begin at byte … and begins at …. Copy it again in full, or profile again",
        "strads: odd.json: is damaged: its profile has a wrong rounds.rounds. Run the command again with --profile FILE",
        "strads: foreign.json: is no trace of strads: it begins with "{\\"traceEvents\\":[". Give a file that --profile wrote",
        "strads: train.csv: is no trace of strads: it begins with "gene0,gene1,gene". Give a file that --profile wrote",
        "strads: nowhere.json: can'…'). Give a file that --profile wrote",
        "strads: .: can't be read (EISDIR: illegal operation on a directory, read). Give a file that --profile wrote",
      ]
    `);
    expect(await mistake(folder, 'profile')).toMatchInlineSnapshot(`"strads: strads profile: name a trace, as in strads profile run.json, or two: strads profile diff before.json after.json"`);
    expect(await mistake(folder, 'profile', 'diff', 'before.json', 'foreign.json')).toMatch(/^strads: foreign\.json: is no trace of strads/);
  });
});

describe('a path that can’t be written', () => {
  it.each([
    ['nowhere/run.json', /^strads: <folder>\/nowhere: there is no such directory, so run\.json cannot be made in it\. Create it or choose another --profile$/],
    ['.', /^strads: \.: is a directory, expected the name of a file\. Choose another --profile$/],
    ['train.csv', /^strads: train\.csv: the file exists and is no trace of strads, so it will not be replaced\. Choose another --profile$/],
    ['', /^strads: --profile is empty: name a file$/],
    ['both/run.json', /^strads: both\/run\.json: lies in the folder that --out names, which is replaced as a whole\. Choose another --profile$/],
    ['both', /^strads: both: is also what --out names\. Choose another --profile$/],
  ])('%s is refused before data are read', async (path, message) => {
    for (const model of ['lasso', 'mf', 'lda']) {
      expect(await mistake(folder, 'train', model, '--data', 'absent.file', ...(model === 'lda' ? ['--topics', '2'] : []), '--out', 'both', '--profile', path)).toMatch(message);
    }
  });

  it('an earlier trace is replaced, a cut one as well', async () => {
    await writeFile(at('earlier.json'), (await readFile(at('before.json'))).subarray(0, 500));
    await train('mf', '--profile', 'earlier.json');
    checkTrace(at('earlier.json'));
  });

  it('a run that fails leaves nothing', async () => {
    expect(await mistake(folder, 'train', 'mf', '--data', 'train.csv', '--profile', 'failed.json')).toMatch(/train\.csv/);
    expect(await mistake(folder, 'train', 'lda', '--data', 'docs.txt', '--topics', '100000', '--profile', 'failed.json')).toMatch(/topics/);
  });
});

describe('other ways to run', () => {
  it('interrupted, the profile is kept with the model', async () => {
    const run = await started(folder, /"event":"sweep"/, 'train', 'lda', '--data', 'long.txt', '--topics', '10', '--sweeps', '100000', '--workers', '2', '--json', '--out', 'interrupted', '--profile', 'interrupted.json');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect(code, stderr).toBe(0);
    checkTrace(at('interrupted.json'));
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('in one process, and with a worker from elsewhere', async () => {
    await train('lasso', '--profile', 'here.json');
    expect(checkTrace(at('here.json')).profile.workers.map(({ name }) => name)).toEqual(['in-process']);
    const scheduler = await started(folder, /(ws:\/\/[^:]+:\d+)/, 'train', 'mf', ...MODELS.mf, '--workers', '1', '--listen', '127.0.0.1:0', '--expect', '1', '--token-file', 'token', '--profile', 'guest.json');
    await run('worker', '--connect', scheduler.match[1]!, '--token-file', 'token', '--name', 'guest');
    const { code, stderr } = await scheduler.ended;
    expect(code, stderr).toBe(0);
    const { profile, spans } = checkTrace(at('guest.json'));
    expect(profile.workers.map(({ name }) => name)).toEqual(['wasm-0', 'guest']);
    expect(spans(/^guest .*\/kernels$/).length).toBeGreaterThan(0);
  });

  it('infer, predict, recommend and similar tell of their kernels', async () => {
    await train('mf', '--out', 'factors');
    await train('lda', '--out', 'topics');
    const commands = {
      infer: ['--model', 'topics', '--data', 'docs.txt', '--out', 'mixtures.csv'],
      predict: ['--model', 'factors', '--data', 'ratings.csv', '--out', 'predictions.csv'],
      recommend: ['--model', 'factors', '--user', ratings[0]!.user],
      similar: ['--model', 'factors', '--item', ratings[0]!.item],
    };
    for (const [command, args] of Object.entries(commands)) {
      const { stdout } = await run(command, ...args, '--profile', `${command}.json`);
      expect(stdout, command).toMatch(/^kernels on .* \(wasm, 1 worker\)/m);
      const { profile } = checkTrace(at(`${command}.json`));
      expect(profile).toMatchObject({ command, rounds: { rounds: 0 } });
      expect(profile.devices[0]!.kernels.length, command).toBeGreaterThan(0);
      expect(profile.devices[0], command).toMatchObject({ adapter: cpuName(), ceilings: await keptCeilings({ kind: 'wasm', adapter: cpuName(), driver: '' }) });
    }
  });

  it('a Lasso predicts without kernels, and says so', async () => {
    await train('lasso', '--out', 'coefficients');
    expect(await mistake(folder, 'predict', '--model', 'coefficients', '--data', 'train.csv', '--profile', 'none.json')).toBe('strads: --profile is about kernels, and a Lasso predicts without any: leave it out');
  });
});
