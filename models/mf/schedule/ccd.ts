/**
 * CCD++ as a STRADS program. A round visits one rank: the users take their step and sum numerators and denominators by item
 * (push), which combine into the items' values at that rank (pull). The columns a visit needs ride with its tasks, span by
 * span; the workers send the next rank's along with their sums, so that a visit is one round. With implicit feedback the
 * items' step needs the users' Gram column, and a visit is two rounds.
 */
import type { Commit, SchedulerProgram, SchedulerState, Sums, Task } from '../../../src/program.js';
import type { Cluster } from '../../../src/runtime/cluster.js';
import { gather } from '../../../src/runtime/rounds.js';
import { ItemRankChannel, Operation, SPAN_COLUMNS, SUMS_WIDTH, UserRankChannel } from '../operations.js';
import { packed } from '../packed.js';
import { fixedColumn, NO_COLUMN, trainedColumns, type Shape } from '../shape.js';
import { sumOfAll } from '../shard-tree.js';
import type { Sweeper } from './algorithm.js';
import { cyclicRanks, priorityRanks, type RankOrder } from './ranks.js';

export interface CcdOptions {
  readonly shape: Shape;
  /** First position of every span, and the number of items. */
  readonly spans: readonly number[];
  readonly implicit: boolean;
  readonly nonNegative: boolean;
  readonly priority: boolean;
  readonly seed: number;
}

/** Whether a pass over the users ends with their steps. */
const STAY = 0;
const STEP = 1;

const NOTHING: Commit = { ids: new Uint32Array(0), values: new Float64Array(0) };

/** Numbers of all items at one rank. */
type Column = Float64Array<ArrayBuffer>;

interface CcdFacts {
  readonly rank: number;
  readonly order: unknown;
}

class CcdProgram implements SchedulerProgram {
  readonly #options: CcdOptions;
  readonly #order: RankOrder;
  readonly #spans: number;
  readonly #shards: number;
  readonly #penalties: Column;
  /** The rank in work and the items' values there; those of the next rank as they come in. */
  rank: number;
  #now: Column;
  #next: number;
  #nextColumn: Column;
  /** The rank before, whose step the residuals have not seen, and the items' values after and before it. */
  #before = NO_COLUMN;
  #newest: Column;
  #older: Column;
  /** With implicit feedback: the items' Gram column at the rank in work and at the next, and the users'. */
  #itemGram: Column;
  #nextGram: Column;
  #userGram: Column;
  #decrease = 0;

