/** Predictions for pairs of user and item. In: a factorization, and a file of pairs. Out: user,item,prediction for each, in its order. */
import type { MfModel } from '../../models/mf/model.js';
import { quoteCsv } from '../data/csv-out.js';
import { readPairs } from '../data/rating-pairs.js';
import { counted, grouped } from '../report/numbers.js';
import { UsageError } from '../runtime/worker-request.js';
import type { RowFlags } from './predict-rows.js';
import type { Predictions } from './predict.js';
import type { PredictionLines } from './prediction-file.js';

/** Throws UsageError for a flag that is about rows of features. */
export function pairPredictions(flags: RowFlags, model: MfModel): Predictions {
  refuseRowFlags(flags);
  const unknown = { unknownUsers: 0, unknownItems: 0 };
  return {
    columns: 'user,item,prediction',
    blocks: linesOf(flags.data, model, unknown),
    ignored: () => describeUnknown(unknown, model),
    fields: () => unknown,
    close: async () => undefined,
  };
}

function refuseRowFlags({ alpha, targetColumn, ignoreColumns, format, header }: RowFlags): void {
  const given = { '--alpha': alpha, '--target-column': targetColumn, '--ignore-columns': ignoreColumns, '--format': format, '--no-header': header ? undefined : true };
  const flag = Object.entries(given).find(([, value]) => value !== undefined)?.[0];
  if (flag !== undefined) throw new UsageError(`${flag} is about rows of features, and the model is a matrix factorization, which predicts for pairs of user and item: leave it out`);
}

/** Pairs whose user, or item, is not in the model. */
interface Unknown {
  unknownUsers: number;
  unknownItems: number;
}

/** Adds to `unknown` as it goes. */
async function* linesOf(file: string, model: MfModel, unknown: Unknown): AsyncGenerator<PredictionLines> {
  for await (const pairs of readPairs(file)) {
    const { values, unknownUsers, unknownItems } = model.predict(pairs);
    unknown.unknownUsers += unknownUsers;
    unknown.unknownItems += unknownItems;
    const lines = pairs.map(([user, item], at) => `${quoteCsv(user)},${quoteCsv(item)},${values[at]}\n`);
    yield { text: lines.join(''), count: pairs.length };
  }
}

function describeUnknown({ unknownUsers, unknownItems }: Unknown, { users, items }: MfModel): string | null {
  if (unknownUsers + unknownItems === 0) return null;
  return `the model, of ${grouped(users.count)} users and ${grouped(items.count)} items, does not know the user of ${counted(unknownUsers, 'pair')} and the item of ${grouped(unknownItems)}: predicted by what it does know, at least the mean`;
}
