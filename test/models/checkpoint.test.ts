/** Checkpoints of the library: a fit that was stopped goes on to the same bits, and only the same fit does. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MatrixFactorization, UsageError, type CheckpointEvent } from '../../models/index.js';
import { temporaryDirectory } from '../data/files.js';

const directory = temporaryDirectory();
const ratings = Array.from({ length: 900 }, (_, at) => [at % 30, (at * 7) % 41, 1 + ((at * at) % 5)] as const);
const OPTIONS = { rank: 4, sweeps: 60, algorithm: 'sgd' } as const;

const recorded = () => {
  const events: CheckpointEvent[] = [];
  return { events, observe: (event: CheckpointEvent) => void events.push(event) };
};

/** Stops a fit of at least two seconds, the shortest time between checkpoints, at its first checkpoint. */
async function stoppedFit(folder: string): Promise<void> {
  const { events, observe } = recorded();
  const slow = new MatrixFactorization({ ...OPTIONS, sweeps: 1_000_000, checkpoint: { folder, every: 0.05, observe } });
  const fit = await slow.fit(ratings, { shouldStop: () => events.length > 0 });
  expect(fit.training?.stopped).toBe('interrupted');
  expect(events).toMatchObject([{ kind: 'written', number: 1, finished: false }]);
}

describe('a fit with checkpoints', () => {
  it('that is done is made again from the last one', async () => {
    const folder = join(directory.path, 'done');
    const alone = await new MatrixFactorization(OPTIONS).fit(ratings);
    const first = recorded();
    await new MatrixFactorization({ ...OPTIONS, checkpoint: { folder, observe: first.observe } }).fit(ratings);
    expect(first.events.at(-1)).toMatchObject({ kind: 'written', finished: true });
    const second = recorded();
    const again = await new MatrixFactorization({ ...OPTIONS, checkpoint: { folder, resume: true, observe: second.observe } }).fit(ratings);
    expect(second.events[0]).toMatchObject({ kind: 'resumed', finished: true });
    const pairs = ratings.slice(0, 50).map(([user, item]) => [user, item] as const);
    expect(again.predict(pairs)).toEqual(alone.predict(pairs));
    expect(again.best?.objective).toBe(alone.best?.objective);
  });

  it('that was stopped goes on from before it was', async () => {
    const folder = join(directory.path, 'stopped');
    await stoppedFit(folder);
    const { events, observe } = recorded();
    const on = new MatrixFactorization({ ...OPTIONS, sweeps: 1_000_000, checkpoint: { folder, resume: true, observe } });
    let sweeps = 0;
    await on.fit(ratings, { shouldStop: () => ++sweeps > 2 });
    expect(events[0]).toMatchObject({ kind: 'resumed', number: 1, finished: false });
  });

  it('begins where there are none to go on from', async () => {
    const { events, observe } = recorded();
    await new MatrixFactorization({ ...OPTIONS, checkpoint: { folder: join(directory.path, 'new'), resume: true, observe } }).fit(ratings);
    expect(events.map(({ kind }) => kind)).not.toContain('resumed');
  });

  it('refuses the folder of another fit, and options that can not be', async () => {
    const folder = join(directory.path, 'other');
    await new MatrixFactorization({ ...OPTIONS, checkpoint: { folder } }).fit(ratings);
    const fit = (options: object, checkpoint: object, data = ratings) => new MatrixFactorization({ ...OPTIONS, ...options, checkpoint: { folder, ...checkpoint } }).fit(data);
    await expect(fit({}, {})).rejects.toThrow(/holds checkpoints of a fit: go on with it by \{ resume: true \}/);
    await expect(fit({ rank: 5 }, { resume: true })).rejects.toThrow(/of another fit \(options: /);
    await expect(fit({}, { resume: true }, ratings.slice(1))).rejects.toThrow(/of another fit \(data: /);
    await expect(fit({}, { every: 0 })).rejects.toThrow(UsageError);
    await expect(fit({}, { keep: 0 })).rejects.toThrow(UsageError);
  });
});
