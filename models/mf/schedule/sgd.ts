/** Stochastic gradient descent by rotation of item blocks (DSGD, Gemulla et al., KDD 2011): a sweep is one turn. */
import { Operation } from '../operations.js';
import { STATELESS, type Sweeper } from './algorithm.js';
import type { Turns } from './turns.js';

export function sgdSweeper(turns: Turns): Sweeper {
  return {
    ...STATELESS,
    async sweep() {
      await turns.turn(Operation.Descend);
    },
  };
}
