/**
 * Which candidates may be updated together (Lee et al., NIPS 2014): of the candidates in order of their draw, each one that
 * is less than ρ correlated with all that were kept before it and with all that are in flight.
 * The others are to be released: they keep their priority, and the next draw of their range may bring them again.
 */
export interface Candidates {
  /** Number of candidates; they are named by their position 0 … count - 1, in order of the draw. */
  readonly count: number;
  /** Number of variables in flight, named 0 … inFlight - 1. */
  readonly inFlight: number;
  /** |correlation| of two candidates. */
  among(a: number, b: number): number;
  /** |correlation| of a candidate and a variable in flight. */
  withInFlight(candidate: number, flying: number): number;
}

/** Positions of the candidates to keep, ascending; at least one when there is a candidate and nothing is in flight. */
export function independentCandidates({ count, inFlight, among, withInFlight }: Candidates, threshold: number): number[] {
  const kept: number[] = [];
  for (let candidate = 0; candidate < count; candidate++) if (isFree(candidate)) kept.push(candidate);
  return kept;

  function isFree(candidate: number): boolean {
    for (let flying = 0; flying < inFlight; flying++) if (!(withInFlight(candidate, flying) < threshold)) return false;
    for (let k = 0; k < kept.length; k++) if (!(among(candidate, kept[k]!) < threshold)) return false;
    return true;
  }
}
