/** Reports as numbers, so that a resumed training has those of before it. In: reports of sweeps. Out: one array. And the other way. */
import type { SweepReport } from './fit.js';
import type { Completion } from './schedule/judging.js';

/** Numbers of a report. */
const WIDTH = 12;

/** The reports' numbers, one report after the other; those of a completion that there is none of are NaN. */
export function numbersOf(reports: readonly SweepReport[]): Float64Array {
  return Float64Array.from(
    reports.flatMap(({ sweep, seconds, wallSeconds, tokensPerSecond, logLikelihoodPerToken, sError, validation, test }) => [
      sweep, seconds, wallSeconds, tokensPerSecond, logLikelihoodPerToken, sError,
      ...[validation, test].flatMap((completion) => (completion ? [completion.perplexity, completion.tokens, completion.unknownTokens] : [NaN, NaN, NaN])),
    ]),
  );
}

export function reportsOf(numbers: Float64Array): SweepReport[] {
  return Array.from({ length: numbers.length / WIDTH }, (_, at) => {
    const [sweep, seconds, wallSeconds, tokensPerSecond, logLikelihoodPerToken, sError, ...completions] = numbers.subarray(WIDTH * at, WIDTH * (at + 1));
    const [validation, test] = [completions.slice(0, 3), completions.slice(3)].map(completionOf);
    return { sweep, seconds, wallSeconds, tokensPerSecond, logLikelihoodPerToken, sError, validation, test };
  });
}

/** A perplexity may be NaN; the tokens of a completion are counted. */
function completionOf([perplexity, tokens, unknownTokens]: readonly number[]): Completion | null {
  return Number.isNaN(tokens) ? null : { perplexity, tokens, unknownTokens };
}
