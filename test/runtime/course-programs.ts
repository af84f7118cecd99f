/** Programs of the scheduler's side, made at random, and what runs them: shards that remember everything, and a course. */
import fc from 'fast-check';
import type { Commit, Sums, Task } from '../../src/program.js';
import { Course, Segment } from '../../src/runtime/course.js';

/** A program: sends, so many in flight at once, commits that leave with the next send, and loops that know a state at their place. */
export type Step =
  | { readonly kind: 'sends'; readonly count: number; readonly inFlight: number; readonly operation: number }
  | { readonly kind: 'commit' }
  | { readonly kind: 'loop'; readonly place: string; readonly times: number; readonly at: 'head' | 'end'; readonly body: readonly Step[] };

/** Programs of at most 40 sends. */
export function programs(): fc.Arbitrary<readonly Step[]> {
  const sends = fc.record({ kind: fc.constant('sends' as const), count: fc.integer({ min: 0, max: 5 }), inFlight: fc.integer({ min: 1, max: 3 }), operation: fc.integer({ min: 0, max: LARGE }) });
  const commit = fc.constant({ kind: 'commit' as const });
  const { program } = fc.letrec<{ step: Step; program: readonly Step[] }>((tie) => ({
    program: fc.array(tie('step'), { minLength: 1, maxLength: 4 }),
    step: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 3, arbitrary: sends },
      { weight: 1, arbitrary: commit },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('loop' as const),
          place: fc.constantFrom('sweep', 'penalty', 'certificate', 'größe'),
          times: fc.integer({ min: 0, max: 4 }),
          at: fc.constantFrom('head' as const, 'end' as const),
          body: tie('program'),
        }),
      },
    ) as fc.Arbitrary<Step>,
  }));
  return program.filter((steps) => sendsOf(steps) <= 40);
}

function sendsOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => sum + (step.kind === 'sends' ? step.count : step.kind === 'loop' ? step.times * sendsOf(step.body) : 0), 0);
}

/** The operation that answers with 64 KiB. */
const LARGE = 3;
const LARGE_SUMS = 1 << 12;

/** What the shards are after the tasks and commits so far: a number that depends on all of them and their order. */
export class World {
  seen = 1;

  answer({ operation, ids, values }: Task, commits: readonly Commit[]): Sums[] {
    for (const commit of commits) for (const value of commit.values) this.#mix(value);
    for (const number of [operation, ...ids, ...values]) this.#mix(number);
    const count = operation === LARGE ? LARGE_SUMS : operation;
    const sums = new Float64Array(2 * count).fill(this.seen / 3);
    const listed = Uint32Array.from({ length: operation % 2 }, (_, i) => 7 * i + 1);
    return [
      { keys: { first: operation, count }, width: 2, values: sums },
      { keys: listed, width: 1, values: Float64Array.from(listed, (key) => -key * this.seen) },
    ];
  }

  #mix(number: number): void {
    this.seen = (this.seen * 31 + number) % 1_000_003;
  }
}

/** All that a run leaves behind at a moment between two sends. */
export interface Checkpoint {
  readonly segments: readonly Segment<number>[];
  readonly world: number;
  readonly sends: number;
}

export interface RunOptions {
  readonly from?: Checkpoint | undefined;
  /** Before which sends, of those that are live, a checkpoint is due at the next milestone. */
  readonly isDue?: (send: number) => boolean;
}

/** What a program's scheduler ends with. */
export interface End {
  readonly numbers: readonly number[];
  readonly world: number;
  readonly record: Buffer;
  /** One before each live send. */
  readonly checkpoints: readonly Checkpoint[];
  /** Live sends. */
  readonly sends: number;
}

/** Runs a program from its beginning, or as one that was interrupted at a checkpoint. */
export function runProgram(program: readonly Step[], { from, isDue }: RunOptions = {}): End {
  const course = new Course(from ? saved(from) : []);
  const world = new World();
  const checkpoints: Checkpoint[] = [];
  let isLive = !from;
  let queued: Commit[] = [];
  let sends = 0;
  let numbers = [0.5, -0];

  const goLive = () => {
    if (!isLive && from) world.seen = from.world;
    isLive = true;
  };
  const send = (task: Task): Sums[] => {
    const told = course.recall(task);
    if (told) {
      queued = [];
      return told;
    }
    goLive();
    checkpoints.push({ segments: kept(course), world: world.seen, sends });
    if (isDue?.(sends)) course.want();
    const sums = world.answer(task, queued);
    queued = [];
    course.record(task, sums);
    sends++;
    return sums;
  };
  const pull = (sums: readonly Sums[]) => {
    for (const { values } of sums) for (const value of values.subarray(0, 3)) numbers = [(numbers[0]! + value) / 2, numbers[1]! - value];
  };
  let depth = 0;
  const loop = ({ place: name, times, at, body }: Step & { kind: 'loop' }) => {
    // Loops one after another may share a place, one within another may not.
    const place = `${name} ${depth++}`;
    const resumed = course.resumed(place);
    let time = 0;
    if (resumed) {
      ({ time } = resumed.state.facts as { time: number });
      numbers = [...(resumed.state.arrays[0] as Float64Array), (resumed.state.facts as { second: number }).second];
      queued = [...resumed.queued];
    }
    const state = () => ({ facts: { time, second: numbers[1] }, arrays: [Float64Array.of(numbers[0]!), Uint8Array.of(1, 2, 3)] });
    while (time < times) {
      if (at === 'head') course.milestone(place, state, queued);
      run(body);
      time++;
      if (at === 'end') course.milestone(place, state, queued);
    }
    depth--;
  };
  const run = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === 'loop') loop(step);
      else if (step.kind === 'commit') queued.push({ ids: Uint32Array.of(5), values: Float64Array.of(numbers[0]!) });
      else {
        const open: Sums[][] = [];
        for (let i = 0; i < step.count; i++) {
          if (open.length === step.inFlight) pull(open.shift()!);
          open.push(send({ operation: step.operation, ids: Uint32Array.of(i, 9), values: Float64Array.of(numbers[0]!, numbers[1]!) }));
        }
        open.forEach(pull);
      }
    }
  };
  run(program);
  goLive();
  return { numbers, world: world.seen, record: joined(course.segments()), checkpoints, sends };
}

/** The segments as a checkpoint keeps them: bytes that nothing changes any more. */
function kept(course: Course<number>): Segment<number>[] {
  return course.segments().map(({ content, ref }) => new Segment(content!, ref));
}

/** Read again, from memory that is aligned to nothing. */
function saved({ segments }: Checkpoint): Segment<number>[] {
  return segments.map(({ content }) => new Segment<number>(unaligned(content!), null));
}

function unaligned(content: Uint8Array): Uint8Array {
  const copy = new Uint8Array(content.byteLength + 1).subarray(1);
  copy.set(content);
  return copy;
}

export function joined(segments: readonly Segment<unknown>[]): Buffer {
  return Buffer.concat(segments.map(({ content }) => content!));
}
