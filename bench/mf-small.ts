/** MovieLens 100K by each algorithm: how low the test error gets, and in which time. */
import type { MfInput } from '../models/mf/options.js';
import { shapeText, type MeasuredSets } from './mf-sets.js';
import { train, type Training } from './mf-training.js';
import { secondsText, table } from './report.js';

export interface SmallRow extends Training {
  readonly input: MfInput;
  /** The test RMSE that is to be reached. */
  readonly goal: number;
}

/** Sweeps are fixed beforehand: ccd and als get near the optimum of their objective, sgd is to stop well before. */
const SETTINGS: readonly Pick<SmallRow, 'input' | 'goal'>[] = [
  { input: { algorithm: 'ccd', rank: 64, lambda: 0.12, biases: true, sweeps: 15 }, goal: 0.927 },
  { input: { algorithm: 'als', rank: 64, lambda: 0.12, biases: true, sweeps: 12 }, goal: 0.927 },
  { input: { algorithm: 'sgd', rank: 64, lambda: 0.09, rate: 0.04, biases: true, sweeps: 20 }, goal: 0.9195 },
];

export async function measureSmall(sets: MeasuredSets, workers: number): Promise<SmallRow[]> {
  const rows: SmallRow[] = [];
  for (const { input, goal } of SETTINGS) rows.push({ input, goal, ...(await train(sets, input, workers)) });
  return rows;
}

export function smallSection(rows: readonly SmallRow[], sets: MeasuredSets): string[] {
  const lines = rows.map(({ input: { algorithm, rank, lambda, rate }, goal, best, sweeps, seconds, wallSeconds }) => [
    algorithm!, String(rank), String(lambda), String(rate ?? '-'), String(sweeps), best.trainRmse.toFixed(4), best.testRmse.toFixed(4), `${goal}${best.testRmse <= goal ? '' : ' **missed**'}`, secondsText(seconds), secondsText(wallSeconds),
  ]);
  return [
    `## MovieLens 100K, u1: ${shapeText(sets)}`,
    'Biases, a number of sweeps fixed beforehand. Seconds of the sweeps, and of all from ratings in memory on: distributing and an evaluation after every sweep.',
    table(['algorithm', 'rank', 'lambda', 'rate', 'sweeps', 'train RMSE', 'test RMSE', 'at most', 'sweeps s', 'all s'], lines),
  ];
}
