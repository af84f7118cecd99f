/** The data sets of the Lasso's measurements: where they lie in the data folder, how they are read, and which penalties are asked for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ReadOptions } from '../src/data/read.js';

/** One penalty, and the objective at its optimum in scaled coordinates, as scikit-learn and celer agree on it. */
export interface PenaltyLevel {
  readonly flag: '--alpha' | '--alpha-ratio';
  readonly value: number;
  readonly optimum: number;
}

export interface LassoProblem {
  readonly name: string;
  /** Files in the data folder, with forward slashes; without a target file the target is a column, or the labels. */
  readonly data: string;
  readonly target?: string;
  readonly targetColumn?: string;
  readonly header?: false;
  readonly intercept: boolean;
  readonly standardize: boolean;
  readonly penalties: readonly PenaltyLevel[];
}

/** Alpha-ratio .1 and .01 with their optima. */
const ratios = (tenth: number, hundredth: number): readonly PenaltyLevel[] => [
  { flag: '--alpha-ratio', value: 0.1, optimum: tenth },
  { flag: '--alpha-ratio', value: 0.01, optimum: hundredth },
];
const standardized = { intercept: true, standardize: true } as const;
const asTheyAre = { intercept: false, standardize: false } as const;

export const PROBLEMS: readonly LassoProblem[] = [
  { name: 'golub', data: 'golub-leukemia/golub.csv.gz', targetColumn: 'y', ...standardized, penalties: ratios(0.121264953, 0.0145103723) },
  { name: 'singh', data: 'singh-prostate/singh.csv.gz', targetColumn: 'y', ...standardized, penalties: ratios(0.161991251, 0.0229143357) },
  { name: 'riboflavin', data: 'riboflavin/riboflavin.csv.gz', targetColumn: 'y', ...standardized, penalties: ratios(0.123425187, 0.01759074) },
  { name: 'arcene', data: 'arcene/arcene.csv.gz', targetColumn: 'y', ...standardized, penalties: ratios(0.198616925, 0.024018994) },
  { name: 'blogfeedback', data: 'blogfeedback/blogData_train.csv.gz', targetColumn: 'last', header: false, ...standardized, penalties: ratios(518.703832, 464.358311) },
  { name: '20news-tech', data: '20news-tech-svm/20news-tech-train.svm.gz', intercept: true, standardize: false, penalties: ratios(0.492609374, 0.4219468) },
  {
    name: 'lasso500by1K',
    data: 'lasso500by1K/lasso500by1K.X.mmt.gz',
    target: 'lasso500by1K/lasso500by1K.Y.mmt.gz',
    ...asTheyAre,
    penalties: [{ flag: '--alpha', value: 1e-6, optimum: 3.97416061e-5 }],
  },
  { name: 'chain', data: 'chain/chain.X.mtx.gz', target: 'chain/chain.Y.mtx.gz', ...asTheyAre, penalties: [{ flag: '--alpha', value: 1e-6, optimum: 7.62951e-6 }] },
];

/** The named problems, all without names. Throws Error for a name that is none of them. */
export function problemsNamed(names: readonly string[]): readonly LassoProblem[] {
  const unknown = names.find((name) => !PROBLEMS.some((problem) => problem.name === name));
  if (unknown !== undefined) throw new Error(`${unknown}: no such problem; choose from ${PROBLEMS.map(({ name }) => name).join(', ')}`);
  return PROBLEMS.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Those of a problem's files that the folder lacks. */
export function missingFiles({ data, target }: LassoProblem, folder: string): string[] {
  return [data, ...(target === undefined ? [] : [target])].filter((file) => !existsSync(join(folder, file)));
}

export function readOptions({ data, target, targetColumn, header }: LassoProblem, folder: string): ReadOptions {
  return { data: join(folder, data), ...(target === undefined ? {} : { target: join(folder, target) }), ...(targetColumn === undefined ? {} : { targetColumn }), ...(header === undefined ? {} : { header }) };
}

/** The command that trains a problem, from inside the data folder: everything behind `strads`. */
export function trainCommand({ data, target, targetColumn, header, intercept, standardize }: LassoProblem, { flag, value }: PenaltyLevel): string[] {
  return [
    ...['train', 'lasso', '--data', data],
    ...(target === undefined ? [] : ['--target', target]),
    ...(targetColumn === undefined ? [] : ['--target-column', targetColumn]),
    ...(header === undefined ? [] : ['--no-header']),
    ...(standardize ? ['--standardize'] : []),
    ...(intercept ? [] : ['--no-intercept']),
    ...[flag, String(value)],
  ];
}
