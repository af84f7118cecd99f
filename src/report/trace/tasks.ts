/**
 * Tasks between schedule and pull. In: what the scheduler and the workers did for each, as it becomes known: a worker's spans come some
 * time after its answer. Out, for each task once all is known: the loop's wait for it, and who served it.
 */
import type { Interval } from './intervals.js';
import type { Served, Wait } from './round-ledger.js';
import type { AnySpan, PushSpan, WorkerActivity } from './spans.js';
import type { FlowPoint, Placed } from './timeline.js';

/** Tasks that a worker may tell of before the spans of an earlier one: those of a GPU come late. */
const PATIENCE = 64;
/** Tasks that wait for the spans of their workers at the most. */
const MOST_OPEN = 8192;

interface WorkerPart {
  push: PushSpan | null;
  placed: Placed | null;
  readonly parts: Map<WorkerActivity, Interval[]>;
}

interface OpenTask {
  readonly id: number;
  /** Variables in its block. */
  readonly ids: number;
  sent: number;
  heard: number;
  slowest: number | null;
  wait: Pick<Wait, 'begin' | 'end' | 'recording'> | null;
  pulled: boolean;
  /** Begins of the spans in the scheduler's track, for arrows. */
  scheduledAt: FlowPoint | null;
  pulledAt: FlowPoint | null;
  readonly adding: Interval[];
  readonly workers: Map<number, WorkerPart>;
}

/** A task of which nothing more comes. */
export interface SettledTask {
  readonly wait: Wait | null;
  /** Arrows schedule → push → pull, one a worker. */
  readonly arrows: readonly (readonly FlowPoint[])[];
}

export class Tasks {
  readonly #settled: (task: SettledTask) => void;
  readonly #open = new Map<number, OpenTask>();
  /** By worker: the last task it told of. */
  readonly #told = new Map<number, number>();

  constructor(settled: (task: SettledTask) => void) {
    this.#settled = settled;
  }

  begin(id: number, ids: number): void {
    this.#open.set(id, { id, ids, sent: 0, heard: 0, slowest: null, wait: null, pulled: false, scheduledAt: null, pulledAt: null, adding: [], workers: new Map() });
  }

  /** The block's size; null for a task that is long over, or for none. */
  idsOf(id: number): number | null {
    return this.#open.get(id)?.ids ?? null;
  }

  sent(id: number, at: number, scheduledAt: FlowPoint | null): void {
    const task = this.#open.get(id);
    if (!task) return;
    task.sent = at;
    task.scheduledAt = scheduledAt;
  }

  /** A frame of the task was taken in; with the last of a worker it has answered. */
  heard(id: number, worker: number, taken: Interval, isAnswer: boolean): void {
    const task = this.#open.get(id);
    if (!task) return;
    task.adding.push(taken);
    if (!isAnswer) return;
    task.slowest = worker;
    task.heard = taken.end;
  }

  waited(id: number, wait: Pick<Wait, 'begin' | 'end' | 'recording'>): void {
    const task = this.#open.get(id);
    if (task) task.wait = wait;
  }

  pulled(id: number, pulledAt: FlowPoint | null): void {
    const task = this.#open.get(id);
    if (!task) return;
    task.pulled = true;
    task.pulledAt = pulledAt;
    this.#settleSome();
  }

  /** A span of a worker, in the scheduler's clock. */
  served(worker: number, span: AnySpan, placed: Placed | null): void {
    const task = this.#open.get(span.task);
    if (!task) return;
    let part = task.workers.get(worker);
    if (part === undefined) {
      part = { push: null, placed: null, parts: new Map() };
      task.workers.set(worker, part);
    }
    if (span.activity === 'push') {
      this.#told.set(worker, span.task);
      part.push = span as PushSpan;
      part.placed = placed;
    } else {
      const known = part.parts.get(span.activity);
      if (known) known.push(span);
      else part.parts.set(span.activity, [span]);
    }
  }

  /** Nothing more comes of any task. */
  settleAll(): void {
    for (const task of this.#open.values()) this.#settle(task);
    this.#open.clear();
  }

  #settleSome(): void {
    const toldOf = Math.min(...this.#told.values()) - PATIENCE;
    for (const task of this.#open.values()) {
      const isComplete = task.pulled && task.workers.size > 0 && task.id <= toldOf;
      if (!isComplete && this.#open.size <= MOST_OPEN) return;
      this.#settle(task);
      this.#open.delete(task.id);
    }
  }

  #settle({ wait, sent, heard, adding, slowest, workers, scheduledAt, pulledAt }: OpenTask): void {
    const served = slowest === null ? null : servedBy(workers.get(slowest));
    const arrows = [...workers.values()].flatMap(({ push, placed }) => (push && placed && scheduledAt && pulledAt ? [[scheduledAt, { placed, at: push.begin }, pulledAt]] : []));
    this.#settled({ wait: wait && { ...wait, sent, heard, adding, slowest: served }, arrows });
  }
}

function servedBy(part: WorkerPart | undefined): Served | null {
  if (!part?.push) return null;
  const { received, begin, end } = part.push;
  return { received, begin, end, parts: part.parts };
}
