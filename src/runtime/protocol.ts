/**
 * What scheduler and worker say to each other: the verbs of a frame, and how tasks, commits, chunks and parcels
 * become segments. Numbers travel as typed arrays; JSON only describes what is about to come.
 */
import type { Frame, SegmentData } from '../bus/link.js';
import { NO_SHARD } from '../bus/link.js';
import { decodeJson, encodeJson } from '../bus/json.js';
import type { Chunk, Commit, Parcel, ShardParcel, ShardPart, Task } from '../program.js';

export const Verb = {
  /** scheduler → worker: JSON { program }: which program the shards belong to. */
  Program: 16,
  /** scheduler → worker: JSON ShardHeader; its parts follow. */
  ShardOpen: 17,
  ShardPart: 18,
  ShardEnd: 19,
  /** worker → scheduler: the shard is open and ready for tasks. */
  ShardReady: 20,
  /** scheduler → worker: committed changes, then the tasks that may read them. */
  Commit: 21,
  Task: 22,
  /** worker → scheduler: one chunk of one shard. */
  Partial: 23,
  /** worker → scheduler: every shard of this worker has pushed everything for the task, and parcels that went directly are queued. */
  Pushed: 24,
  /** worker → scheduler: JSON Failure; the worker stops. */
  Failed: 25,
  /** scheduler → worker: JSON DataOffer: a file that the worker may have; worker → scheduler: JSON DataAnswer. */
  Offer: 26,
  Answer: 27,
  /** scheduler → worker: how the worker's own data are cut, in place of its shards' parts (recipe-frames.ts). */
  Recipe: 28,
  RecipePiece: 29,
  RecipeEnd: 30,
  /** worker → worker: a parcel from shard to shard; where the scheduler is between, it passes the frame on as it is. */
  Parcel: 31,
  /** scheduler or worker → worker: that many bytes of its parcels went on, or are queued where they go; others may follow them. */
  PassedOn: 32,
  /** scheduler → worker: JSON PeerAddress[]: who hosts which shards and takes parcels directly. */
  Peers: 33,
  /** scheduler → worker: tell of your work from now on; worker → scheduler: JSON ProfileReady. */
  Profile: 34,
  /** scheduler → worker: the time there; worker → scheduler, at once: that time, and when it was heard and answered here (profile-frames.ts). */
  Clock: 35,
  /** worker → scheduler: spans of its work. */
  Spans: 36,
  /** scheduler → worker: tell no more; worker → scheduler: all spans have been told. */
  ProfileEnd: 37,
  /** scheduler → worker: JSON SaveRequest: tell what your shards are at this point (snapshot-frames.ts). */
  Save: 38,
  /** worker → scheduler: one block of a shard's state, or that it is what it was. */
  SavedBlock: 39,
  /** worker → scheduler: JSON SaveAnswer: all blocks have been told. */
  Saved: 40,
  /** scheduler → worker: that many bytes of its blocks are kept; others may follow them. */
  BlockKept: 41,
  /** scheduler → worker: JSON Rollback: what comes from now on belongs to this attempt, what is left of earlier ones is void. */
  Rollback: 42,
  /** scheduler → worker: a block of a shard's saved state, as it was told. */
  RestoreBlock: 43,
  RestoreEnd: 44,
  /** worker → scheduler: the shard is in its saved state. */
  Restored: 45,
  /** worker → scheduler: this worker would like to leave: give its shards to others. */
  Leaving: 46,
  /** worker → scheduler: JSON LostLink. */
  LinkLost: 47,
} as const;

/** Verbs that say the same whatever happened to the run. */
const TIMELESS: ReadonlySet<number> = new Set([Verb.Failed, Verb.Offer, Verb.Answer, Verb.Profile, Verb.Clock, Verb.Spans, Verb.ProfileEnd, Verb.Leaving]);

/** Whether a frame is left over from an earlier attempt. */
export function isVoid({ kind, attempt }: Frame, current: number): boolean {
  return attempt !== current && !TIMELESS.has(kind);
}

/** An error of a worker, as it crosses the bus. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** Place of a duplicate entry, from 0, when that is what failed. */
  readonly entry?: readonly [row: number, column: number];
  readonly stack?: string;
}

/** The direct link to a worker is lost, and why. */
export interface LostLink {
  readonly worker: string;
  readonly message: string;
}

