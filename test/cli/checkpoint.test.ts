/** Runs that are killed in the middle and go on from their checkpoints, through the real command line: the model is that of a run left alone. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asCsv, smallProblem } from './lasso-data.js';
import { asText, someDocuments } from './lda-data.js';
import { asLines, HEADER, someRatings } from './mf-data.js';
import { started, strads, workplace, type Ran } from './strads.js';

const folder = await workplace({
  'train.csv': asCsv(smallProblem(400, 300)),
  'ratings.csv': asLines(someRatings(300, 120, 40), ',', HEADER),
  'corpus.txt': asText(someDocuments(400)),
});

/** Long enough that checkpoints of a tenth of a second fall within, and a kill before the end. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  'lasso by rows, in blocks': ['lasso', '--data', 'train.csv', '--target-column', 'y', '--standardize', '--alpha-ratio', '0.001', '--schedule', 'priority', '--block', '4', '--tol', '1e-12', '--max-rounds', '12000'],
  'lasso along a path': ['lasso', '--data', 'train.csv', '--target-column', 'y', '--path', '100', '--path-ratio', '0.0001', '--cv', '5', '--tol', '1e-10'],
  'mf by coordinate descent': ['mf', '--data', 'ratings.csv', '--rank', '8', '--sweeps', '150', '--test-fraction', '0.1'],
  'mf by gradient descent': ['mf', '--data', 'ratings.csv', '--rank', '8', '--sweeps', '400', '--algorithm', 'sgd', '--validation-fraction', '0.1', '--patience', '400'],
  'lda in rotation': ['lda', '--data', 'corpus.txt', '--topics', '8', '--sweeps', '300', '--optimize-hyperparameters', '--test-fraction', '0.1'],
  'lda with copies': ['lda', '--data', 'corpus.txt', '--topics', '8', '--sweeps', '300', '--strategy', 'data-parallel', '--sampler', 'mh'],
};

const eventsOf = ({ stdout }: Ran) => stdout.trim().split('\n').map((line) => JSON.parse(line) as { readonly event: string; readonly [field: string]: unknown });

async function model(out: string): Promise<[string, Buffer][]> {
  const names = (await readdir(join(folder, out))).sort();
  return Promise.all(names.map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(folder, out, name))]));
}

describe.each(Object.entries(COMMANDS))('%s', (name, [kind, ...words]) => {
  const place = name.replaceAll(/\W+/g, '-');
  const train = ['train', kind!, ...words, '--engine', 'wasm', '--json'];

  it('is killed and goes on to the same bytes, by --resume alone, with as many workers and with others', async () => {
    const alone = await strads(folder, ...train, '--workers', '2', '--out', `${place}-alone`);
    expect(alone.code, alone.stderr).toBe(0);

    const ckpt = `${place}-checkpoints`;
    const out = `${place}-resumed`;
    const killed = await started(folder, /"event":"checkpoint"/, ...train, '--workers', '2', '--out', out, '--checkpoint', ckpt, '--checkpoint-every', '0.1s', '--checkpoint-keep', '2');
    killed.child.kill('SIGKILL');
    expect((await killed.ended).code).toBe(-1);

    const again = await started(folder, /"event":"checkpoint"/, 'train', kind!, '--resume', ckpt, '--workers', '3');
    again.child.kill('SIGKILL');
    expect((await again.ended).code).toBe(-1);

    const resumed = await strads(folder, 'train', kind!, '--resume', ckpt, '--workers', '1');
    expect(resumed.code, resumed.stderr).toBe(0);
    const events = eventsOf(resumed);
    expect(events.filter(({ event }) => event === 'resumed')).toMatchObject([{ folder: ckpt, finished: false }]);
    expect(events.at(-1)).toMatchObject({ event: 'done' });
    expect(await model(out)).toEqual(await model(`${place}-alone`));

    const finished = await strads(folder, 'train', kind!, '--resume', ckpt, '--out', `${place}-again`);
    expect(finished.code, finished.stderr).toBe(0);
    expect(eventsOf(finished).filter(({ event }) => event === 'resumed')).toMatchObject([{ finished: true }]);
    expect(await model(`${place}-again`)).toEqual(await model(`${place}-alone`));
  });
});
