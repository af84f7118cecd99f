/** The training loop of one problem at one penalty: rounds, then a certificate, until the gap is small enough or nothing moves. */
import type { SchedulerState } from '../../src/program.js';
import type { Cluster } from '../../src/runtime/cluster.js';
import { runRounds } from '../../src/runtime/rounds.js';
import type { Certificate } from './certificate.js';
import { apart, joined, numbersState } from './joined-state.js';
import type { TrainingOptions } from './options.js';
import type { Penalty } from './penalty.js';
import type { Problem } from './problem.js';

/** What a run tells while it goes on. */
export interface LassoProgress extends Certificate {
  readonly rounds: number;
  /** Since the data were in memory. */
  readonly seconds: number;
}

export interface FitObserver {
  progress?(progress: LassoProgress): void;
  /** A sentence the user should see. */
  notice?(sentence: string): void;
  /** True ends the run after the round in hand. */
  shouldStop?(): boolean;
}

export type Stopped = 'converged' | 'round-limit' | 'stalled' | 'interrupted' | 'zero-model';

export interface Optimum {
  readonly certificate: Certificate;
  readonly stopped: Stopped;
}

/** The updates made things worse: more parallelism than the data allow. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
}

/** Rounds, certificates and bytes of a run. */
export class Ledger {
  readonly #cluster: Cluster;
  #start = performance.now();
  /** What a run that was resumed had sent before. */
  #bytesBefore = 0;
  rounds = 0;
  roundBytes = 0;
  certificates = 0;
  certificateBytes = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Since the run began with parsed data in memory. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  get hasChangedEngine(): boolean {
    return this.#cluster.hasChangedEngine;
  }

  get bytesPerRound(): number {
    return this.rounds === 0 ? 0 : this.roundBytes / this.rounds;
  }

  get bytesPerCertificate(): number {
    return this.certificates === 0 ? 0 : this.certificateBytes / this.certificates;
  }

  /** Everything but the rounds: data, statistics, certificates. */
  get bytesOutsideRounds(): number {
    return this.#bytes - this.roundBytes;
  }

  get #bytes(): number {
    return this.#bytesBefore + this.#cluster.bytes;
  }

  state(): SchedulerState {
    return numbersState(this.rounds, this.roundBytes, this.certificates, this.certificateBytes, this.#bytes, this.seconds);
  }

  resume({ arrays }: SchedulerState): void {
    const [rounds, roundBytes, certificates, certificateBytes, bytes, seconds] = arrays[0] as unknown as [number, number, number, number, number, number];
    this.rounds = rounds;
    this.roundBytes = roundBytes;
    this.certificates = certificates;
    this.certificateBytes = certificateBytes;
    this.#bytesBefore = bytes - this.#cluster.bytes;
    this.#start = performance.now() - 1000 * seconds;
  }

  async certificate(pass: () => Promise<Certificate>): Promise<Certificate> {
    const before = this.#cluster.bytes;
    const certificate = await pass();
    this.certificateBytes += this.#cluster.bytes - before;
    this.certificates++;
    return certificate;
  }

  async run(rounds: () => Promise<number>): Promise<void> {
    const before = this.#cluster.bytes;
    this.rounds += await rounds();
    this.roundBytes += this.#cluster.bytes - before;
  }
}

/** Everything an optimization reads beside its problem. */
export interface Training {
  readonly cluster: Cluster;
  /** Columns of X. */
  readonly columns: number;
  readonly options: Pick<TrainingOptions, 'tol' | 'maxRounds' | 'pipeline' | 'schedule'>;
  readonly observer: FitObserver;
  readonly ledger: Ledger;
}

/** Called at every certificate, where a run could go on, with the state of the loop. */
export type Milestone = (loop: () => SchedulerState) => void;

