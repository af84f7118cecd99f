/** All readers of files. */
import { csv } from './csv.js';
import { docword, ldaC, textFiles, textLines } from './documents.js';
import { gzip } from './gzip.js';
import { libsvm } from './libsvm.js';
import { ids, seedWords, stopWordList, vector, vocabulary, weights } from './lists.js';
import { matrixMarket } from './matrix-market.js';
import { lasso, lda, mf } from './models.js';
import { npy, npz } from './numpy.js';
import { pairs, ratings } from './ratings.js';
import type { ReaderUnderFuzz } from './reader.js';
import { safetensors } from './safetensors.js';
import { trace } from './trace.js';

export const READERS: readonly ReaderUnderFuzz[] = [
  ...[libsvm, csv, matrixMarket, npy, npz, vector, weights, safetensors, gzip],
  ...[ratings, pairs, docword, ldaC, textLines, textFiles, vocabulary, ids, seedWords, stopWordList],
  ...[lasso, mf, lda, trace],
];
