/** What can go wrong with checkpoints, and what it means for the run. */
import { DataError } from '../data/dataset.js';

/**
 * - `storage`: the store takes or gives nothing just now (full disk, read-only, failing); what it held before it still holds
 * - `damaged`: an object is not what was written: missing, too short, or with other bytes
 * - `superseded`: another scheduler has taken the checkpoints over, so this one must not write on
 * - `refused`: a name or a reference that no checkpoint of ours has
 */
export type CheckpointFault = 'storage' | 'damaged' | 'superseded' | 'refused';

/** The message names the object, what was found, what was expected and what to do. */
export class CheckpointError extends DataError {
  constructor(
    readonly fault: CheckpointFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
