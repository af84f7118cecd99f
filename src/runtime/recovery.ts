/**
 * What makes up for workers that are lost, leave, come, or are slow. In: what the cluster sees of its workers and tasks. Out: workers brought
 * back to the last snapshot, shards without a host opened elsewhere, and everything sent since then sent again, while the scheduler's
 * half of the program waits and notices nothing; now and then a snapshot, which is a checkpoint where the user asked for them.
 *
 * Everything a shard is follows from its data and the frames it was sent, so what is done again comes out the same, bit for bit.
 */
import type { BlockRef } from '../checkpoint/blocks.js';
import { CheckpointError } from '../checkpoint/error.js';
import type { Frame } from '../bus/link.js';
import { WorkerError } from './cluster.js';
import { Course } from './course.js';
import type { Landed } from './flight.js';
import type { Hosting } from './hosting.js';
import { outcomeOf, type Incident, type Trouble } from './incident.js';
import { jsonOf, Verb, type LostLink } from './protocol.js';
import { Rewind, type Machinery } from './rewind.js';
import type { Seat } from './seat.js';
import { SentLog, type Sent } from './sent-log.js';
import { Signal } from './signal.js';
import type { Asked, SnapshotKeeper } from './snapshot-keeper.js';
import { UnsavableError } from './snapshots.js';
import { Watch } from './watch.js';

export interface RecoveryOptions {
  readonly keeper: SnapshotKeeper;
  /** Shards may go on on another kind of engine, with other bits. */
  readonly allowEngineChange: boolean;
  /** How long to wait for a worker where nobody is left who could go on, ms. */
  readonly patienceMs: number;
  /** A push that takes longer than this, and than the run's pace lets expect, is taken for dead, ms. */
  readonly deadlineMs: number;
  /** Takes sentences for a person. */
  readonly notice: (sentence: string) => void;
}

/** What the recovery works on. */
export interface Patient extends Machinery {
  /** Ends the run. */
  fail(error: Error): void;
}

/** Sent frames are kept up to this many bytes; then a snapshot is due. */
const LOG_BYTES = 1 << 26;
/** Frames are no longer kept beyond this, and a loss ends the run: for programs that can't be saved. */
const MOST_LOG_BYTES = 1 << 28;
/** How long one that could not leave waits, ms. */
const MS_TO_ASK_AGAIN = 5000;

export class Recovery {
  readonly incidents: Incident[] = [];
  /** What the scheduler goes through, where checkpoints are asked for. */
  course: Course<BlockRef> | null = null;
  readonly #options: RecoveryOptions;
  readonly #machinery: Patient;
  readonly #keeper: SnapshotKeeper;
  readonly #rewind: Rewind;
  readonly #watch: Watch;
  #log: SentLog | null = new SentLog();
  #phase: 'before' | 'loading' | 'running' | 'over' = 'before';
  #troubles: Trouble[] = [];
  /** They wait for the next snapshot: without one that is kept no shard can move. */
  readonly #postponed: Trouble[] = [];
  /** Losses so far: what was begun before one is void. */
  #losses = 0;
  #mending: Promise<void> | null = null;
  /** A resumed run whose tasks are still answered from its record. */
  #isRecalling = false;
  #isSavable = true;
  #arrival = new Signal();
  #failure: Error | null = null;

  constructor(options: RecoveryOptions, machinery: Patient) {
    const { keeper, deadlineMs } = options;
    const { hosting, flight } = machinery;
    this.#options = options;
    this.#machinery = machinery;
    this.#keeper = keeper;
    this.#rewind = new Rewind(machinery, keeper);
    this.#watch = new Watch({ hosting, flight, deadlineMs, isPaused: () => this.isWanted, slow: (seat) => this.#note('slow', seat) });
  }

  /** How often the workers were brought to a point. */
  get attempt(): number {
    return this.#rewind.attempt;
  }

  /** The next task has to wait. */
  get isWanted(): boolean {
    return this.#mending !== null || this.#troubles.length > 0 || this.#isRecalling || (this.#keeper.isDue && this.#isSavable);
  }