  constructor(options: CcdOptions, shards: number) {
    this.#options = options;
    this.#shards = shards;
    const { shape, spans, priority, seed } = options;
    this.#order = priority ? priorityRanks(trainedColumns(shape), seed) : cyclicRanks(trainedColumns(shape));
    this.#spans = spans.length - 1;
    const items = spans[this.#spans];
    [this.#now, this.#nextColumn, this.#newest, this.#older, this.#penalties] = Array.from({ length: 5 }, () => new Float64Array(items)) as [Column, Column, Column, Column, Column];
    [this.#itemGram, this.#nextGram, this.#userGram] = [0, 1, 2].map(() => new Float64Array(shape.stride)) as [Column, Column, Column];
    this.rank = this.#order.next();
    this.#next = this.rank;
  }

  *schedule(round: number): Iterable<Task> {
    const { implicit } = this.#options;
    if (!implicit || round % 2 === 0) yield* this.#userTasks();
    if (!implicit || round % 2 === 1) {
      this.#next = this.#order.next();
      yield* this.#itemTasks();
    }
  }

  pull(_round: number, { operation, ids }: Task, sums: readonly Sums[]): Commit {
    if (operation === Operation.UserRank) {
      this.#decrease += sums[UserRankChannel.Decrease]?.values[0] ?? 0;
      if (this.#options.implicit && sums[UserRankChannel.Gram]?.values.length) this.#userGram.set(sums[UserRankChannel.Gram].values);
      return NOTHING;
    }
    const span = ids[2];
    this.#takeNext(sums);
    this.#step(span, sums);
    if (span === this.#spans - 1) this.#moveOn();
    return NOTHING;
  }

  /** The tasks that bring the items' values before the first visit. */
  fetch(): Iterable<Task> {
    return fetchTasks(this.rank, this.#spans);
  }

  fetched(sums: readonly Sums[]): void {
    this.#takeNext(sums);
    takeColumn(this.#penalties, sums[ItemRankChannel.Penalties]);
    this.#now.set(this.#nextColumn);
    for (let k = 0; k < this.#nextGram.length; k++) this.#itemGram[k] += this.#nextGram[k];
    this.#nextGram.fill(0);
  }

  /** The tasks that bring the residuals up to date with the last visit; afterwards there is none. */
  *settle(): Iterable<Task> {
    const columns = { newest: this.#newest, older: this.#older, now: new Float64Array(this.#now.length) };
    yield* settleTasks({ rank: this.#before, before: this.#before }, columns, this.#options.spans);
    this.#before = NO_COLUMN;
    this.#newest.fill(0);
    this.#older.fill(0);
  }

  /** Between sweeps: nothing is pending, and a visit has its own Gram columns and the next rank's values from the workers. */
  state(): SchedulerState {
    const { facts, arrays } = this.#order.state();
    return { facts: { rank: this.rank, order: facts } satisfies CcdFacts, arrays: [this.#now, this.#penalties, this.#itemGram, ...arrays] };
  }

  resume({ facts, arrays: [now, penalties, itemGram, ...arrays] }: SchedulerState): void {
    const { rank, order } = facts as CcdFacts;
    this.rank = this.#next = rank;
    this.#now.set(now);
    this.#penalties.set(penalties);
    this.#itemGram.set(itemGram);
    this.#order.resume({ facts: order, arrays });
  }

  *#userTasks(): Iterable<Task> {
    for (let span = 0; span < this.#spans; span++) {
      yield { operation: Operation.UserRank, ids: Uint32Array.of(this.rank, this.#before, span, STEP), values: this.#columnsOf(span, this.#itemGram) };
    }
  }

  *#itemTasks(): Iterable<Task> {
    const areThere = this.#spans === 1 && !this.#options.implicit;
    for (let span = 0; span < this.#spans; span++) {
      yield { operation: Operation.ItemRank, ids: Uint32Array.of(this.rank, this.#next, span), values: areThere ? NOTHING.values : this.#columnsOf(span, this.#userGram) };
    }
  }

  #columnsOf(span: number, gram: Column): Float64Array {
    const { spans, implicit } = this.#options;
    return spanColumns({ newest: this.#newest, older: this.#older, now: this.#now }, spans, span, implicit ? gram : null);
  }

  /** Keeps the next rank's values and its Gram column, of which each span brings a part. */
  #takeNext(sums: readonly Sums[]): void {
    takeColumn(this.#nextColumn, sums[ItemRankChannel.Columns]);
    const gram = sums[ItemRankChannel.Gram]?.values;
    if (gram) for (let k = 0; k < gram.length; k++) this.#nextGram[k] += gram[k];
  }

  /** The minimum along this rank for every item of a span. */
  #step(span: number, sums: readonly Sums[]): void {
    const { shape, spans, implicit, nonNegative } = this.#options;
    const { rank } = this;
    const pushed = sumOfAll((node) => pushedOn(sums, ItemRankChannel.Sums + node), this.#shards);
    const { keys, width, values: columns } = sums[ItemRankChannel.Columns];
    const first = 'first' in keys ? keys.first : keys[0];
    const isBounded = nonNegative && rank < shape.ranks;
    const isFixed = rank === fixedColumn(shape, 'item');
    for (let position = spans[span], at = 0; position < spans[span + 1]; position++, at++) {
      const old = this.#now[position];
      const penalty = this.#penalties[position];
      const gradient = pushed[at * SUMS_WIDTH] - penalty * old - (implicit ? columns[(position - first) * width + 1] : 0);
      const denominator = pushed[at * SUMS_WIDTH + 1] + penalty + (implicit ? this.#userGram[rank] : 0);
      const target = denominator > 0 ? old + gradient / denominator : old;
      const value = isFixed ? old : Math.fround(isBounded ? Math.max(0, target) : target);
      this.#decrease += (value - old) ** 2 * denominator;
      this.#newest[position] = value;
      this.#older[position] = old;
      if (this.#next === rank) this.#nextColumn[position] = value;
      if (implicit) this.#nextGram[rank] += this.#next === rank ? value * value - old * old : this.#nextColumn[position] * (value - old);
    }
  }

  #moveOn(): void {
    this.#order.visited(this.rank, this.#decrease);
    this.#decrease = 0;
    this.#before = this.rank;
    this.rank = this.#next;
    [this.#now, this.#nextColumn] = [this.#nextColumn, this.#now];
    [this.#itemGram, this.#nextGram] = [this.#nextGram, this.#itemGram];
    this.#nextGram.fill(0);
  }
}

export function ccdSweeper(cluster: Cluster, options: CcdOptions): Sweeper {
  const program = new CcdProgram(options, cluster.shards);
  const rounds = trainedColumns(options.shape).length * (options.implicit ? 2 : 1);
  let round = 0;
  return {
    async begin(isWarm) {
      if (isWarm) await absorb(cluster, options);
      await gather(cluster, 0, program.fetch(), (_, sums) => program.fetched(sums));
    },
    async sweep() {
      for (let visit = 0; visit < rounds; visit++, round++) await gather(cluster, round, program.schedule(round), (task, sums) => program.pull(round, task, sums));
      await gather(cluster, round, program.settle(), () => undefined);
    },
    state() {
      const { facts, arrays } = program.state();
      return { facts: { round, program: facts }, arrays };
    },
    resume({ facts, arrays }) {
      const saved = facts as { round: number; program: unknown };
      round = saved.round;
      program.resume({ facts: saved.program, arrays });
    },
  };
}

/** The items' columns that go with a task. */
interface Columns {
  /** Values at the rank before, after its visit and before it. */
  readonly newest: Column;
  readonly older: Column;
  /** Values at the rank of the task. */
  readonly now: Column;
}

/** What goes with a task: the columns of a span one after another, then a Gram column if there is one. */
function spanColumns({ newest, older, now }: Columns, spans: readonly number[], span: number, gram: Column | null): Float64Array {
  const [begin, end] = [spans[span], spans[span + 1]];
  const values = new Float32Array(SPAN_COLUMNS * (end - begin) + (gram?.length ?? 0));
  for (const [k, column] of [newest, older, now].entries()) values.set(column.subarray(begin, end), k * (end - begin));
  if (gram) values.set(gram, SPAN_COLUMNS * (end - begin));
  return packed(values);
}

/** The passes, first by user and then by item, that bring the residuals up to date without a step. */
function* settleTasks({ rank, before }: { rank: number; before: number }, columns: Columns, spans: readonly number[]): Iterable<Task> {
  const count = spans.length - 1;
  for (let span = 0; span < count; span++) yield { operation: Operation.UserRank, ids: Uint32Array.of(rank, before, span, STAY), values: spanColumns(columns, spans, span, null) };
  for (let span = 0; span < count; span++) yield { operation: Operation.SettleItems, ids: Uint32Array.of(span), values: count === 1 ? NOTHING.values : spanColumns(columns, spans, span, null) };
}

function* fetchTasks(rank: number, spans: number): Iterable<Task> {
  for (let span = 0; span < spans; span++) yield { operation: Operation.FetchRank, ids: Uint32Array.of(rank, span), values: NOTHING.values };
}

/** Takes what factors from elsewhere predict off the residuals, which start as the ratings, one rank after another. */
async function absorb(cluster: Cluster, { shape, spans }: CcdOptions): Promise<void> {
  const items = spans.at(-1)!;
  for (let rank = 0; rank < shape.stride; rank++) {
    const column = new Float64Array(items);
    await gather(cluster, 0, fetchTasks(rank, spans.length - 1), (_, sums) => takeColumn(column, sums[ItemRankChannel.Columns]));
    await gather(cluster, 0, absorbTasks(rank, column, spans), () => undefined);
  }
}

function* absorbTasks(rank: number, column: Column, spans: readonly number[]): Iterable<Task> {
  const none = new Float64Array(column.length);
  yield { operation: Operation.RecallRank, ids: Uint32Array.of(rank), values: NOTHING.values };
  yield* settleTasks({ rank, before: NO_COLUMN }, { newest: column, older: none, now: none }, spans);
}

/** What came on a channel, if anything did. */
function pushedOn(sums: readonly Sums[], channel: number): Float64Array | undefined {
  const values = sums[channel]?.values;
  return values?.length ? values : undefined;
}

/** The items' values out of what their shards sent, by position. */
function takeColumn(column: Column, { keys, width, values }: Sums): void {
  const first = 'first' in keys ? keys.first : keys[0];
  for (let j = 0; j < values.length / width; j++) column[first + j] = values[j * width];
}