/** Brings a problem to its optimum at `penalty`, from the coefficients as they are, or from where `resumed` says that the loop was. */
export async function optimize(problem: Problem, penalty: Penalty, training: Training, milestone: Milestone, resumed: SchedulerState | null): Promise<Optimum> {
  const { cluster, columns, observer, ledger } = training;
  const { tol, maxRounds, pipeline, schedule } = training.options;
  const shouldStop = () => observer.shouldStop?.() ?? false;
  const tell = (latest: Certificate) => {
    cluster.profile?.counter('objective', latest.objective);
    cluster.profile?.counter('relative gap', latest.relativeGap);
    observer.progress?.({ ...latest, rounds: ledger.rounds, seconds: ledger.seconds });
  };
  const loop = resumed ? Loop.from(resumed) : new Loop(await ledger.certificate(() => problem.start(penalty)), ledger.rounds);
  if (!resumed) tell(loop.certificate);
  for (milestone(() => loop.state()); !(loop.certificate.relativeGap <= tol); milestone(() => loop.state())) {
    const rounds = Math.min(problem.roundsToCertificate(loop.certificates), maxRounds - (ledger.rounds - loop.roundsBefore));
    if (rounds <= 0) {
      observer.notice?.(`stopped at --max-rounds ${maxRounds} with a relative gap of ${loop.certificate.relativeGap.toExponential(2)}, above --tol ${tol}: the model is not at its optimum; allow more rounds, or a larger --tol`);
      return { certificate: loop.certificate, stopped: 'round-limit' };
    }
    await ledger.run(() => runRounds(cluster, problem.program, { range: { begin: 0, end: columns }, firstRound: ledger.rounds, rounds, depth: pipeline, shouldStop }));
    const certificate = await ledger.certificate(() => problem.certify());
    const stalled = loop.takes(certificate, ledger.rounds, problem.patience);
    tell(certificate);
    if (!(certificate.objective <= loop.initial * (1 + 1e-6))) throw divergence(schedule, certificate.objective, loop.initial);
    if (stalled) {
      observer.notice?.(`stopped at a relative gap of ${certificate.relativeGap.toExponential(2)}, above --tol ${tol}: the last certificates brought no progress, which is as far as the arithmetic goes on these data; ask for a larger --tol, or try --standardize or --cut columns`);
      return { certificate, stopped: 'stalled' };
    }
    if (shouldStop()) return { certificate, stopped: certificate.relativeGap > tol ? 'interrupted' : 'converged' };
  }
  return { certificate: loop.certificate, stopped: 'converged' };
}

/** Where the loop stands. */
class Loop {
  certificate: Certificate;
  /** The objective at first, and the rounds that the run had done before. */
  readonly initial: number;
  readonly roundsBefore: number;
  certificates = 1;
  readonly #stall = new Stall();

  constructor(first: Certificate, roundsBefore: number) {
    this.certificate = first;
    this.initial = first.objective;
    this.roundsBefore = roundsBefore;
  }

  /** The certificate after `rounds` rounds in all; true when the run has stalled. */
  takes(certificate: Certificate, rounds: number, patience: number): boolean {
    this.certificate = certificate;
    this.certificates++;
    return this.#stall.after(certificate, rounds, patience);
  }

  state(): SchedulerState {
    const { objective, dual, relativeGap, nonzeros } = this.certificate;
    return joined({ loop: numbersState(objective, dual, relativeGap, nonzeros, this.initial, this.roundsBefore, this.certificates), stall: this.#stall.state() });
  }

  static from(state: SchedulerState): Loop {
    const { loop: saved, stall } = apart(state);
    const [objective, dual, relativeGap, nonzeros, initial, roundsBefore, certificates] = saved!.arrays[0] as unknown as [number, number, number, number, number, number, number];
    const loop = new Loop({ objective: initial, dual, relativeGap, nonzeros }, roundsBefore);
    loop.certificate = { objective, dual, relativeGap, nonzeros };
    loop.certificates = certificates;
    loop.#stall.resume(stall!);
    return loop;
  }
}

function divergence(schedule: TrainingOptions['schedule'], objective: number, initial: number): DivergenceError {
  const cause =
    schedule === 'working-set'
      ? 'the columns differ so much in scale, or lie so far from 0, that float32 can not hold their products; use --standardize, or rescale them'
      : 'variables updated together depend on each other too much; use --coupling exact, a smaller --block, or --pipeline 0';
  return new DivergenceError(`the objective rose from ${initial.toExponential(4)} to ${objective.toExponential(4)}: ${cause}`);
}

/** Certificates in a row without progress after which a run can't be expected to make any. */
const STALL_CERTIFICATES = 20;
/** A gap that falls by less than this part of itself is no progress, nor is an objective that falls by less than this part of the gap. */
const PROGRESS = 1e-3;

class Stall {
  #gap = Infinity;
  #objective = Infinity;
  #certificates = 0;
  #round = 0;

  /**
   * Takes in the certificate after `rounds` rounds; true when the run has stalled. `patience`: how many rounds without progress there must
   * have been as well.
   */
  after({ relativeGap, objective, dual }: Certificate, rounds: number, patience: number): boolean {
    if (relativeGap < this.#gap * (1 - PROGRESS) || objective < this.#objective - PROGRESS * (objective - dual)) {
      this.#gap = Math.min(this.#gap, relativeGap);
      this.#objective = Math.min(this.#objective, objective);
      this.#certificates = 0;
      this.#round = rounds;
      return false;
    }
    this.#certificates++;
    return this.#certificates >= STALL_CERTIFICATES && rounds - this.#round >= patience;
  }

  state(): SchedulerState {
    return numbersState(this.#gap, this.#objective, this.#certificates, this.#round);
  }

  resume({ arrays }: SchedulerState): void {
    [this.#gap, this.#objective, this.#certificates, this.#round] = arrays[0] as unknown as [number, number, number, number];
  }
}
