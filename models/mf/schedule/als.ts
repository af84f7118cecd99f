/** Alternating least squares: the users' solve, then the items', each some conjugate-gradient steps of a turn each. */
import { Operation } from '../operations.js';
import type { Shape } from '../shape.js';
import type { Sweeper } from './algorithm.js';
import type { Turns } from './turns.js';

const USERS = 0;
const ITEMS = 1;

export interface AlsOptions {
  readonly steps: number;
  readonly implicit: boolean;
  readonly shape: Shape;
  /** Most bytes of a Gram matrix that go with one task. */
  readonly blockBytes: number;
}

export function alsSweeper(turns: Turns, options: AlsOptions): Sweeper {
  const { steps, implicit } = options;
  return {
    async sweep() {
      if (implicit) await shareGram(turns, ITEMS, options);
      for (let turn = 0; turn <= steps; turn++) await turns.turn(Operation.SolveUsers, turn);
      if (implicit) await shareGram(turns, USERS, options);
      for (let turn = 0; turn <= steps; turn++) await turns.turn(Operation.SolveItems, turn);
      await turns.ask(Operation.EndItems, [steps]);
    },
  };
}

/** Sends one side's Gram matrix to all workers, some rows at a time. */
async function shareGram(turns: Turns, side: number, { shape: { stride }, blockBytes }: AlsOptions): Promise<void> {
  const [{ values }] = await turns.ask(Operation.Gram, [side]);
  const rows = Math.max(1, Math.floor(blockBytes / (8 * stride)));
  for (let first = 0; first < stride; first += rows) await turns.ask(Operation.SetGram, [first], values.slice(first * stride, (first + rows) * stride));
}
