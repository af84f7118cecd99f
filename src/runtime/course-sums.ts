/**
 * The item that answers a task. Words after the head: check of the task, its operation, how many ids and values it has, channels;
 * then for each channel form of keys, width, first key, keys; a list's keys; keys × width float64 sums. All at multiples of 8 bytes.
 */
import type { Sums, Task } from '../program.js';
import type { Blocks } from './course-blocks.js';
import { checkOf } from './course-check.js';
import { assertFits, HEAD_WORDS, Item, padded, RecordError, sealItem } from './course-items.js';

const TASK = HEAD_WORDS;
const HEAD_BYTES = 4 * (HEAD_WORDS + 5);
const CHANNEL_BYTES = 16;
const Form = { Run: 0, List: 1 } as const;

/** Numbers whose words are looked at; it grows to the longest task. */
let scratch = new Float64Array(64);
let scratchWords = new Uint32Array(scratch.buffer);

/** Tells one task from another. */
export function checkOfTask({ operation, ids, values }: Task): number {
  if (values.length > scratch.length) {
    scratch = new Float64Array(2 * values.length);
    scratchWords = new Uint32Array(scratch.buffer);
  }
  scratch.set(values);
  return checkOf(scratchWords, 0, 2 * values.length, checkOf(ids, 0, ids.length, operation));
}

/** Appends the item; the sums are copied. */
export function appendSums(blocks: Blocks<unknown>, task: Task, sums: readonly Sums[]): void {
  let bytes = HEAD_BYTES;
  for (const { keys, values } of sums) bytes += CHANNEL_BYTES + (keys instanceof Uint32Array ? padded(keys.byteLength) : 0) + values.byteLength;
  assertFits(bytes);
  const begin = blocks.take(bytes);
  const { words, doubles } = blocks;
  let at = begin + TASK;
  words[at++] = checkOfTask(task);
  words[at++] = task.operation;
  words[at++] = task.ids.length;
  words[at++] = task.values.length;
  words[at++] = sums.length;
  for (const { keys, width, values } of sums) {
    if (keys instanceof Uint32Array) {
      at = putChannel(words, at, Form.List, width, 0, keys.length);
      words.set(keys, at);
      at += keys.length + (keys.length & 1);
    } else at = putChannel(words, at, Form.Run, width, keys.first, keys.count);
    doubles.set(values, at >> 1);
    at += 2 * values.length;
  }
  sealItem(words, begin, Item.Sums, bytes);
}

function putChannel(words: Uint32Array, at: number, form: number, width: number, first: number, count: number): number {
  words[at] = form;
  words[at + 1] = width;
  words[at + 2] = first;
  words[at + 3] = count;
  return at + 4;
}

/** What the item says of the task it answers. */
export interface RecordedTask {
  readonly check: number;
  readonly operation: number;
  readonly ids: number;
  readonly values: number;
}

export function recordedTask(words: Uint32Array): RecordedTask {
  const [check, operation, ids, values] = words.subarray(TASK) as unknown as [number, number, number, number];
  return { check, operation, ids, values };
}

/** The sums of an item, copied. Throws RecordError when its lengths do not add up, before it makes anything that long. */
export function sumsOf(words: Uint32Array, where: string): Sums[] {
  const sums: Sums[] = [];
  const channels = words[TASK + 4]!;
  let at = HEAD_BYTES >> 2;
  for (let channel = 0; channel < channels; channel++) {
    if (at + 4 > words.length) throw new RecordError(where, `${channels} channels, of which ${channel} are there`);
    const [form, width, first, count] = words.subarray(at, at + 4) as unknown as [number, number, number, number];
    at += 4;
    const listed = form === Form.List ? count + (count & 1) : 0;
    const end = at + listed + 2 * width * count;
    if (form > Form.List || end > words.length) throw new RecordError(where, `a channel of form ${form} with ${count} × ${width} sums in ${4 * (words.length - at)} bytes`);
    const keys = form === Form.List ? words.slice(at, at + count) : { first, count };
    sums.push({ keys, width, values: new Float64Array(words.slice(at + listed, end).buffer) });
    at = end;
  }
  if (at !== words.length) throw new RecordError(where, `${4 * (words.length - at)} bytes after its last channel`);
  return sums;
}
