/** The topics as distributions over words: phi_kw = (n_kw + beta) / (s_k + V·beta). In: counts. Out: probabilities. */

/** What all words of all topics share. */
export interface Smoothing {
  readonly beta: number;
  /** V: words that training has seen. */
  readonly vocabulary: number;
}

/** p(word | topic) of a word with `tokens` of the topic's `total` tokens. */
export function probabilityOf(tokens: number, total: number, { beta, vocabulary }: Smoothing): number {
  return (tokens + beta) / (total + vocabulary * beta);
}

/** Writes a topic's row: all words have what a word without tokens has, and then words[e] what counts[e] tokens make. */
export function fillPhi(row: Float32Array, { words, counts }: { readonly words: Uint32Array; readonly counts: Float32Array }, total: number, smoothing: Smoothing): void {
  row.fill(probabilityOf(0, total, smoothing));
  for (let e = 0; e < words.length; e++) row[words[e]] = probabilityOf(counts[e], total, smoothing);
}
