/** Where a training begins that goes on from an earlier model. In: the model, in memory or in its folder. Out: its rows by the ids of the new ratings. */
import type { Ratings } from '../../src/data/ratings.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import type { MfModel } from './model.js';
import type { MfOptions } from './options.js';
import type { WarmStart } from './rows.js';
import { readSavedIds, SavedFactors } from './saved.js';
import { shapeOf, type Side } from './shape.js';
import type { MfSummary } from './summary.js';

type IdsOfRatings = Pick<Ratings, 'users' | 'items'>;

/** A warm start that holds files open until it is closed. */
export interface SavedStart extends WarmStart {
  close(): Promise<void>;
}

/** UsageError when the model is of another shape than the training asks for. */
export function warmStartFrom(model: MfModel, options: MfOptions, { users, items }: IdsOfRatings): WarmStart {
  assertAlike(model.summary, options);
  return { row: (side, index) => model.row(side, (side === 'user' ? users : items).of(index)) };
}

/** The same from a folder: rows are read one by one, so that no more than one is in memory. DataError for a damaged folder. */
export async function openWarmStart(folder: string, options: MfOptions, ids: IdsOfRatings): Promise<SavedStart> {
  const { summary, users, items } = await readSavedIds(folder);
  assertAlike(summary, options);
  const { stride } = shapeOf(summary.rank, summary.biases);
  const factors = await SavedFactors.open(folder, summary);
  const rowOf = (side: Side, index: number) => (side === 'user' ? users.indexOf(ids.users.of(index)) : items.indexOf(ids.items.of(index)));
  return {
    async row(side, index) {
      const first = rowOf(side, index);
      if (first < 0) return null;
      const row = new Float32Array(stride);
      await factors.read(side, { first, count: 1 }, row);
      return row;
    },
    close: () => factors.close(),
  };
}

function assertAlike(model: MfSummary, options: MfOptions): void {
  const [own, asked] = [natureOf(model), natureOf(options)];
  if (own !== asked) throw new UsageError(`the model to start from has ${own}, and this training asks for ${asked}: ask for the same, or start without a model`);
}

function natureOf({ rank, biases, implicit }: Pick<MfOptions, 'rank' | 'biases' | 'implicit'>): string {
  return `rank ${rank}, ${biases ? 'biases' : 'no biases'} and ${implicit ? 'implicit' : 'explicit'} feedback`;
}
