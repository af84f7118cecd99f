/**
 * Adds up what the shards pushed for one task, in float64 and in shard order, whatever order the chunks arrive in:
 * that order is what makes the sums the same bits at any number of workers.
 */
import { Slab } from '../bus/slab.js';
import type { Chunk, Sums } from '../program.js';

const memory = new Slab();

function zeros(length: number): Float64Array<ArrayBuffer> {
  const bytes = memory.take(8 * length);
  return new Float64Array(bytes.buffer, bytes.byteOffset, length);
}

/** Bounds on what is taken in for one task: channels, numbers in the sums of one, bytes that wait for their shard's turn. */
const MOST_CHANNELS = 256;
const MOST_NUMBERS = 1 << 27;
const MOST_WAITING_BYTES = 2 ** 31;

export class Combiner {
  /** By shard, from its first chunk on that came before its turn. */
  readonly #waiting: (Chunk[] | undefined)[] = [];
  readonly #finished: boolean[];
  readonly #channels: (ChannelSum | undefined)[] = [];
  #next = 0;
  #waitingBytes = 0;

  /** `shards`: how many logical shards push. */
  constructor(shards: number) {
    this.#finished = new Array<boolean>(shards).fill(false);
  }

  /** Takes a chunk of `shard`. Chunks of one shard and channel come in ascending key order. */
  add(shard: number, chunk: Chunk): void {
    if (this.#finished[shard] !== false) throw new RangeError(`shard ${shard} pushed after it had finished, or is none of this run`);
    assertSensible(chunk);
    if (shard === this.#next) this.#addNow(chunk);
    else this.#keep(shard, chunk);
  }

  /** `shard` has pushed everything for this task. */
  finish(shard: number): void {
    if (this.#finished[shard] !== false) throw new RangeError(`shard ${shard} finished twice, or is none of this run`);
    this.#finished[shard] = true;
    while (this.#finished[this.#next]) {
      for (const channel of this.#channels) channel?.endShard();
      this.#next++;
      const early = this.#waiting[this.#next];
      this.#waiting[this.#next] = undefined;
      if (early) for (const chunk of early) this.#addWaiting(chunk);
    }
  }

  /** What comes of this shard from now on came before. */
  hasFinished(shard: number): boolean {
    return this.#finished[shard] === true;
  }

  get complete(): boolean {
    return this.#next === this.#finished.length;
  }

  /** Sums by channel; a channel nobody pushed on is empty. */
  sums(): Sums[] {
    return Array.from(this.#channels, (channel) => channel?.sums() ?? { keys: { first: 0, count: 0 }, width: 1, values: new Float64Array(0) });
  }

  #keep(shard: number, chunk: Chunk): void {
    this.#waitingBytes += bytesOf(chunk);
    if (this.#waitingBytes > MOST_WAITING_BYTES) throw new RangeError(`chunks of ${this.#waitingBytes} bytes wait for shard ${this.#next}, and at most ${MOST_WAITING_BYTES} may: push fewer numbers for a task`);
    (this.#waiting[shard] ??= []).push(chunk);
  }

  #addWaiting(chunk: Chunk): void {
    this.#waitingBytes -= bytesOf(chunk);
    this.#addNow(chunk);
  }

  #addNow(chunk: Chunk): void {
    const channel = (this.#channels[chunk.channel] ??= chunk.keys instanceof Uint32Array ? new ListSum(chunk.width) : new RunSum(chunk.width));
    channel.add(chunk);
  }
}

/** A chunk holds on to its frame's memory, head included. */
function bytesOf({ keys, values }: Chunk): number {
  return values.byteLength + (keys instanceof Uint32Array ? keys.byteLength : 0) + 128;
}

/** Throws RangeError: a peer may claim any numbers in the head of a chunk. */
function assertSensible({ channel, width, keys }: Chunk): void {
  if (channel >= MOST_CHANNELS) throw new RangeError(`a chunk of channel ${channel}, and there are channels 0 to ${MOST_CHANNELS - 1}`);
  if (width === 0) throw new RangeError('a chunk without a number for a key');
  if (!(keys instanceof Uint32Array) && keys.first + keys.count > 2 ** 32) throw new RangeError(`a chunk of keys up to ${keys.first + keys.count}, and keys have 32 bits`);
}

function assertFits(numbers: number): void {
  if (numbers > MOST_NUMBERS) throw new RangeError(`the sums of a task come to ${numbers} numbers in one channel, and at most ${MOST_NUMBERS} are taken in: schedule smaller blocks`);
}

interface ChannelSum {
  add(chunk: Chunk): void;
  /** The shard that added last adds no more. */
  endShard(): void;
  sums(): Sums;
}

/** Sums over runs of keys: a dense array that grows with the highest key. */
class RunSum implements ChannelSum {
  readonly #width: number;
  #first = 0;
  #count = 0;
  /** Room for more than `count` keys, so that a run that arrives in many chunks is not copied for each. */
  #values = new Float64Array(0);

  constructor(width: number) {
    this.#width = width;
  }

  add({ keys, width, values }: Chunk): void {
    if (keys instanceof Uint32Array || width !== this.#width) throw new TypeError('a channel keeps one form of keys and one width');
    if (keys.count === 0) return;
    this.#cover(keys.first, keys.first + keys.count);
    const target = this.#values;
    const offset = (keys.first - this.#first) * width;
    for (let i = 0; i < values.length; i++) target[offset + i]! += values[i]!;
  }

  endShard(): void {}

  /** Makes the array cover the keys [begin, end). */
  #cover(begin: number, end: number): void {
    const width = this.#width;
    if (this.#count === 0) this.#first = begin;
    const first = Math.min(begin, this.#first);
    const last = Math.max(end, this.#first + this.#count);
    assertFits((last - first) * width);
    if (first < this.#first || (last - first) * width > this.#values.length) {
      const grown = zeros(Math.max((last - first) * width, 2 * this.#values.length));
      grown.set(this.#values.subarray(0, this.#count * width), (this.#first - first) * width);
      this.#values = grown;
    }
    this.#first = first;
    this.#count = last - first;
  }

  sums(): Sums {
    return { keys: { first: this.#first, count: this.#count }, width: this.#width, values: this.#values.subarray(0, this.#count * this.#width) };
  }
}

/** Sums over lists of keys: a shard's chunks follow one another and are merged into the sum once, when it ends. */
class ListSum implements ChannelSum {
  readonly #width: number;
  #keys = new Uint32Array(0);
  #values = new Float64Array(0);
  #ofShard: { readonly keys: Uint32Array; readonly values: ArrayLike<number> }[] = [];
  #last = -1;
  /** In the chunks of the shard that pushes. */
  #numbers = 0;

  constructor(width: number) {
    this.#width = width;
  }

  add({ keys, width, values }: Chunk): void {
    if (!(keys instanceof Uint32Array) || width !== this.#width) throw new TypeError('a channel keeps one form of keys and one width');
    if (!ascends(keys) || (keys.length > 0 && keys[0]! <= this.#last)) throw new RangeError('keys of a shard must ascend, each once');
    if (keys.length === 0) return;
    assertFits(this.#keys.length * width + (this.#numbers += values.length));
    this.#ofShard.push({ keys, values });
    this.#last = keys[keys.length - 1]!;
  }

  endShard(): void {
    const pieces = this.#ofShard;
    this.#ofShard = [];
    this.#last = -1;
    this.#numbers = 0;
    if (pieces.length === 0) return;
    const { keys, values } = pieces.length === 1 ? pieces[0]! : { keys: joined(pieces.map((piece) => piece.keys), Uint32Array), values: joined(pieces.map((piece) => piece.values), Float64Array) };
    if (!areSame(keys, this.#keys)) this.#makeRoomFor(keys);
    addAt(this.#values, this.#keys, keys, values, this.#width);
  }

  /** Brings the keys of another shard among those that are there, with sums of 0. */
  #makeRoomFor(keys: Uint32Array): void {
    const all = this.#keys.length === 0 ? keys.slice() : mergedKeys(this.#keys, keys);
    const sums = zeros(all.length * this.#width);
    addAt(sums, all, this.#keys, this.#values, this.#width);
    this.#keys = all;
    this.#values = sums;
  }

  sums(): Sums {
    return { keys: this.#keys, width: this.#width, values: this.#values };
  }
}

/** The pieces one after another, copied. */
function joined<Joined extends Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>>(pieces: readonly ArrayLike<number>[], type: new (length: number) => Joined): Joined {
  const all = new type(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function areSame(a: Uint32Array, b: Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function ascends(keys: Uint32Array): boolean {
  for (let i = 1; i < keys.length; i++) if (keys[i]! <= keys[i - 1]!) return false;
  return true;
}

/** Union of two ascending lists, ascending. */
function mergedKeys(a: Uint32Array, b: Uint32Array): Uint32Array<ArrayBuffer> {
  const union = new Uint32Array(a.length + b.length);
  let length = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    const key = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i]! : b[j]!;
    if (a[i] === key) i++;
    if (b[j] === key) j++;
    union[length++] = key;
  }
  return union.slice(0, length);
}

/** Adds the rows of `keys` to the rows of the ascending list `all`, which holds every one of them. */
function addAt(sums: Float64Array, all: Uint32Array, keys: Uint32Array, values: ArrayLike<number>, width: number): void {
  for (let i = 0, at = 0; i < keys.length; i++) {
    while (all[at] !== keys[i]) at++;
    for (let w = 0; w < width; w++) sums[at * width + w]! += values[i * width + w]!;
  }
}
