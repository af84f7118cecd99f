/** One fault of each kind, done to real runs; `npm run chaos` does all of them to all models. And docs/faults.md shows what came of that. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FAULTS } from '../chaos/faults/all.js';
import { PROBLEMS, writeData } from '../chaos/problems.js';
import { References } from '../chaos/references.js';
import { sequence } from '../chaos/sequence.js';
import { table, type Result } from '../chaos/table.js';
import { runTrial } from '../chaos/trial.js';
import { ROOT } from './strads.js';

const place = await mkdtemp(join(tmpdir(), 'strads-chaos-test-'));
await writeData(place);
const references = new References(place);
afterAll(() => rm(place, { recursive: true, force: true }));

const TRIALS = [
  ['worker killed: push', 'sgd'],
  ['scheduler killed: pull', 'working set, rows'],
  ['half-open connection', 'priority schedule'],
  ['workers 1 → 4 → 2', 'exact, rotation'],
  ['newest checkpoint with a flipped bit, scheduler killed', 'ccd'],
  ['disk of the checkpoints full', 'als'],
] as const;

describe.concurrent('a run ends with the bits of the undisturbed one', () => {
  it.each(TRIALS.map(([fault, problem], number) => ({ number, fault, problem })))('$fault: $problem', async (asked) => {
    const fault = FAULTS.find(({ name }) => name === asked.fault)!;
    const problem = PROBLEMS.find(({ name }) => name === asked.problem)!;
    if ((await fault.missing?.()) ?? null) return;
    const { result, why } = await runTrial({ number: asked.number, seed: 1, fault, problem }, place, await references.of(problem));
    expect(why).toBeNull();
    expect(['same', 'missed']).toContain(result);
  }, 150_000);
});

describe('a sequence of faults', () => {
  const first = (seed: number, count: number) => {
    const trials = sequence(seed, FAULTS);
    return Array.from({ length: count }, () => trials.next().value).map(({ number, fault, problem }) => `${number} ${fault.name} ${problem.name}`);
  };

  it('is that of its seed', () => {
    expect(first(7, 60)).toEqual(first(7, 60));
    expect(first(7, 60)).not.toEqual(first(8, 60));
  });

  it('does every fault to every model in three rounds', () => {
    const trials = sequence(3, FAULTS);
    const done = new Set(Array.from({ length: 3 * FAULTS.length }, () => trials.next().value).map(({ fault, problem }) => `${fault.name} ${problem.model}`));
    expect(done.size).toBe(3 * FAULTS.length);
  });
});

describe('docs/faults.md', () => {
  it('has the table of the result beside it, in which nothing failed', async () => {
    const result = JSON.parse(await readFile(join(ROOT, 'docs/faults/seed-7.json'), 'utf8')) as Result;
    expect(result.outcomes.filter(({ result: each }) => each === 'failed')).toEqual([]);
    expect(await readFile(join(ROOT, 'docs/faults.md'), 'utf8')).toContain(table(result, FAULTS.map(({ name }) => name)));
  });
});
