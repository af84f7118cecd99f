/**
 * What the runtime sees of the bus: ordered, exactly-once frames between a scheduler and a worker, or two
 * workers, over whatever transport. The bus stamps run, sequence and acknowledgement; it knows no meaning of a frame.
 */

/** Element types a segment may have. */
export type SegmentData = Uint8Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** One message. `shard` is `NO_SHARD` when it concerns none. */
export interface Frame {
  /** Application verb, 16 … 255; lower numbers are the bus's own. */
  readonly kind: number;
  readonly round: number;
  readonly task: number;
  readonly shard: number;
  readonly attempt: number;
  /** Typed arrays, each 16-byte aligned in the encoded frame. */
  readonly segments: readonly SegmentData[];
}

export const NO_SHARD = 0xffff_ffff;

/** Why a link ended for good. */
export interface LinkClosed {
  readonly reason: 'closed' | 'peer-closed' | 'lost' | 'refused' | 'protocol';
  /** A sentence for a person. */
  readonly message: string;
}

export interface LinkStats {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly framesSent: number;
  readonly framesReceived: number;
  /** Gaps and duplicates noticed, and reconnections made because of them or of a broken wire. */
  readonly gaps: number;
  readonly duplicates: number;
  readonly reconnects: number;
}

/**
 * When a frame leaves: with all others of this turn of the event loop, which is what happens unless told; now, with all that are
 * queued, as the last of those that belong together; or with the next frame, which the caller is about to send.
 */
export type Departure = 'turn' | 'now' | 'next';

/**
 * Takes a frame. Where it returns a promise, the frame and those after it are acknowledged when that has settled: a writer that
 * keeps to the window waits for a slow reader. Later frames are delivered meanwhile.
 */
export type FrameHandler = (frame: Frame) => unknown;

export interface Link {
  /** Name the peer gave in its hello. */
  readonly peer: string;
  /** Number of the run that both ends belong to. */
  readonly run: number;
  readonly stats: LinkStats;
  /** Handlers; set once, right after the link is made. Frames are not delivered before `onFrame` is set. */
  onFrame: FrameHandler;
  onClose: (closed: LinkClosed) => void;
  /**
   * Queues a frame. Frames that leave together are one transport message, except what exceeds the
   * chunk limit. The segments are copied before `send` returns, so the caller may reuse them.
   */
  send(frame: Frame, departure?: Departure): void;
  /** Resolves once the unacknowledged and unsent bytes are below the window: await it between large frames. */
  drained(): Promise<void>;
  /** Says goodbye after what was queued is acknowledged, and closes. */
  close(): Promise<void>;
  /** Gives the peer up at once, as one that is lost. */
  drop(message: string): void;
}

/** What a joining worker says of itself; the scheduler may refuse it with a reason. */
export interface Hello {
  readonly name: string;
  /** JSON-serializable facts: engine kind, adapter, memory, package version. */
  readonly facts: Readonly<Record<string, unknown>>;
}
