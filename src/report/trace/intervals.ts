/** Who had a stretch of time: several activities claim parts of it, the first in order gets what it claims, the next what is left. */

export interface Interval {
  readonly begin: number;
  readonly end: number;
}

/** What each claimant gets of `whole`, in the order of the claims; their sum is at most its length. Claims may overlap and come in any order. */
export function shareOut(whole: Interval, claims: readonly (readonly Interval[])[]): number[] {
  let free: Interval[] = whole.end > whole.begin ? [whole] : [];
  return claims.map((claim) => {
    const { taken, left } = take(free, claim);
    free = left;
    return taken;
  });
}

function take(free: readonly Interval[], claim: readonly Interval[]): { taken: number; left: Interval[] } {
  if (claim.length === 0) return { taken: 0, left: [...free] };
  const claims = merged(claim);
  const left: Interval[] = [];
  let taken = 0;
  let next = 0;
  for (const { begin, end } of free) {
    let from = begin;
    while (next < claims.length && claims[next].end <= from) next++;
    for (let at = next; at < claims.length && claims[at].begin < end; at++) {
      const start = Math.max(from, claims[at].begin);
      const stop = Math.min(end, claims[at].end);
      if (start > from) left.push({ begin: from, end: start });
      taken += stop - start;
      from = stop;
    }
    if (from < end) left.push({ begin: from, end });
  }
  return { taken, left };
}

/** Ascending and apart; empty ones are left out. */
function merged(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(({ begin, end }) => end > begin).sort((a, b) => a.begin - b.begin);
  const result: { begin: number; end: number }[] = [];
  for (const { begin, end } of sorted) {
    const last = result.at(-1);
    if (last && begin <= last.end) last.end = Math.max(last.end, end);
    else result.push({ begin, end });
  }
  return result;
}
