/** Shards' states on the bus: what is asked for and told of them, block by block. */
import type { Frame } from '../bus/link.js';
import type { BlockRef } from '../checkpoint/blocks.js';
import { aside, frame, Verb } from './protocol.js';

/** Tell what your shards are. */
export interface SaveRequest {
  /** Number of the snapshot. */
  readonly number: number;
  readonly shards: readonly SaveOrder[];
}

/** One shard's part of it. */
export interface SaveOrder {
  readonly shard: number;
  /** What the object is called that its new blocks go into. */
  readonly pack: string;
  /** The shard's blocks in the snapshot before. */
  readonly base: readonly BlockRef[];
  /** Objects that this one may refer to. */
  readonly packs: readonly string[];
}

export interface SaveAnswer {
  readonly number: number;
  /** Why there is nothing to keep: a program that can't save. */
  readonly refusal?: string;
  /** Why it could not be kept. */
  readonly failure?: string;
  /** How long the worker did nothing else. */
  readonly ms?: number;
  /** Where the blocks of its shards lie, where the worker keeps them itself. */
  readonly kept?: readonly (readonly [shard: number, blocks: readonly BlockRef[]])[];
}

/** Where the blocks of one shard go, in their order. */
export interface BlockSink {
  /** The bytes are free again when this resolves. */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Where they lie; null when the scheduler keeps them. */
  finish(): Promise<readonly BlockRef[] | null>;
}

/** A worker keeps these shards as they are; it gives all others back. */
export interface Rollback {
  readonly keep: readonly number[];
}

/** A block of a shard's state. */
export interface SavedBlock {
  readonly shard: number;
  /** Null where it is what it was at the same place of the snapshot before. */
  readonly bytes: Uint8Array<ArrayBuffer> | null;
}

/** A frame's field has 32 bits. */
const NUMBERS = 2 ** 32;

/** The next block of a shard in this snapshot; no segment where it did not change. */
export function savedBlockFrame({ shard, bytes }: SavedBlock, snapshot: number, attempt: number): Frame {
  return frame(Verb.SavedBlock, { ...aside(attempt, shard), task: snapshot % NUMBERS }, bytes ? [bytes] : []);
}

/** Whether the block is of this snapshot, and not of one that was given up for it. */
export function isOfSnapshot({ task }: Frame, snapshot: number): boolean {
  return task === snapshot % NUMBERS;
}

/** Throws TypeError when the segments are no block. */
export function savedBlockOf({ shard, segments: [bytes] }: Frame): SavedBlock {
  if (bytes !== undefined && !(bytes instanceof Uint8Array)) throw new TypeError('a block that is not bytes');
  return { shard, bytes: (bytes as Uint8Array<ArrayBuffer> | undefined) ?? null };
}

export function blockKeptFrame(bytes: number, attempt: number): Frame {
  return frame(Verb.BlockKept, aside(attempt), [Float64Array.of(bytes)]);
}

export function blockKeptOf({ segments }: Frame): number {
  return (segments as [Float64Array])[0][0]!;
}

export function restoreBlockFrame(shard: number, bytes: Uint8Array, attempt: number): Frame {
  return frame(Verb.RestoreBlock, aside(attempt, shard), [bytes]);
}
