/** Judges the factors as they are: errors of every set of ratings and the training objective, in float64 over all shards. */
import { ERRORS_WIDTH, ErrorsChannel, Operation, SETS, type HeldOutName, type SetName } from './operations.js';
import type { MfOptions } from './options.js';
import { gramSlices, ITEMS, USERS } from './schedule/gram.js';
import type { Turns } from './schedule/turns.js';
import { shapeOf } from './shape.js';

export interface SetErrors {
  /** Root mean squared and mean absolute error; NaN where feedback is implicit or there is nothing to judge. */
  readonly rmse: number;
  readonly mae: number;
  readonly count: number;
  /** Implicit feedback, held-out sets: means over users of NDCG@10 and recall@10. */
  readonly ndcg?: number;
  readonly recall?: number;
}

export interface Evaluation {
  /** What training minimizes. */
  readonly objective: number;
  readonly train: SetErrors;
  readonly validation: SetErrors | null;
  readonly test: SetErrors | null;
}

/** Items of a ranked list. */
const LIST = 10;

export async function evaluate(turns: Turns, heldOut: readonly HeldOutName[], { implicit, rank, biases }: Pick<MfOptions, 'implicit' | 'rank' | 'biases'>): Promise<Evaluation> {
  const errors = (await turns.turn(Operation.Errors))[ErrorsChannel.Errors].values;
  const [penalty] = (await turns.ask(Operation.Penalty))[0].values;
  const ranking = implicit && heldOut.length > 0 ? (await turns.turn(Operation.Rank, LIST))[ErrorsChannel.Ranking] : null;
  const unobserved = implicit ? await squaresOfAll(turns, shapeOf(rank, biases).stride) : 0;
  const errorsOf = (name: SetName): SetErrors => {
    const [squares, sizes, count] = errors.subarray(SETS.indexOf(name) * ERRORS_WIDTH);
    if (!implicit) return { rmse: Math.sqrt(squares / count), mae: sizes / count, count };
    return { rmse: NaN, mae: NaN, count, ...(ranking && name !== 'train' ? rankingOf(ranking, name) : {}) };
  };
  const held = (name: HeldOutName) => (heldOut.includes(name) ? errorsOf(name) : null);
  return { objective: errors[0] + unobserved + penalty, train: errorsOf('train'), validation: held('validation'), test: held('test') };
}

/** Σ over all users and items of the squared prediction: the inner product of the two Gram matrices. */
async function squaresOfAll(turns: Turns, stride: number): Promise<number> {
  const items = gramSlices(turns, ITEMS, stride);
  let sum = 0;
  for await (const { rows } of gramSlices(turns, USERS, stride)) {
    const facing = (await items.next()).value!.rows;
    for (let at = 0; at < rows.length; at++) sum += rows[at] * facing[at];
  }
  return sum;
}

const RANKING_WIDTH = 3;

function rankingOf({ keys, values }: { keys: Uint32Array | { first: number }; values: Float64Array }, name: HeldOutName): { ndcg: number; recall: number } {
  const first = 'first' in keys ? keys.first : keys[0];
  const [ndcg, recall, users] = values.subarray((SETS.indexOf(name) - first) * RANKING_WIDTH);
  return { ndcg: ndcg / users, recall: recall / users };
}
