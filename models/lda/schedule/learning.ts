/**
 * Alpha by topic, and beta, learned from the counts: fixed points of the evidence (Minka 2000, eq. 55). In: the current priors. Out: better
 * ones, which the workers know.
 *   alpha_k ← alpha_k · Σ_d (ψ(D_dk + alpha_k) - ψ(alpha_k)) / Σ_d (ψ(N_d + A) - ψ(A)),           A = Σ alpha
 *   beta ← beta · Σ_w Σ_k (ψ(B_wk + beta) - ψ(beta)) / (V · Σ_k (ψ(s_k + V·beta) - ψ(V·beta)))
 */
import { digamma } from '../gamma.js';
import { Operation } from '../operations.js';
import type { Questions } from './questions.js';

export interface Priors {
  /** By topic. */
  readonly alpha: Float64Array;
  readonly beta: number;
}

/** Steps of the fixed point each time. */
const STEPS = 5;
/** A topic that no document has keeps a chance. */
const LEAST = 1e-6;

/** `totals`: tokens of each topic; `vocabulary`: V. */
export async function learnPriors(questions: Questions, { alpha, beta }: Priors, totals: Float64Array, vocabulary: number): Promise<Priors> {
  let learned: Priors = { alpha, beta };
  for (let step = 0; step < STEPS; step++) {
    learned = { alpha: await nextAlpha(questions, learned.alpha), beta: await nextBeta(questions, learned.beta, totals, vocabulary) };
  }
  await setPriors(questions, learned);
  return learned;
}

export async function setPriors(questions: Questions, { alpha, beta }: Priors): Promise<void> {
  await questions.ask(Operation.SetPriors, [], Float64Array.of(...alpha, beta));
}

async function nextAlpha(questions: Questions, alpha: Float64Array): Promise<Float64Array> {
  const [{ values: byTopic }, { values: [ofLengths] }] = await questions.ask(Operation.AlphaTerms, [], alpha);
  return alpha.map((value, k) => Math.max(LEAST, (value * byTopic[k]) / ofLengths));
}

async function nextBeta(questions: Questions, beta: number, totals: Float64Array, vocabulary: number): Promise<number> {
  const [{ values: [ofRows] }] = await questions.ask(Operation.BetaTerms, [], Float64Array.of(beta));
  const smoothing = vocabulary * beta;
  const ofTotals = totals.reduce((sum, total) => sum + digamma(total + smoothing) - digamma(smoothing), 0);
  return Math.max(LEAST, (beta * ofRows) / (vocabulary * ofTotals));
}