/** What a worker's direct links have carried so far. */
export interface DirectTraffic {
  /** Content of the parcels it sent. */
  readonly parcelBytes: number;
  /** Everything, at this worker's end. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** What a frame is about. `attempt` counts the times that the run's workers were brought back to an earlier point. */
export interface FrameAddress {
  readonly round: number;
  readonly task: number;
  readonly shard?: number;
  readonly attempt?: number;
}

/** What concerns no round. */
export function aside(attempt: number, shard: number = NO_SHARD): FrameAddress {
  return { round: 0, task: 0, shard, attempt };
}

export function frame(kind: number, address: FrameAddress, segments: readonly SegmentData[]): Frame {
  return { kind, round: address.round, task: address.task, shard: address.shard ?? NO_SHARD, attempt: address.attempt ?? 0, segments };
}

export function jsonFrame(kind: number, address: FrameAddress, value: unknown): Frame {
  return frame(kind, address, [encodeJson(value)]);
}

export function jsonOf<T>(received: Frame): T {
  return decodeJson(received.segments[0] as Uint8Array) as T;
}

export function taskFrame(address: FrameAddress, task: Task): Frame {
  return frame(Verb.Task, address, [Uint32Array.of(task.operation), task.ids, task.values]);
}

export function taskOf(received: Frame): Task {
  const [operation, ids, values] = received.segments as [Uint32Array, Uint32Array, Float64Array];
  return { operation: operation[0]!, ids, values };
}

export function commitFrame(address: FrameAddress, commit: Commit): Frame {
  return frame(Verb.Commit, address, [commit.ids, commit.values]);
}

export function commitOf(received: Frame): Commit {
  const [ids, values] = received.segments as [Uint32Array, Float64Array];
  return { ids, values };
}

export function partFrame(shard: number, part: ShardPart, attempt: number): Frame {
  return frame(Verb.ShardPart, aside(attempt, shard), part);
}

/** Segments: [channel, width, first, count] and the values; a list of keys comes between the two. */
export function partialFrame(address: FrameAddress, chunk: Chunk): Frame {
  const { channel, width, keys, values } = chunk;
  const segments: SegmentData[] =
    keys instanceof Uint32Array
      ? [Uint32Array.of(channel, width, 0, keys.length), keys, values]
      : [Uint32Array.of(channel, width, keys.first, keys.count), values];
  return frame(Verb.Partial, address, segments);
}

/** Throws TypeError when the segments do not make a chunk. */
export function chunkOf(received: Frame): Chunk {
  const { segments } = received;
  const head = segments[0];
  const values = segments[segments.length - 1];
  if (!(head instanceof Uint32Array) || head.length !== 4) throw new TypeError('a partial without its head');
  const [channel, width, first, count] = head as unknown as [number, number, number, number];
  if (!(values instanceof Float32Array || values instanceof Float64Array) || values.length !== count * width) {
    throw new TypeError(`a partial of ${count} × ${width} numbers carries ${values?.length ?? 0}`);
  }
  if (segments.length === 2) return { channel, width, keys: { first, count }, values };
  const keys = segments[1];
  if (!(keys instanceof Uint32Array) || keys.length !== count) throw new TypeError(`a partial of ${count} keys carries ${keys?.length ?? 0}`);
  return { channel, width, keys, values };
}

/** Segments: [to], then the content. */
export function parcelFrame(address: FrameAddress, { shard, to, parcel }: ShardParcel): Frame {
  return frame(Verb.Parcel, { ...address, shard }, [Uint32Array.of(to), ...parcel]);
}

/** The shard that a parcel is for. Throws TypeError when the frame does not say. */
export function addresseeOf({ segments }: Frame): number {
  const [head] = segments;
  if (!(head instanceof Uint32Array) || head.length !== 1) throw new TypeError('a parcel without an addressee');
  return head[0]!;
}

/** Throws TypeError when the segments do not make a parcel. */
export function parcelOf(received: Frame): Parcel {
  return { from: received.shard, to: addresseeOf(received), content: received.segments.slice(1) as ShardPart };
}

/** Bytes of a parcel's content. */
export function contentBytes({ segments }: Frame): number {
  return segments.slice(1).reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Segments: what the direct links have carried, where there are some. */
export function pushedFrame(address: FrameAddress, traffic: DirectTraffic | null): Frame {
  return frame(Verb.Pushed, address, traffic ? [Float64Array.of(traffic.parcelBytes, traffic.bytesSent, traffic.bytesReceived)] : []);
}

/** Null where nothing went directly. Throws TypeError when the segments tell of no traffic. */
export function trafficOf({ segments: [counts] }: Frame): DirectTraffic | null {
  if (counts === undefined) return null;
  if (!(counts instanceof Float64Array) || counts.length !== 3) throw new TypeError('a push that ends with what are no three byte counts');
  const [parcelBytes, bytesSent, bytesReceived] = counts as unknown as [number, number, number];
  return { parcelBytes, bytesSent, bytesReceived };
}

/** `attempt`: that of the parcels. */
export function passedOnFrame(bytes: number, attempt: number): Frame {
  return frame(Verb.PassedOn, aside(attempt), [Uint32Array.of(bytes)]);
}

export function passedOnOf({ segments }: Frame): number {
  return (segments as [Uint32Array])[0][0]!;
}
