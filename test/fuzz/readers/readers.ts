/** All readers of files. */
import { libsvm } from './libsvm.js';
import type { ReaderUnderFuzz } from './reader.js';

export const READERS: readonly ReaderUnderFuzz[] = [libsvm];
