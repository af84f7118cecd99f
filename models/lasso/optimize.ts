/** The training loop of one problem at one penalty: rounds, then a certificate, until the gap is small enough or nothing moves. */
import type { Cluster } from '../../src/runtime/cluster.js';
import { runRounds } from '../../src/runtime/rounds.js';
import type { Certificate } from './certificate.js';
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
  readonly #start = performance.now();
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

  get bytesPerRound(): number {
    return this.rounds === 0 ? 0 : this.roundBytes / this.rounds;
  }

  get bytesPerCertificate(): number {
    return this.certificates === 0 ? 0 : this.certificateBytes / this.certificates;
  }

  /** Everything but the rounds: data, statistics, certificates. */
  get bytesOutsideRounds(): number {
    return this.#cluster.bytes - this.roundBytes;
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

/** Brings a problem to its optimum at `penalty`, from the coefficients as they are. */
export async function optimize(problem: Problem, penalty: Penalty, training: Training): Promise<Optimum> {
  const { cluster, columns, observer, ledger } = training;
  const { tol, maxRounds, pipeline, schedule } = training.options;
  const shouldStop = () => observer.shouldStop?.() ?? false;
  const tell = (latest: Certificate) => {
    cluster.profile?.counter('objective', latest.objective);
    cluster.profile?.counter('relative gap', latest.relativeGap);
    observer.progress?.({ ...latest, rounds: ledger.rounds, seconds: ledger.seconds });
  };
  let certificate = await ledger.certificate(() => problem.start(penalty));
  tell(certificate);
  const initial = certificate.objective;
  const roundsBefore = ledger.rounds;
  const stall = new Stall(problem.patience);
  let certificates = 1;
  while (!(certificate.relativeGap <= tol)) {
    const rounds = Math.min(problem.roundsToCertificate(certificates), maxRounds - (ledger.rounds - roundsBefore));
    if (rounds <= 0) {
      observer.notice?.(`stopped at --max-rounds ${maxRounds} with a relative gap of ${certificate.relativeGap.toExponential(2)}, above --tol ${tol}: the model is not at its optimum; allow more rounds, or a larger --tol`);
      return { certificate, stopped: 'round-limit' };
    }
    await ledger.run(() => runRounds(cluster, problem.program, { range: { begin: 0, end: columns }, firstRound: ledger.rounds, rounds, depth: pipeline, shouldStop }));
    certificate = await ledger.certificate(() => problem.certify());
    certificates++;
    tell(certificate);
    if (!(certificate.objective <= initial * (1 + 1e-6))) throw divergence(schedule, certificate.objective, initial);
    if (stall.after(certificate, ledger.rounds)) {
      observer.notice?.(`stopped at a relative gap of ${certificate.relativeGap.toExponential(2)}, above --tol ${tol}: the last certificates brought no progress, which is as far as the arithmetic goes on these data; ask for a larger --tol, or try --standardize or --cut columns`);
      return { certificate, stopped: 'stalled' };
    }
    if (shouldStop()) return { certificate, stopped: certificate.relativeGap > tol ? 'interrupted' : 'converged' };
  }
  return { certificate, stopped: 'converged' };
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
  readonly #patience: number;
  #gap = Infinity;
  #objective = Infinity;
  #certificates = 0;
  #round = 0;

  /** `patience`: how many rounds without progress there must have been as well. */
  constructor(patience: number) {
    this.#patience = patience;
  }

  /** Takes in the certificate after `rounds` rounds; true when the run has stalled. */
  after({ relativeGap, objective, dual }: Certificate, rounds: number): boolean {
    if (relativeGap < this.#gap * (1 - PROGRESS) || objective < this.#objective - PROGRESS * (objective - dual)) {
      this.#gap = Math.min(this.#gap, relativeGap);
      this.#objective = Math.min(this.#objective, objective);
      this.#certificates = 0;
      this.#round = rounds;
      return false;
    }
    this.#certificates++;
    return this.#certificates >= STALL_CERTIFICATES && rounds - this.#round >= this.#patience;
  }
}
