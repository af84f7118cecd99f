/**
 * The scheduler's offer to workers that have a data folder. In: the file as it was before it was read, and how it was
 * read. Out: who reads it there, told in a notice a worker.
 */
import { nameBelow } from '../data/below.js';
import { DataError } from '../data/dataset.js';
import { digestOf, stampOf, type FileStamp } from '../data/digest.js';
import type { ReadOptions } from '../data/read.js';
import type { Cluster } from './cluster.js';
import type { DataOffer, OfferedOptions } from './local-data.js';

/** A file that was read for a run. */
export interface ReadFile {
  readonly request: ReadOptions;
  /** Taken before it was read; null when it can't be read twice (a pipe), and then nobody is asked for it. */
  readonly stamp: FileStamp | null;
}

/** Asks the workers that may have the file. Hashes it only when there is one. Throws DataError when a worker's file differs. */
export async function offerData(cluster: Cluster, { request, stamp }: ReadFile, notice: (sentence: string) => void): Promise<void> {
  if (cluster.possibleReaders.length === 0) return;
  if (stamp === null) {
    notice(`${request.data} can be read only once, so workers with a data folder are not asked for it: their shards are sent to them`);
    return;
  }
  for (const { worker, answer } of await cluster.offer(await offerOf(request, stamp))) {
    notice('found' in answer ? `worker ${worker} reads its shards from ${answer.found}` : `worker ${worker} gets its shards sent: ${answer.missing}`);
  }
}

async function offerOf(request: ReadOptions, stamp: FileStamp): Promise<DataOffer> {
  const { data } = request;
  const digest = await digestOf(data).catch((error: unknown) => changed(data, error));
  if ((await stampOf(data))?.identity !== stamp.identity) changed(data);
  return { name: nameBelow(data), file: data, bytes: stamp.bytes, digest, options: offered(request) };
}

/** What is not here is the scheduler's own business: the target travels in the recipe. */
function offered({ format, header, targetColumn, ignoreColumns, features }: ReadOptions): OfferedOptions {
  return { format, header, targetColumn, ignoreColumns, features };
}

function changed(file: string, cause?: unknown): never {
  throw new DataError(`${file}: the file was changed or removed after it was read, so it can't be compared with those of the workers. Leave it alone until training begins, and start again`, { cause });
}
