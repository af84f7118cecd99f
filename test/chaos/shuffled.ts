/** Fisher and Yates. */
import type { Draws } from '../fuzz/draws.js';

export function shuffled<T>(items: readonly T[], draws: Draws): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = draws.below(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
