/** Which faults are done to which problems, one after the other: the same for the same seed, for however long it goes on. */
import { Draws } from '../fuzz/draws.js';
import { shuffled } from './shuffled.js';
import type { Fault } from './faults/fault.js';
import { MODELS, PROBLEMS, type Problem } from './problems.js';
import type { Trial } from './trial.js';

/** Draws of trials are numbered from 0; those of the order come from elsewhere. */
const ORDER = 0x4000_0000;

/** In every round each fault is done to one model, the models taking turns, so that after three rounds all have had all. */
export function* sequence(seed: number, faults: readonly Fault[]): Generator<Trial> {
  const turns = faults.map((_, at) => new Draws(seed, ORDER + at).below(MODELS.length));
  for (let round = 0, number = 0; ; round++) {
    const order = shuffled([...faults.keys()], new Draws(seed, ORDER + faults.length + round));
    for (const at of order) {
      const model = MODELS[(turns[at]! + round) % MODELS.length]!;
      const problem = problemOf(model, faults[at]!, new Draws(seed, ORDER * 2 + number));
      if (problem) yield { number: number++, seed, fault: faults[at]!, problem };
    }
  }
}

/** Null where the fault can't happen to the model. */
function problemOf(model: Problem['model'], { fits = () => true }: Fault, draws: Draws): Problem | null {
  const possible = PROBLEMS.filter((problem) => problem.model === model && fits(problem));
  return possible.length === 0 ? null : draws.of(possible);
}
