/** Random choices of one mutated input. In: the seed of the run, and which input. Out: the same choices whenever and wherever it is made again. */
import { randomBelow, randomUnit } from '../../src/schedule/random.js';

export class Draws {
  #counter = 0;

  constructor(
    private readonly seed: number,
    private readonly input: number,
  ) {}

  /** A whole number in 0 … bound - 1; 0 where the bound is. */
  below(bound: number): number {
    return bound === 0 ? 0 : randomBelow(bound, this.seed, this.input, this.#counter++);
  }

  /** One in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** A number in 0 … bound - 1, small ones more often: halving the bound is as likely at any size. */
  small(bound: number): number {
    return bound <= 1 ? 0 : Math.min(bound - 1, Math.floor(bound ** randomUnit(this.seed, this.input, this.#counter++)) - 1);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }
}
