/** How a worker ended its work, as it tells whoever started it: over IPC from a process, by a message from a thread. */
import { BusError, type BusErrorReason } from '../bus/error.js';
import type { LinkClosed } from '../bus/link.js';
import { DataError } from '../data/dataset.js';
import { WorkerError } from './cluster.js';

/** An error as it crosses to the parent: what it was of ours, if it was. */
interface Failed {
  readonly message: string;
  readonly bus: BusErrorReason | null;
  readonly data: boolean;
}

export type Outcome = { readonly closed: LinkClosed } | { readonly failed: Failed };

/** What became of a worker's service; never rejects. */
export function outcomeOf(service: Promise<LinkClosed>): Promise<Outcome> {
  return service.then(
    (closed) => ({ closed }),
    (error: unknown) => ({ failed: failedOf(error) }),
  );
}

function failedOf(error: unknown): Failed {
  return { message: error instanceof Error ? error.message : String(error), bus: error instanceof BusError ? error.reason : null, data: error instanceof DataError };
}

/** How the link of the worker `name` ended; throws what went wrong there, as one of our errors. */
export function closedOf(name: string, outcome: Outcome): LinkClosed {
  if ('closed' in outcome) return outcome.closed;
  const { message, bus, data } = outcome.failed;
  if (data) throw new DataError(message);
  throw bus ? new BusError(bus, message) : new WorkerError(`worker ${name} failed: ${message}`);
}

/** A worker that was started on this machine. */
export interface StartedWorker {
  /** How its link ended; rejects with BusError, DataError or WorkerError when it could not start or died. */
  readonly ended: Promise<LinkClosed>;
  /** Waits for it to end by itself, then makes it. */
  stop(): Promise<void>;
}

/** How long a worker that was told goodbye may take to end by itself. */
export const MS_TO_END = 3000;
