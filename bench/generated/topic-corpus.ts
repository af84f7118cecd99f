/**
 * Generated documents as the library takes them, and the perplexity of the truth. In: documents, which of them. Out: a corpus in a spool, made
 * once; what held-out documents are worth to someone who knows everything that made them but the tokens to predict.
 */
import type { Documents } from '../../src/data/corpus.js';
import { DocumentStore } from '../../src/data/corpus-store.js';
import { Ids } from '../../src/data/ids.js';
import { CONCENTRATION, type TopicDocuments } from './topic-documents.js';

/** Documents first … end - 1. Whoever asks closes them. */
export function generatedDocuments(documents: TopicDocuments, first: number, end: number): Documents {
  const store = new DocumentStore();
  for (let d = first; d < end; d++) appendDocument(store, documents, d);
  const words = new Ids();
  for (let word = 0; word < documents.truth.shape.words; word++) words.add(`w${word}`);
  return {
    source: 'generated documents', format: 'generated', count: store.count, tokens: store.tokens, words, hasVocabulary: true, names: null, replacedBytes: 0, skippedFiles: 0,
    batches: () => store.batches(null),
    close: () => store.close(),
  };
}

function appendDocument(store: DocumentStore, documents: TopicDocuments, d: number): void {
  const { tokens, words } = documents.document(d);
  for (let begin = 0, n = 1; n <= tokens; n++) {
    if (n < tokens && words[n] === words[begin]) continue;
    store.append(words[begin], n - begin);
    begin = n;
  }
  store.endDocument();
}

/**
 * Perplexity by document completion of whoever knows phi, alpha and the topics of the even tokens: of an odd token
 * p(w) = Σ_k (n_k + alpha) phi_kw / (N + K alpha), n_k even tokens of N being of topic k. It is the posterior's own prediction, so no sampler,
 * which sees the even tokens' words alone, does better but by chance.
 */
export function truthPerplexity(documents: TopicDocuments, first: number, end: number): number {
  const { truth } = documents;
  const alpha = CONCENTRATION / truth.shape.topics;
  let logarithms = 0;
  let scored = 0;
  for (let d = first; d < end; d++) {
    const { tokens, words, topics } = documents.document(d);
    const counts = new Map<number, number>();
    for (let n = 0; n < tokens; n += 2) counts.set(topics[n], (counts.get(topics[n]) ?? 0) + 1);
    const known = (tokens + 1) >> 1;
    for (let n = 1; n < tokens; n += 2) {
      let mass = alpha * truth.phiOfAllTopics(words[n]);
      for (const [topic, count] of counts) mass += count * truth.phi(topic, words[n]);
      logarithms += Math.log(mass / (known + CONCENTRATION));
      scored++;
    }
  }
  return Math.exp(-logarithms / scored);
}
