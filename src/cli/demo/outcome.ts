/**
 * What the demo learned. In: the trained coefficients and the predictions for held-out packages. Out: a text with the
 * words that count most and how well they predict.
 */
import { grouped } from '../../report/numbers.js';
import type { Part, Problem } from './problem.js';

const WORDS_SHOWN = 8;

export function describeOutcome({ words, training, heldOut }: Problem, coefficients: Float64Array, predictions: Float64Array): string {
  return [
    `words of a README that speak for a large package (of ${grouped(words.length)}; coefficient), and for a small one:`,
    ...wordTable(words, coefficients),
    '',
    `log10 of the bytes of ${heldOut.packages.length} packages that were held out:`,
    ...qualityTable(training, heldOut, predictions),
  ].join('\n');
}

function wordTable(words: readonly string[], coefficients: Float64Array): string[] {
  const ranked = [...coefficients.entries()].filter(([, value]) => value !== 0).sort(([a, x], [b, y]) => y - x || a - b);
  const raising = ranked.filter(([, value]) => value > 0).slice(0, WORDS_SHOWN);
  const lowering = ranked.reverse().filter(([, value]) => value < 0).slice(0, WORDS_SHOWN);
  const shown = (entry: [number, number] | undefined) => (entry ? `${words[entry[0]]!.padEnd(16)}${signed(entry[1]).padStart(7)}` : ' '.repeat(23));
  return Array.from({ length: Math.max(raising.length, lowering.length) }, (_, i) => `  ${shown(raising[i])}    ${shown(lowering[i])}`.trimEnd());
}

function qualityTable(training: Part, heldOut: Part, predictions: Float64Array): string[] {
  const constant = mean(training.target);
  const model = errors(heldOut.target, (row) => predictions[row]!);
  const baseline = errors(heldOut.target, () => constant);
  const row = (label: string, { r2, rmse }: Errors) => `  ${label.padEnd(28)}${r2.toFixed(2).padStart(6)}${rmse.toFixed(2).padStart(8)}`;
  return [`  ${''.padEnd(28)}${'R²'.padStart(6)}${'RMSE'.padStart(8)}`, row('the model', model), row('the mean of the others', baseline)];
}

interface Errors {
  readonly r2: number;
  readonly rmse: number;
}

/** R² = 1 - Σ (y - ŷ)² / Σ (y - mean y)². */
function errors(target: readonly number[], predict: (row: number) => number): Errors {
  const center = mean(target);
  let squares = 0;
  let total = 0;
  for (const [row, value] of target.entries()) {
    squares += (value - predict(row)) ** 2;
    total += (value - center) ** 2;
  }
  return { r2: 1 - squares / total, rmse: Math.sqrt(squares / target.length) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`;
}
