/**
 * What a run's scheduler was told, so that another can come to the same state: a program is a function of its data, its flags and
 * the sums its tasks were answered with. In: tasks and sums, in the order of the tasks. Out: bytes, from which a scheduler that
 * runs the program from its beginning gets the same sums without any worker, until the record ends and the run is live.
 *
 * A run without end would make a record without end. So where a program comes to a place from which it could go on knowing a
 * state, it asks for that state once (`resumed`), and says whenever it comes by again (`milestone`): what the record then holds
 * since it asked is replaced by the state. Places nest: a state of the outer one replaces all that the inner ones left.
 */
import { DataError } from '../data/dataset.js';
import type { Commit, SchedulerState, Sums, Task } from '../program.js';
import { Blocks, Segment } from './course-blocks.js';
import { hex, Item } from './course-items.js';
import { Replay } from './course-replay.js';
import { appendPlace, encodeState, placeOf, stateOf, type PlaceState } from './course-states.js';
import { appendSums, checkOfTask, recordedTask, sumsOf } from './course-sums.js';

export { Segment } from './course-blocks.js';
export { RecordError } from './course-items.js';

/** A program asks for something else than it did when the record was made. */
export class DivergedError extends DataError {
  constructor(recorded: string, asked: string) {
    super(`the data, the flags or the version differ from those of the checkpoint: the recorded run went on with ${recorded}, this one with ${asked}`);
  }
}

/** A record that grew by so much since its last state, and by more than that state, gets another. */
const STAGE_BYTES = 1 << 18;

/** Where a program asked for its state. */
interface Mark {
  /** The block that begins with the item of this place. */
  readonly block: number;
  /** Bytes of that item: the place's name, or its state. */
  bytes: number;
}

/** `Ref` is where somebody keeps a segment. */
export class Course<Ref> {
  readonly #blocks: Blocks<Ref>;
  /** Null when the run is live. */
  #replay: Replay<Ref> | null;
  /** By place; the block of each begins with the place's item. */
  readonly #marks = new Map<string, Mark>();
  #isWanted = false;

  /** `saved`: the segments of a checkpoint, with content. Throws RecordError when they are not whole. */
  constructor(saved: readonly Segment<Ref>[] = []) {
    this.#blocks = new Blocks(saved);
    this.#replay = saved.length > 0 ? new Replay(saved) : null;
  }

  /** Tasks are answered from the record. */
  get replaying(): boolean {
    return this.#replay !== null;
  }

  /** Of the record. */
  get bytes(): number {
    return this.#blocks.bytes;
  }

  /** The sums that answered this task when the record was made; null once the record has ended. Throws DivergedError when it answers another task. */
  recall(task: Task): Sums[] | null {
    const replay = this.#replay;
    if (!replay) return null;
    while (replay.next === Item.Place) this.#goOn(replay);
    if (!this.#replay) return null;
    const { where } = replay;
    const item = replay.peek();
    if (replay.next === Item.State) throw new DivergedError(`its state at ${stateOf(item, where).place}`, nameOf(task));
    const recorded = recordedTask(item);
    if (recorded.check !== checkOfTask(task)) {
      throw new DivergedError(describe(recorded.operation, recorded.ids, recorded.values, recorded.check), nameOf(task));
    }
    const sums = sumsOf(item, where);
    this.#goOn(replay);
    return sums;
  }

  /** Takes down what answered a task; the sums are copied. Once for each task of a live run, in the order of the tasks. */
  record(task: Task, sums: readonly Sums[]): void {
    appendSums(this.#blocks, task, sums);
  }

  /**
   * The program has come to a place, with no task in flight, and could go on from here with a state: that state, where the record has
   * one for here; null where the program has to go on by itself. To be asked once each time it comes to the place from outside.
   */
  resumed(place: string): PlaceState | null {
    const replay = this.#replay;
    if (!replay) {
      const bytes = appendPlace(this.#blocks, place);
      this.#marks.set(place, { block: this.#blocks.sealed, bytes });
      return null;
    }
    const { block, where } = replay;
    const item = replay.next === Item.Sums ? null : replay.peek();
    if (replay.next === Item.Place && placeOf(item!, where) === place) {
      this.#marks.set(place, { block, bytes: item!.byteLength });
      this.#goOn(replay);
    } else if (replay.next === Item.State) {
      const { place: found, state, queued } = stateOf(item!, where);
      if (found !== place) return null;
      this.#marks.set(place, { block, bytes: item!.byteLength });
      this.#goOn(replay);
      return { state, queued };
    }
    return null;
  }

  /**
   * The program comes by a place, with no task in flight and these commits queued. Its state is only asked for when the record has
   * grown, or somebody wants it short.
   */
  milestone(place: string, state: () => SchedulerState, queued: readonly Commit[]): void {
    const mark = this.#marks.get(place);
    if (this.#replay || !mark) return;
    const since = this.bytes - this.#blocks.offsetOf(mark.block) - mark.bytes;
    if (since <= (this.#isWanted ? 0 : Math.max(STAGE_BYTES, mark.bytes))) return;
    const item = encodeState(place, { state: state(), queued });
    this.#blocks.cut(mark.block);
    this.#blocks.append(item);
    mark.bytes = item.byteLength;
    for (const [other, { block }] of this.#marks) if (block > mark.block) this.#marks.delete(other);
    this.#isWanted = false;
  }

  /** The next milestone is to shorten the record, however little it has grown: a checkpoint is due. */
  want(): void {
    this.#isWanted = true;
  }

  /**
   * What a checkpoint has to keep, in order. Segments are the same objects as the last time where they are the same bytes, except for the
   * last one; one that was kept (`Segment.keep`) is no longer in memory, and one that a milestone made needless no longer here.
   */
  segments(): readonly Segment<Ref>[] {
    return this.#blocks.segments();
  }

  #goOn(replay: Replay<Ref>): void {
    replay.skip();
    if (replay.next === null) this.#replay = null;
  }
}

function nameOf(task: Task): string {
  return describe(task.operation, task.ids.length, task.values.length, checkOfTask(task));
}

function describe(operation: number, ids: number, values: number, check: number): string {
  return `a task of operation ${operation} with ${ids} ids and ${values} values (check ${hex(check)})`;
}
