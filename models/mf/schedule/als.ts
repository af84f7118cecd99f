/** Alternating least squares: the users' solve, then the items', each some conjugate-gradient steps of a turn each. */
import { Operation } from '../operations.js';
import type { Shape } from '../shape.js';
import { STATELESS, type Sweeper } from './algorithm.js';
import { gramSlices, ITEMS, USERS } from './gram.js';
import type { Turns } from './turns.js';

export interface AlsOptions {
  readonly steps: number;
  readonly implicit: boolean;
  readonly shape: Shape;
}

export function alsSweeper(turns: Turns, options: AlsOptions): Sweeper {
  const { steps, implicit } = options;
  return {
    ...STATELESS,
    async sweep() {
      if (implicit) await shareGram(turns, ITEMS, options);
      for (let turn = 0; turn <= steps; turn++) await turns.turn(Operation.SolveUsers, turn);
      if (implicit) await shareGram(turns, USERS, options);
      for (let turn = 0; turn <= steps; turn++) await turns.turn(Operation.SolveItems, turn);
      await turns.ask(Operation.EndItems, [steps]);
    },
  };
}

/** Sends one side's Gram matrix to all workers. */
async function shareGram(turns: Turns, side: number, { shape: { stride } }: AlsOptions): Promise<void> {
  for await (const { first, rows } of gramSlices(turns, side, stride)) await turns.ask(Operation.SetGram, [first], rows);
}
