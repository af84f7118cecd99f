/**
 * The states of a worker's shards, on their way out and in. In: what the scheduler asks for. Out: the blocks of those shards' states,
 * except those that did not change; and shards brought to a state as it was told.
 * It runs in a Node process or a browser and imports nothing from `node:`.
 */
import { deferred, type Deferred } from '../bus/deferred.js';
import type { Frame, Link } from '../bus/link.js';
import { decodeArrays, encodeArrays } from '../checkpoint/arrays.js';
import type { BlockRef } from '../checkpoint/blocks.js';
import type { Engine } from '../engine/engine.js';
import type { WorkerProgram } from '../program.js';
import { aside, frame, jsonFrame, jsonOf, Verb } from './protocol.js';
import { ShardIntake } from './shard-intake.js';
import { blockKeptOf, savedBlockFrame, type BlockSink, type SaveAnswer, type SaveOrder, type SaveRequest } from './snapshot-frames.js';

/** The program that the shards belong to. */
export interface Holder {
  readonly name: string;
  readonly half: WorkerProgram;
}

/** Keeps a worker's blocks where it can do so itself; else the scheduler does. */
export type OwnBlocks = (order: SaveOrder) => BlockSink;

/** A shard on its way to a saved state. */
interface Restoring {
  readonly intake: ShardIntake;
  readonly done: Promise<void>;
}

export class ShardStates {
  readonly #link: Link;
  readonly #engine: Engine;
  readonly #shards: ReadonlyMap<number, unknown>;
  readonly #ownBlocks: OwnBlocks | null;
  readonly #window = new Window();
  #restoring = new Map<number, Restoring>();

  constructor(link: Link, engine: Engine, shards: ReadonlyMap<number, unknown>, ownBlocks: OwnBlocks | null) {
    this.#link = link;
    this.#engine = engine;
    this.#shards = shards;
    this.#ownBlocks = ownBlocks;
  }

  /** Tells the states of all shards, or keeps them itself. What keeping them fails at is told; what `save` throws is thrown. */
  async save(asked: Frame, { half, name }: Holder): Promise<void> {
    const begin = performance.now();
    const { number, shards } = jsonOf<SaveRequest>(asked);
    const answer = (what: Omit<SaveAnswer, 'number'>) => this.#link.send(jsonFrame(Verb.Saved, aside(asked.attempt), { number, ...what } satisfies SaveAnswer), 'now');
    if (!half.save || !half.restore) return answer({ refusal: `program "${name}" has no save and restore: give its worker half both` });
    const kept: (readonly [number, readonly BlockRef[]])[] = [];
    for (const order of shards) {
      const sink = this.#ownBlocks?.(order) ?? new SchedulerBlocks(this.#link, order, { number, attempt: asked.attempt }, this.#window);
      for await (const part of half.save(this.#engine, order.shard, this.#shards)) {
        const failure = await failureOf(sink.append(encodeArrays(part)));
        if (failure !== null) return answer({ failure });
      }
      const blocks = await sink.finish().catch((error: Error) => error);
      if (blocks instanceof Error) return answer({ failure: blocks.message });
      if (blocks) kept.push([order.shard, blocks]);
    }
    answer({ kept, ms: performance.now() - begin });
  }

  /** The scheduler has kept blocks: others may follow them. */
  kept(received: Frame): void {
    this.#window.passed(blockKeptOf(received));
  }

  /** What was under way belongs to an earlier attempt. */
  abandon(): void {
    this.#window.open();
    this.#restoring = new Map();
  }

  /** Takes in the next block of a shard's saved state, and resolves when `restore` has taken it. Rejects with CheckpointError when it is none. */
  async takeBlock({ shard, segments: [bytes] }: Frame, { half }: Holder): Promise<void> {
    const { intake } = this.#restoringOf(shard, half);
    intake.push(decodeArrays(bytes as Uint8Array, `shard ${shard}`));
    await intake.drained();
  }

  /** The last block of a shard has come; resolves when the shard is in its state. */
  async finish({ shard, attempt }: Frame, { half }: Holder): Promise<void> {
    const { intake, done } = this.#restoringOf(shard, half);
    this.#restoring.delete(shard);
    intake.push(null);
    await done;
    this.#link.send(frame(Verb.Restored, aside(attempt, shard), []));
  }

  #restoringOf(shard: number, half: WorkerProgram): Restoring {
    let restoring = this.#restoring.get(shard);
    if (!restoring) {
      const intake = new ShardIntake();
      const done = half.restore!(this.#engine, shard, intake, this.#shards).finally(() => intake.close());
      done.catch(() => undefined);
      restoring = { intake, done };
      this.#restoring.set(shard, restoring);
    }
    return restoring;
  }
}

async function failureOf(step: Promise<void>): Promise<string | null> {
  return step.then(
    () => null,
    (error: Error) => error.message,
  );
}

/** Bytes of blocks that are not kept yet, from which the next one waits. */
const WINDOW_BYTES = 1 << 23;

/** How much may be under way to the scheduler. */
class Window {
  #bytesUnderWay = 0;
  #room: Deferred | null = null;

  async roomFor(bytes: number): Promise<void> {
    this.#bytesUnderWay += bytes;
    if (this.#bytesUnderWay < WINDOW_BYTES) return;
    this.#room = deferred();
    await this.#room.promise;
  }

  passed(bytes: number): void {
    this.#bytesUnderWay -= bytes;
    if (this.#bytesUnderWay < WINDOW_BYTES) this.#room?.resolve();
  }

  open(): void {
    this.passed(this.#bytesUnderWay);
  }
}

/** Sends the blocks of a shard to the scheduler, without the bytes of those that it has. */
class SchedulerBlocks implements BlockSink {
  readonly #link: Link;
  readonly #order: SaveOrder;
  readonly #snapshot: { readonly number: number; readonly attempt: number };
  readonly #window: Window;
  #index = 0;

  constructor(link: Link, order: SaveOrder, snapshot: { readonly number: number; readonly attempt: number }, window: Window) {
    this.#link = link;
    this.#order = order;
    this.#snapshot = snapshot;
    this.#window = window;
  }

  async append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { shard, base, packs } = this.#order;
    const before = base[this.#index++];
    const isKnown = before?.bytes === bytes.length && packs.includes(before.pack) && before.digest === (await digestOf(bytes));
    this.#link.send(savedBlockFrame({ shard, bytes: isKnown ? null : bytes }, this.#snapshot.number, this.#snapshot.attempt));
    if (!isKnown) await this.#window.roomFor(bytes.length);
  }

  finish(): Promise<null> {
    return Promise.resolve(null);
  }
}

/** SHA-256, in hexadecimal digits. */
async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
