/** The states of several as one, and apart again. */
import type { SchedulerState } from '../../src/program.js';

interface Part {
  readonly facts: unknown;
  /** How many arrays are its own. */
  readonly arrays: number;
}

export type NamedStates = Readonly<Record<string, SchedulerState>>;

export function joined(states: NamedStates): SchedulerState {
  const facts = Object.fromEntries(Object.entries(states).map(([name, state]): [string, Part] => [name, { facts: state.facts, arrays: state.arrays.length }]));
  return { facts, arrays: Object.values(states).flatMap(({ arrays }) => arrays) };
}

export function apart({ facts, arrays }: SchedulerState): NamedStates {
  let end = 0;
  return Object.fromEntries(Object.entries(facts as Record<string, Part>).map(([name, part]) => [name, { facts: part.facts, arrays: arrays.slice(end, (end += part.arrays)) }]));
}

/** Numbers and nothing else: JSON has no Infinity. */
export function numbersState(...numbers: readonly number[]): SchedulerState {
  return { facts: null, arrays: [Float64Array.from(numbers)] };
}
