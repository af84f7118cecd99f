/**
 * Where a training begins that goes on from an earlier model. In: the model, in memory or in its folder, and the ratings to train on.
 * Out: its rows by the ids of these. An id that they do not rate gets none, so that it is predicted by the mean and the biases.
 */
import { countsOf, type Ratings } from '../../src/data/ratings.js';
import { UsageError } from '../../src/runtime/worker-request.js';
import type { MfModel } from './model.js';
import type { MfOptions } from './options.js';
import type { WarmStart } from './rows.js';
import { readSavedIds, SavedFactors } from './saved.js';
import { shapeOf, type Side } from './shape.js';
import type { MfSummary } from './summary.js';

/** A warm start that holds files open until it is closed. */
export interface SavedStart extends WarmStart {
  close(): Promise<void>;
}

/** UsageError when the model is of another kind than the training asks for. */
export function warmStartFrom(model: MfModel, options: MfOptions, train: Ratings): WarmStart {
  assertFitting(model.summary, options);
  const idAt = ratedIds(train);
  return {
    mean: model.summary.mean,
    row(side, index) {
      const id = idAt(side, index);
      return id === null ? null : model.row(side, id);
    },
  };
}

/** The same from a folder: rows are read one by one, so that no more than one is in memory. DataError for a damaged folder. */
export async function openWarmStart(folder: string, options: MfOptions, train: Ratings): Promise<SavedStart> {
  const { summary, users, items } = await readSavedIds(folder);
  assertFitting(summary, options);
  const { stride } = shapeOf(summary.rank, summary.biases);
  const factors = await SavedFactors.open(folder, summary);
  const idAt = ratedIds(train);
  return {
    mean: summary.mean,
    async row(side, index) {
      const id = idAt(side, index);
      const first = id === null ? -1 : (side === 'user' ? users : items).indexOf(id);
      if (first < 0) return null;
      const row = new Float32Array(stride);
      await factors.read(side, { first, count: 1 }, row);
      return row;
    },
    close: () => factors.close(),
  };
}

/** The id of an index; null where there is no rating of it to train on. */
function ratedIds(train: Ratings): (side: Side, index: number) => string | null {
  const { byUser, byItem } = countsOf(train);
  return (side, index) => {
    const [ids, counts] = side === 'user' ? [train.users, byUser] : [train.items, byItem];
    return counts[index] === 0 ? null : ids.of(index);
  };
}

/** Signed factors are no start of a bounded descent: what is 0 on both sides stays 0, so clamping could lose a factor for good. */
function assertFitting(model: MfSummary, options: MfOptions): void {
  const [own, asked] = [natureOf(model), natureOf(options)];
  if (own !== asked) throw new UsageError(`the model to start from has ${own}, and this training asks for ${asked}: ask for the same, or start without a model`);
  if (options.nonNegative && !model.nonNegative) throw new UsageError('the model to start from may have factors below 0, and this training asks for none: start from a model that was trained without them, allow them here too, or start without a model');
}

function natureOf({ rank, biases, implicit }: Pick<MfOptions, 'rank' | 'biases' | 'implicit'>): string {
  return `rank ${rank}, ${biases ? 'biases' : 'no biases'} and ${implicit ? 'implicit' : 'explicit'} feedback`;
}
