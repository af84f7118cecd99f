/** How a worker ended, as whoever started it learns: from its own words, over IPC from a process, by a message from a thread, or from its end. */
import { BusError, type BusErrorReason } from '../bus/error.js';
import type { LinkClosed } from '../bus/link.js';
import { DataError } from '../data/dataset.js';
import { EngineError } from '../engine/engine.js';
import { WorkerError } from './cluster.js';

/** Errors of ours that keep their class on the way to the parent. */
const OURS = { DataError, EngineError } as const;

/** An error as it crosses to the parent. */
interface Failed {
  readonly message: string;
  /** What it was of ours, if it was; else the worker's program failed. */
  readonly kind: keyof typeof OURS | { readonly bus: BusErrorReason } | null;
}

/** A worker's last words. */
export type Outcome = { readonly closed: LinkClosed } | { readonly failed: Failed };

/** What a worker says to whoever started it: that it has joined, how it ended, or what happened to its device. */
export type Word = 'joined' | Outcome | { readonly lost: string };

/** How a worker that was started here ended. */
export type WorkerEnd =
  /** Its link ended, and it with it. */
  | { readonly how: 'closed'; readonly closed: LinkClosed }
  /** It could not join, as BusError or EngineError say: nobody answers or wants it, or it has no engine. */
  | { readonly how: 'outside'; readonly error: BusError | EngineError }
  /** It told what went wrong while it served: DataError, EngineError, or WorkerError where its program failed. Another one would fare the same. */
  | { readonly how: 'failed'; readonly error: Error }
  /** It is gone without a word: a crash, a signal, a lost device. `why` says what it did: it "ended unexpectedly (SIGKILL)". */
  | { readonly how: 'died'; readonly why: string };

/** A worker that was started on this machine. */
export interface StartedWorker {
  /** Resolves to false when it ended before it joined. */
  readonly joined: Promise<boolean>;
  readonly ended: Promise<WorkerEnd>;
  /** Asks it to leave its run: it serves on until the scheduler has moved its shards and says goodbye. One that has not joined yet ends at once. */
  leave(): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
  /** Waits for it to end by itself, then makes it. */
  stop(): Promise<void>;
}

/** How long a worker that was told goodbye may take to end by itself. */
export const MS_TO_END = 3000;

/** Exit code of a worker whose GPU failed: whoever started it may start another. */
export const EXIT_DEVICE_LOST = 71;

/** What became of a worker's service; never rejects. */
export function outcomeOf(service: Promise<LinkClosed>): Promise<Outcome> {
  return service.then(
    (closed) => ({ closed }),
    (error: unknown) => ({ failed: failedOf(error) }),
  );
}

function failedOf(error: unknown): Failed {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BusError) return { message, kind: { bus: error.reason } };
  const ours = Object.entries(OURS).find(([, kind]) => error instanceof kind);
  return { message, kind: (ours?.[0] ?? null) as Failed['kind'] };
}

/** What a worker has said so far about its end, and the end itself when its process or thread is over. */
export class LastWords {
  readonly #name: string;
  #hasJoined = false;
  #outcome: Outcome | null = null;
  #lost: string | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  heard(word: Word): void {
    if (word === 'joined') this.#hasJoined = true;
    else if ('lost' in word) this.#lost = word.lost;
    else this.#outcome = word;
  }

  end(code: number | null, signal: string | null = null): WorkerEnd {
    if (this.#outcome) return 'closed' in this.#outcome ? { how: 'closed', closed: this.#outcome.closed } : this.#failure(this.#outcome.failed);
    if (code === EXIT_DEVICE_LOST) return { how: 'died', why: `lost its device (exit code ${code}${this.#lost === null ? '' : `: ${this.#lost}`})` };
    return { how: 'died', why: `ended unexpectedly (${signal ?? `exit code ${code}`})` };
  }
  #failure({ message, kind }: Failed): WorkerEnd {
    if (kind === null) return { how: 'failed', error: new WorkerError(`worker ${this.#name} failed: ${message}`) };
    const error = typeof kind === 'string' ? new OURS[kind](message) : new BusError(kind.bus, message);
    const isOutside = !this.#hasJoined && (error instanceof BusError || error instanceof EngineError);
    return isOutside ? { how: 'outside', error } : { how: 'failed', error };
  }
}