  /** Opens every shard at its host, however many hosts are lost meanwhile. */
  async load(): Promise<void> {
    this.#phase = 'loading';
    const resumed = await this.#keeper.open();
    if (this.#keeper.recordsCourse) this.course = new Course(resumed?.segments ?? []);
    this.#isRecalling = resumed !== null;
    await this.#untilSettled(async () => {
      await this.#place();
      await this.#rewind.open();
    });
    this.#phase = 'running';
    this.#troubles = this.#troubles.filter(({ what }) => what !== 'lost');
    this.#keeper.start(() => this.course?.want());
    this.#watch.start();
  }

  /** Does `step` again for as long as workers are lost while it is done. */
  async #untilSettled(step: () => Promise<void>): Promise<void> {
    let losses: number;
    do {
      losses = this.#losses;
      await step();
      this.#throwIfFailed();
    } while (this.#losses !== losses);
  }

  /** What there is to do before the next task, the last one having been number `task`. */
  async attend(task: number): Promise<void> {
    const { flight } = this.#machinery;
    while (!this.#mending && !flight.isEmpty) await flight.changed();
    this.#throwIfFailed();
    if (this.#mending) return this.#mending;
    if (this.#isRecalling) return this.#goLive(task);
    if (this.#troubles.length + this.#postponed.length > 0) return this.#mend(() => this.#rearrange(task));
    await this.#snapshot(task);
  }

  sent(entry: Omit<Sent, 'after'>): void {
    if (!this.#log) return;
    this.#log.add({ ...entry, after: this.#machinery.flight.pushed });
    if (this.#log.bytes > LOG_BYTES) this.#keeper.hurry();
    if (this.#log.bytes > MOST_LOG_BYTES) this.#log = null;
  }

  /** A worker has pushed a task. */
  pushed(seat: Seat, task: number): void {
    this.#watch.pushed(seat, task);
  }

  landed({ task, sums }: Landed): void {
    this.course?.record(task, sums);
  }

  take(seat: Seat, received: Frame): void {
    if (received.kind === Verb.Restored) this.#rewind.restored(received.shard);
    else if (received.kind === Verb.Leaving) this.#leaves(seat);
    else if (received.kind === Verb.LinkLost) this.#linkLost(seat, jsonOf<LostLink>(received));
    else this.#keeper.take(seat, received);
  }

  joined(seat: Seat): void {
    this.#options.notice(`worker ${seat.member.name} has joined`);
    this.#arrival.resolve();
    this.#arrival = new Signal();
    this.#note('joined', seat);
  }

  /** `wasExpected`: it had given its shards away before it went. */
  lost(seat: Seat, why: string, wasExpected: boolean): void {
    if (wasExpected) return;
    const { name } = seat.member;
    if (seat.shards.length === 0) return this.#options.notice(`worker ${name} is gone: ${why}`);
    if (this.#log === null) return this.#machinery.fail(new WorkerError(`worker ${name} is gone: ${why}. ${UNSAVABLE}`));
    this.#options.notice(`worker ${name} is gone: ${why}; its shards go to others, from the last snapshot on`);
    this.#note('lost', seat);
    this.#disturb();
  }

  #note(what: Incident['what'], { member }: Seat): void {
    this.#troubles.push({ what, worker: member.name, since: performance.now() });
  }

  /** Workers have to be brought back to where all is known. */
  #disturb(): void {
    this.#losses++;
    this.#rewind.giveUp();
    void this.#abandonSnapshot();
    if (this.#phase === 'running' && !this.#mending) void this.#mend(() => this.#bringBack());
  }

  /** One thing at a time: whatever `step` does is made good where a worker was lost meanwhile. */
  #mend(step: () => Promise<void>): Promise<void> {
    const mended = async () => {
      for (let losses = -1, next = step; losses !== this.#losses; next = () => this.#bringBack()) {
        losses = this.#losses;
        await next();
        this.#throwIfFailed();
      }
    };
    this.#mending = mended().then(
      () => void (this.#mending = null),
      (error: Error) => this.#machinery.fail(error),
    );
    return this.#mending;
  }

  #abandonSnapshot(): Promise<void> {
    return this.#keeper.abandon(new CheckpointError('storage', 'the workers had to be brought back to an earlier point meanwhile'));
  }

  #leaves(seat: Seat): void {
    if (seat.state !== 'present') return;
    seat.state = 'leaving';
    this.#options.notice(`worker ${seat.member.name} would like to leave`);
    this.#note('left', seat);
  }

  /** Parcels were lost on the way from one worker to another; from now on they go by the scheduler. */
  #linkLost(seat: Seat, { worker, message }: LostLink): void {
    this.#options.notice(`the direct link from worker ${seat.member.name} to worker ${worker} is lost (${message}): what was on it is sent again, by the scheduler`);
    seat.relaysTo.add(worker);
    this.#disturb();
  }

  /** Brings all workers to the last snapshot, or to the beginning, and sends again what was sent since. */
  async #bringBack(): Promise<void> {
    const losses = this.#losses;
    const isVoid = () => this.#losses !== losses || this.#failure !== null;
    await this.#abandonSnapshot();
    const from = this.#keeper.latest;
    const moved = await this.#place();
    const troubles = this.#takeTroubles();
    this.#rewind.begin(from !== null);
    await this.#rewind.open();
    if (from && !isVoid()) await this.#rewind.restore(allShards(this.#machinery.hosting), isVoid);
    if (isVoid()) return this.#putBack(troubles);
    this.#machinery.flight.rewind(from?.task ?? 0);
    const repeated = this.#log!.count;
    await this.#rewind.sendAgain(this.#log!.entries(), isVoid);
    if (isVoid()) return this.#putBack(troubles);
    this.#report(troubles, moved, repeated);
  }

  /** Shards whose host is gone get another one; resolves to how many moved, once there are hosts for all. */
  async #place(): Promise<number> {
    const { hosting } = this.#machinery;
    await this.#untilHosts();
    const before = allShards(hosting).map((shard) => hosting.hostOf(shard));
    hosting.replace(this.#watch.rateOf);
    return before.filter((host, shard) => host !== hosting.hostOf(shard)).length;
  }

  async #untilHosts(): Promise<void> {
    const { hosting } = this.#machinery;
    const { patienceMs, notice } = this.#options;
    const deadline = performance.now() + patienceMs;
    for (let told = false; hosting.missingKind !== null; told = true) {
      const left = deadline - performance.now();
      const kind = hosting.missingKind === 'any' ? '' : ` of ${hosting.missingKind}`;
      if (left <= 0) throw new WorkerError(`no worker${kind} is left to go on with, and none came for ${Math.round(patienceMs / 1000)} s${hosting.present.length > 0 ? '; shards do not change their kind of engine, which would change their bits, unless --allow-engine-change is given' : ''}`);
      if (!told) notice(`no worker${kind} is left: the run waits for one, for ${Math.round(patienceMs / 1000)} s`);
      await Promise.race([this.#arrival.promise, new Promise((resolve) => setTimeout(resolve, left).unref())]);
      this.#throwIfFailed();
    }
  }

  /** The record has ended: shards become what they were at its end, and the run goes on. */
  async #goLive(task: number): Promise<void> {
    this.#keeper.adopt(task);
    this.#isRecalling = false;
    this.#disturb();
    await this.#mending;
  }

  /** Newcomers get shards, leavers give theirs away: a snapshot of this very point, and nothing to be sent again. */
  async #rearrange(task: number): Promise<void> {
    const losses = this.#losses;
    const isVoid = () => this.#losses !== losses || this.#failure !== null;
    const { hosting } = this.#machinery;
    const troubles = this.#takeTroubles();
    if (hosting.missingKind !== null || !hosting.isUneven(this.#watch.rateOf)) return this.#idle(troubles);
    const isKept = await this.#keepAt(task);
    if (isVoid()) return this.#putBack(troubles);
    if (!isKept) return this.#isSavable ? void this.#postponed.push(...troubles) : this.#idle(troubles);
    const before = allShards(hosting).map((shard) => hosting.hostOf(shard));
    const moved = await this.#place();
    // Who came while the snapshot was taken has been given shards too.
    troubles.push(...this.#takeTroubles());
    this.#rewind.begin(true);
    await this.#rewind.open();
    if (!isVoid()) await this.#rewind.restore(allShards(hosting).filter((shard) => hosting.hostOf(shard) !== before[shard]), isVoid);
    if (isVoid()) return this.#putBack(troubles);
    this.#report(troubles, moved, 0);
  }

  /** Nothing moved for them. Who leaves and could not give its shards away asks again in a while. */
  #idle(troubles: readonly Trouble[]): void {
    const why = this.#isSavable ? 'there are none to spare, or its engine is of another kind than theirs' : 'the program has no save and restore, so its shards can not move';
    const idle = this.#machinery.hosting.present.filter(({ shards }) => shards.length === 0).map(({ member }) => member.name);
    for (const { what, worker } of troubles) if (what === 'joined' && idle.includes(worker)) this.#options.notice(`worker ${worker} gets no shards: ${why}`);
    const stuck = troubles.filter(({ what, worker }) => what === 'left' && !idle.includes(worker));
    if (stuck.length > 0) setTimeout(() => this.#putBack(stuck), MS_TO_ASK_AGAIN).unref();
    this.#dismiss();
  }

  /** Who leaves and has no shards any more may go. */
  #dismiss(): void {
    for (const { state, shards, member } of this.#machinery.hosting.present) if (state === 'leaving' && shards.length === 0) void member.link.close();
  }

  /** Whether a snapshot of this point could be kept; resolves when it is. */
  async #keepAt(task: number): Promise<boolean> {
    const asked = await this.#snapshot(task);
    return (
      asked?.kept.then(
        () => true,
        () => false,
      ) ?? false
    );
  }

  /** Asks for a snapshot, and resolves when tasks may follow; null where the program can't be saved. */
  async #snapshot(task: number): Promise<Asked | null> {
    if (!this.#isSavable || this.#keeper.isClosed) return null;
    const losses = this.#losses;
    const { hosting, loading } = this.#machinery;
    const asked = await this.#keeper.begin({ program: loading.origin!.program, task, attempt: this.attempt, seats: hosting.present, course: this.course?.segments() ?? [] });
    asked.kept.then(
      (kept) => this.#log?.dropUpTo(kept.task),
      (error: Error) => this.#notKept(error),
    );
    if (this.#losses !== losses) await this.#abandonSnapshot();
    return asked;
  }

  #notKept(error: Error): void {
    if (error instanceof UnsavableError) this.#unsavable();
    else if (error instanceof CheckpointError && error.fault === 'superseded') this.#machinery.fail(error);
    else if (!(error instanceof CheckpointError)) this.#machinery.fail(error);
  }

  /** What the scheduler goes through is of no use without the shards. */
  #unsavable(): void {
    this.#isSavable = false;
    this.course = null;
  }

  /** A last checkpoint, of the finished training, where checkpoints are asked for. */
  async conclude(task: number): Promise<void> {
    if (!this.#keeper.recordsCourse || !this.#isSavable) return;
    while (this.#mending || this.#isRecalling) await this.attend(task);
    this.#keeper.finishing();
    while (!(await this.#keepAt(task)) && this.#mending) await this.#mending;
    this.#throwIfFailed();
    this.#keeper.conclude();
    this.course = null;
  }

  #takeTroubles(): Trouble[] {
    const troubles = [...this.#postponed.splice(0), ...this.#troubles];
    this.#troubles = [];
    return troubles;
  }

  #putBack(troubles: readonly Trouble[]): void {
    this.#troubles.unshift(...troubles);
  }

  #report(troubles: readonly Trouble[], moved: number, repeated: number): void {
    const now = performance.now();
    for (const { what, worker, since } of troubles) {
      const seconds = (now - since) / 1000;
      const incident: Incident = { what, worker, moved, repeated, seconds };
      this.incidents.push(incident);
      this.#options.notice(outcomeOf(incident));
    }
    this.#dismiss();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#rewind.giveUp();
    this.#arrival.resolve();
    this.#watch.stop();
    this.#phase = 'over';
  }

  async close(): Promise<void> {
    await this.#mending;
    await this.#keeper.close();
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure;
  }
}

const UNSAVABLE = 'Its shards can not be brought back: so much was sent since the beginning that it is no longer kept, and the program has no save and restore';

function allShards(hosting: Hosting): number[] {
  return Array.from({ length: hosting.shards }, (_, shard) => shard);
}
