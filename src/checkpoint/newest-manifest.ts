/** What a store's newest checkpoint says of itself, for who does not (yet) go on from it: nothing is taken over, and no block is read. */
import { CheckpointError } from './error.js';
import { decodeManifest, type Manifest } from './manifest.js';
import { byAge, manifestId } from './names.js';
import type { CheckpointStore } from './store.js';

/** The newest manifest that is whole; null when there never was one. Rejects with CheckpointError (`damaged`) when there are some and none is whole. */
export async function newestManifest(store: CheckpointStore): Promise<Manifest | null> {
  const names = (await store.list()).filter((name) => manifestId(name) !== null).sort((a, b) => byAge(manifestId(b)!, manifestId(a)!));
  let refusal: CheckpointError | null = null;
  for (const name of names) {
    try {
      return decodeManifest(await store.read(name, 0, await store.size(name)), store.nameOf(name));
    } catch (error) {
      if (!(error instanceof CheckpointError) || error.fault !== 'damaged') throw error;
      refusal ??= error;
    }
  }
  if (refusal) throw refusal;
  return null;
}
