/** A model to go on from. In: the model, in memory or in its folder. Out: where a training begins. */
import { UsageError } from '../../src/runtime/worker-request.js';
import type { LdaModel } from './model.js';
import type { LdaOptions } from './options.js';
import { openSavedLda } from './saved.js';
import type { LdaSummary } from './summary.js';
import type { WarmStart } from './warm-start.js';

/** A warm start that may hold a file open until it is closed. */
export interface EarlierModel extends WarmStart {
  close(): Promise<void>;
}

/** UsageError where the model has another number of topics; DataError for a damaged folder, whose topics are read some at a time. */
export async function openEarlierModel(model: LdaModel | string, options: LdaOptions): Promise<EarlierModel> {
  if (typeof model !== 'string') {
    assertTopics(model.summary, options);
    return { priors: model.priors, words: model.words, tiles: () => model.tiles(), close: () => Promise.resolve() };
  }
  const saved = await openSavedLda(model);
  try {
    assertTopics(saved.summary, options);
    return saved;
  } catch (error) {
    await saved.close();
    throw error;
  }
}

function assertTopics({ topics: found }: LdaSummary, { topics }: LdaOptions): void {
  if (found !== topics) throw new UsageError(`the model to start from has ${found} topics, and this training asks for ${topics}: ask for ${found}, or start without a model`);
}
