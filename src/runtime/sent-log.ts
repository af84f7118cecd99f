/**
 * What the scheduler has sent to the workers since their last snapshot. In: tasks with the commits before them, as they are sent. Out: the same
 * again, for workers that were brought back to that snapshot. A run sends thousands of tasks a second, each of a few numbers, so that the
 * arrays' own objects would be most of it: entries lie in blocks, end to end.
 */
import type { Commit, Task } from '../program.js';

export interface Sent {
  /** The task's number on the bus. */
  readonly id: number;
  readonly round: number;
  readonly task: Task;
  /** Go ahead of the task. */
  readonly commits: readonly Commit[];
  /** Every task up to this number had been pushed by all when this one was sent. */
  readonly after: number;
}

const BLOCK_BYTES = 1 << 18;

/** Words of an entry before its arrays; of each commit there follow as many of its own. Both are even, so that what follows may be float64. */
const HEAD_WORDS = 8;
const COMMIT_WORDS = 2;

/** Memory in two views, and what of it entries fill. */
interface Block {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly doubles: Float64Array<ArrayBuffer>;
  /** Its entries are the words [begin, end). */
  begin: number;
  end: number;
}

export class SentLog {
  #blocks: Block[] = [];
  #count = 0;
  #bytes = 0;

  /** Of the memory that it takes. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** From the oldest on; their arrays are views of the log. */
  *entries(): Generator<Sent> {
    for (const block of this.#blocks) for (let at = block.begin; at < block.end; at += lengthAt(block, at)) yield entryAt(block, at);
  }

  /** Copies what a program may use again. */
  add({ id, round, task, commits, after }: Sent): void {
    const length = lengthOf(task, commits);
    const block = this.#blockFor(length);
    const { words } = block;
    const begin = block.end;
    block.end += length;
    words.set([length, id, round, after, commits.length, task.operation, task.ids.length, task.values.length], begin);
    let at = begin + HEAD_WORDS;
    for (const { ids, values } of commits) {
      words[at++] = ids.length;
      words[at++] = values.length;
    }
    at = put(block, at, task);
    for (const commit of commits) at = put(block, at, commit);
    this.#count++;
  }

  /** Drops the tasks up to number `id`: a snapshot was taken behind them. */
  dropUpTo(id: number): void {
    for (const block of this.#blocks) {
      for (; block.begin < block.end && block.words[block.begin + 1]! <= id; block.begin += lengthAt(block, block.begin)) this.#count--;
    }
    this.#blocks = this.#blocks.filter(({ begin, end }) => begin < end);
    this.#bytes = this.#blocks.reduce((sum, { words }) => sum + words.byteLength, 0);
  }

  #blockFor(length: number): Block {
    const last = this.#blocks.at(-1);
    if (last && last.end + length <= last.words.length) return last;
    const memory = new ArrayBuffer(Math.max(BLOCK_BYTES, 4 * length));
    const block: Block = { words: new Uint32Array(memory), doubles: new Float64Array(memory), begin: 0, end: 0 };
    this.#blocks.push(block);
    this.#bytes += memory.byteLength;
    return block;
  }
}

type Arrays = Pick<Task, 'ids' | 'values'>;

function lengthOf(task: Task, commits: readonly Commit[]): number {
  return commits.reduce((sum, commit) => sum + COMMIT_WORDS + wordsOf(commit.ids.length, commit.values.length), HEAD_WORDS + wordsOf(task.ids.length, task.values.length));
}

/** Ids come before values, which begin at an even word. */
function wordsOf(ids: number, values: number): number {
  return evenFrom(ids) + 2 * values;
}

function evenFrom(words: number): number {
  return words + (words & 1);
}

/** Returns where the next arrays go. */
function put({ words, doubles }: Block, at: number, { ids, values }: Arrays): number {
  words.set(ids, at);
  doubles.set(values, (at + evenFrom(ids.length)) >> 1);
  return at + wordsOf(ids.length, values.length);
}

function lengthAt({ words }: Block, at: number): number {
  return words[at]!;
}

function entryAt(block: Block, begin: number): Sent {
  const [, id, round, after, commits, operation, ids, values] = block.words.subarray(begin, begin + HEAD_WORDS) as unknown as [number, number, number, number, number, number, number, number];
  const sizes = begin + HEAD_WORDS;
  let at = sizes + COMMIT_WORDS * commits;
  const next = (idCount: number, valueCount: number): Arrays => {
    const arrays = arraysAt(block, at, idCount, valueCount);
    at += wordsOf(idCount, valueCount);
    return arrays;
  };
  const task = { operation, ...next(ids, values) };
  return { id, round, after, task, commits: Array.from({ length: commits }, (_, k) => next(block.words[sizes + 2 * k]!, block.words[sizes + 2 * k + 1]!)) };
}

function arraysAt({ words, doubles }: Block, at: number, ids: number, values: number): Arrays {
  const begin = (at + evenFrom(ids)) >> 1;
  return { ids: words.subarray(at, at + ids), values: doubles.subarray(begin, begin + values) };
}
