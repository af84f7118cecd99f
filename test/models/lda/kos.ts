/** The KOS blog entries, where they lie beside the repository. */
import { join } from 'node:path';
import { corpusOver, readDocuments, trainingCorpus, type Corpus } from '../../../src/data/corpus.js';

/** The folder of the fixed 90/10 split by document. */
export const KOS = join(import.meta.dirname, '../../../../shared/data/lda/kos');

export async function readKos(): Promise<{ train: Corpus; test: Corpus; close(): void }> {
  const train = trainingCorpus(await readDocuments(join(KOS, 'docword.kos-train.txt.gz')));
  const test = corpusOver(await readDocuments(join(KOS, 'docword.kos-test.txt.gz')), train.words);
  const close = () => {
    train.close();
    test.close();
  };
  return { train, test, close };
}
