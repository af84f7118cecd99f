/** What strads train lasso says at the end: fields for programs, text for people. */
import { isReproducible } from '../../models/lasso/estimator.js';
import type { LassoFit, RunCost } from '../../models/lasso/fit.js';
import type { LassoPathFit } from '../../models/lasso/path.js';
import { counted, grouped } from '../report/numbers.js';
import type { Reporter } from '../report/reporter.js';
import type { MemberTally } from '../runtime/cluster.js';
import { savedLine, workerFields, workerLine } from './tally.js';

/** Where a run was and what became of it. */
export interface RunFacts {
  readonly tally: readonly MemberTally[];
  readonly shards: number;
  readonly columns: number;
  readonly wallSeconds: number;
  readonly out: string | undefined;
}

export function reportFit(reporter: Reporter, fit: LassoFit, facts: RunFacts): void {
  const { objective, dual, relativeGap, nonzeros, alpha, alphaMax, intercept, stopped } = fit;
  const fields = { ...runFields(fit, facts), objective, dual, relativeGap, nonzeros, alpha, alphaMax, intercept, stopped, reproducible: isReproducible(fit) };
  const text = [
    `${ENDINGS[stopped]}: objective ${objective.toPrecision(9)}, relative gap ${relativeGap.toExponential(2)}, alpha ${alpha.toPrecision(6)}`,
    `  ${grouped(nonzeros)} of ${grouped(facts.columns)} coefficients are not 0`,
    ...runLines(fit, facts),
  ];
  reporter.result('done', fields, text.join('\n'));
}

export function reportPath(reporter: Reporter, fit: LassoPathFit, facts: RunFacts): void {
  const { points, crossValidation, chosen, alphaMax, stopped } = fit;
  const { objective, dual, relativeGap, nonzeros, alpha, intercept } = points[chosen]!;
  const largestGap = Math.max(...points.map((point) => point.relativeGap));
  const validation = crossValidation && { folds: crossValidation.folds, error: crossValidation.errors[chosen], standardError: crossValidation.standardErrors[chosen], simplestAlpha: points[crossValidation.simplest]!.alpha };
  const fields = {
    ...runFields(fit, facts),
    alphas: points.length,
    chosen,
    objective,
    dual,
    relativeGap,
    largestGap,
    nonzeros,
    alpha,
    alphaMax,
    intercept,
    stopped,
    crossValidation: validation,
    reproducible: isReproducible(fit),
  };
  const text = [
    ...pathTable(fit),
    `${ENDINGS[stopped]}: ${counted(points.length, 'alpha')} from ${points[0]!.alpha.toPrecision(6)} down, relative gaps at most ${largestGap.toExponential(1)}`,
    ...choiceLines(fit).map((line) => `  ${line}`),
    ...runLines(fit, facts),
  ];
  reporter.result('done', fields, text.join('\n'));
}

/** Which solution the model is, and why. */
function choiceLines({ points, crossValidation, chosen }: LassoPathFit): string[] {
  const { alpha, nonzeros } = points[chosen]!;
  const model = `alpha ${alpha.toPrecision(6)} with ${counted(nonzeros, 'feature')}`;
  if (!crossValidation) return [`the model is the last, ${model}; strads predict --alpha takes any other`];
  const { folds, errors, standardErrors } = crossValidation;
  const best = `the error of ${folds}-fold cross-validation is smallest, ${errors[chosen]!.toPrecision(5)} ± ${standardErrors[chosen]!.toPrecision(2)}, at ${model}`;
  return chosen < points.length - 1 ? [best] : [best, 'that is the end of the path, and the error may fall further: continue with a smaller --path-ratio, or more --alphas'];
}

/** Lines of the table at the most. */
const LONGEST_TABLE = 21;

/** Solutions along the path, evenly chosen where there are many; all are in path.csv. */
function pathTable({ points, crossValidation }: LassoPathFit): string[] {
  const step = (points.length - 1) / Math.max(1, Math.min(points.length, LONGEST_TABLE) - 1);
  const shown = new Set(Array.from({ length: Math.min(points.length, LONGEST_TABLE) }, (_, k) => Math.round(k * step)));
  if (crossValidation) shown.add(crossValidation.best).add(crossValidation.simplest);
  const rows = [...shown].sort((a, b) => a - b).map((k) => {
    const { alpha, objective, nonzeros } = points[k]!;
    const cells = [alpha.toPrecision(6).padStart(14), objective.toPrecision(6).padStart(14), grouped(nonzeros).padStart(9)];
    if (!crossValidation) return cells.join('');
    const mark = k === crossValidation.best ? '  smallest error' : k === crossValidation.simplest ? '  simplest within one standard error' : '';
    return `${cells.join('')}${crossValidation.errors[k]!.toPrecision(5).padStart(12)} ± ${crossValidation.standardErrors[k]!.toPrecision(2).padEnd(8)}${mark}`.trimEnd();
  });
  return [`${'alpha'.padStart(14)}${'objective'.padStart(14)}${'features'.padStart(9)}${crossValidation ? 'error'.padStart(12) : ''}`, ...rows];
}

function runFields({ rounds, seconds, bytesPerRound, bytesPerCertificate, bytesOutsideRounds, certificates, bytesPerScheduler }: RunCost, { tally, shards, wallSeconds, out }: RunFacts) {
  return {
    model: 'lasso',
    ...workerFields(tally, shards),
    rounds,
    seconds,
    wallSeconds,
    bytesPerRound,
    bytesPerCertificate,
    bytesOutsideRounds,
    certificates,
    bytesPerScheduler,
    out: out ?? null,
  };
}

const ENDINGS: Readonly<Record<LassoFit['stopped'], string>> = {
  converged: 'done',
  'zero-model': 'done',
  'round-limit': 'stopped at the round limit',
  stalled: 'stopped without further progress',
  interrupted: 'interrupted',
};

function runLines({ rounds, seconds, bytesPerRound, bytesPerCertificate }: RunCost, { tally, shards, wallSeconds, out }: RunFacts): string[] {
  return [
    `  ${counted(rounds, 'round')} in ${seconds.toFixed(2)} s (${wallSeconds.toFixed(2)} s with reading and starting), ${grouped(Math.round(bytesPerRound))} bus bytes a round, ${grouped(Math.round(bytesPerCertificate))} a certificate`,
    `  ${workerLine(tally, shards)}`,
    `  ${savedLine(out)}`,
  ];
}
