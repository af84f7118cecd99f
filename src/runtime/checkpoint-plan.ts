/** What a run is told about checkpoints: where they go, how often, and whether it goes on from the last one. */

export interface CheckpointPlan {
  /** Absolute path of a folder of their own. */
  readonly folder: string;
  /** Seconds from one to the next; Infinity takes none but the one at the end. */
  readonly everySeconds: number;
  /** How many are kept, at least 1. */
  readonly keep: number;
  /** Go on from the last one that is whole; false begins anew, in a folder that holds none. */
  readonly resume: boolean;
  /** What whoever resumes must know, in JSON: each checkpoint carries it as it is. */
  readonly details: unknown;
  /**
   * True once somebody stopped the run before its end (Ctrl-C, say). What it does from then on, it does not do when it goes on from a checkpoint,
   * so none is taken after that, and the last one before it stays.
   */
  readonly isStopped?: (() => boolean) | undefined;
  /** Told of what happens, as it happens. */
  readonly observe?: ((event: CheckpointEvent) => void) | undefined;
}

export type CheckpointEvent = CheckpointWritten | CheckpointFailed | CheckpointResumed;

/** A checkpoint is there for good. */
export interface CheckpointWritten {
  readonly kind: 'written';
  /** 1 for the first of a folder. */
  readonly number: number;
  /** Tasks of the run until then. */
  readonly tasks: number;
  /** Written for it; what did not change since the one before was not. */
  readonly bytes: number;
  /** Seconds of the run it took, of which the shards stood still for `paused`. */
  readonly seconds: number;
  readonly paused: number;
  /** The last of a run that is done. */
  readonly finished: boolean;
}

/** A checkpoint could not be written (a full disk, say); the run goes on without it. */
export interface CheckpointFailed {
  readonly kind: 'failed';
  readonly number: number;
  /** What happened and where, as a sentence. */
  readonly reason: string;
}

/** The run goes on from a checkpoint: what comes from here on is computed, what came before was read. */
export interface CheckpointResumed {
  readonly kind: 'resumed';
  readonly number: number;
  readonly tasks: number;
  /** When it was written: milliseconds since 1970. */
  readonly at: number;
  /** The run was done: its model is made again from the checkpoint. */
  readonly finished: boolean;
}
