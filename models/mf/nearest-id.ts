/** The known id that is most like an unknown one, for a message to suggest: numbers by distance, other texts by edits. */
import type { Ids } from '../../src/data/ids.js';

const DIGITS = /^\d{1,15}$/;

/** Of several the first; `ids` is not empty. */
export function nearestId(id: string, ids: Ids): string {
  let nearest = '';
  let least = Infinity;
  for (const known of ids) {
    const distance = DIGITS.test(id) && DIGITS.test(known) ? Math.abs(Number(id) - Number(known)) : FAR + edits(id, known);
    if (distance >= least) continue;
    nearest = known;
    least = distance;
  }
  return nearest;
}

/** Texts are farther than any number from a number. */
const FAR = 1e15;

/** How many characters have to be put in, left out or replaced to make `b` of `a` (Levenshtein 1966). */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length];
}
