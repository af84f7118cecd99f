/**
 * Runs a program of a user's own. In: the program, its shards, and who works. Out: how the run went; the model's state
 * stays in the program. The same program, shards and seeds give the same bits at any number of workers of one kind.
 */
import type { TlsIdentity } from '../bus/tls.js';
import { GpuJs, type GpuJsMode } from '../engine/gpujs.js';
import type { ShardPart, VariableRange } from '../program.js';
import { assertTraceWritable } from '../report/trace/trace-file.js';
import { ownProgram, type Program } from './author-program.js';
import type { CheckpointPlan } from './checkpoint-plan.js';
import type { MemberTally } from './cluster.js';
import { heldScheduler } from './contract.js';
import { readCertificates, type TlsFiles } from './certificates.js';
import { loadFactory, makeWorkerHalf, type OwnProgram } from './own-program.js';
import { programWorker } from './program-process.js';
import { plannedFit, type CheckpointOptions, type Subject } from './planned-fit.js';
import { runRounds } from './rounds.js';
import { RunProfile } from './run-profile.js';
import { openInProcess } from './in-process.js';
import { openWorkers, type Session } from './session.js';
import { partsOf } from './shard-sources.js';
import { parseWorkers, UsageError } from './worker-request.js';

/** One logical shard of the data. How many there are decides the bits of a run, who hosts them does not. */
export interface ShardSource {
  /** What the worker's half learns before the data: shapes and options, JSON-serializable. */
  readonly description: unknown;
  /** The data in bounded parts, a few MiB each, or what makes them: they are drawn one after another, and again when a worker is lost. */
  readonly parts: Iterable<ShardPart> | AsyncIterable<ShardPart> | (() => Iterable<ShardPart> | AsyncIterable<ShardPart>);
}

/** Where the address of a run is, for workers on other machines. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port; a notice says which. */
  readonly port: number;
  /** At least 16 characters that both sides know. */
  readonly token: string;
  /** How many workers to wait for before the run begins; others may join later. Default 1. */
  readonly expect?: number | undefined;
  /** PEM files: with `cert` and `key` workers join by wss://, with `ca` they must show a certificate of that authority. */
  readonly tls?: TlsFiles | undefined;
  /** Origins of web pages whose workers may join; none unless told. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

/** How far a run has come when a round has been pulled. */
export interface RoundProgress {
  readonly round: number;
  /** Bytes on all links so far, both directions; acknowledgements make them differ a little from run to run. */
  readonly bytes: number;
}

export interface RunOptions {
  readonly program: Program;
  /** The model's variables. */
  readonly range: VariableRange;
  readonly shards: readonly ShardSource[];
  /** Most rounds. */
  readonly rounds: number;
  /** Asked when a round has been pulled; true ends the run. */
  readonly until?: ((progress: RoundProgress) => boolean) | undefined;
  /** Told when a round has been pulled. */
  readonly observe?: ((progress: RoundProgress) => void) | undefined;
  /** Depth s: round t reads the pulls of the rounds up to t - 1 - s. Default 0. */
  readonly pipeline?: number | undefined;
  /** Workers on this machine: a number, or a list such as 'webgpu:1,wasm:2'. Without workers and listen, one worker of wasm shares this process. */
  readonly workers?: number | string | undefined;
  readonly listen?: ListenOptions | undefined;
  /** How often links say that they are alive, s; a worker that falls silent is given up within three of these. Default 5. */
  readonly heartbeat?: number | undefined;
  /** Takes sentences about what is used and waited for. */
  readonly notice?: ((sentence: string) => void) | undefined;
  /** Checkpoints, for a run to go on from that was interrupted: of the same program, on the same data. */
  readonly checkpoint?: CheckpointOptions | undefined;
  /** A file for a trace of the run; `strads profile FILE` prints its tables. DataError where it can't be written. */
  readonly profile?: string | undefined;
}

/** What a worker was and did. */
export type WorkerReport = MemberTally & {
  /** What gpu.js ran its kernels on. */
  readonly gpujs: GpuJsMode;
};

export interface RunOutcome {
  readonly rounds: number;
  /** Why the run ended: `until` said so, or all rounds were run. */
  readonly stopped: 'until' | 'rounds';
  /** Bytes on all links, both directions, data included. */
  readonly bytes: number;
  readonly workers: readonly WorkerReport[];
}

const SHORTEST_TOKEN = 16;

/**
 * Runs schedule → push → pull → sync. Rejects with UsageError when an option or the worker module is wrong, DataError when
 * `open` refuses the data, ProgramError when the scheduler's half breaks its interface, WorkerError when a worker
 * fails or its half does; exceptions of the scheduler's half pass as they are.
 */
export async function run(options: RunOptions): Promise<RunOutcome> {
  const { program, range, shards } = options;
  checkOptions(options);
  const own = ownProgram(program);
  await loadFactory(own);
  if (options.profile !== undefined) await assertTraceWritable(options.profile);
  const profile = options.profile === undefined ? null : new RunProfile(options.profile, `run ${own.name}`);
  const planned = await plannedFit(options.checkpoint, {}, () => Promise.resolve(subjectOf(options, own)));
  const session = await open(options, own, { profile, checkpoint: planned.plan });
  try {
    const cluster = planned.cluster(session, shards.length);
    await cluster.load(own.name, shards.map(({ description }) => description), partsOf(shards));
    const watch = new Watch(options, () => cluster.bytes);
    const rounds = await runRounds(cluster, heldScheduler(program, { name: own.name, range, block: program.block }), {
      range,
      firstRound: 0,
      rounds: options.rounds,
      depth: options.pipeline ?? 0,
      shouldStop: () => watch.stopped,
      pulled: (round) => watch.pulled(round),
    });
    await cluster.conclude();
    await profile?.finish();
    const workers = cluster.tally().map((tally) => ({ ...tally, gpujs: tally.gpujs! }));
    return { rounds, stopped: watch.stopped ? 'until' : 'rounds', bytes: cluster.bytes, workers };
  } finally {
    profile?.discard();
    await session.close();
  }
}

/** Tells the observer of rounds, and remembers whether `until` ended the run. */
class Watch {
  stopped = false;
  readonly #options: RunOptions;
  readonly #bytes: () => number;

  constructor(options: RunOptions, bytes: () => number) {
    this.#options = options;
    this.#bytes = bytes;
  }

  pulled(round: number): void {
    const progress = { round, bytes: this.#bytes() };
    this.#options.observe?.(progress);
    this.stopped ||= this.#options.until?.(progress) ?? false;
  }
}

/** The data come in parts that are drawn once: that they are the same, the run finds out when it goes on. */
function subjectOf({ range, shards, rounds, pipeline = 0 }: RunOptions, { name }: OwnProgram): Subject {
  return { model: `program ${name}`, options: { range, rounds, pipeline, shards: shards.map(({ description }) => description) }, data: 'as the shards give them' };
}

/** What is kept of a run. */
interface Records {
  readonly profile: RunProfile | null;
  readonly checkpoint: CheckpointPlan | undefined;
}

async function open({ workers, listen, heartbeat, notice }: RunOptions, program: OwnProgram, records: Records): Promise<Session> {
  if (workers === undefined && listen === undefined) return openHere(program, records);
  const requests = parseWorkers(String(workers ?? 0), 'auto');
  return openWorkers({ workers: requests, workerModule: programWorker, program, listen: listen && { ...listen, expect: listen.expect ?? 1, tls: await identityOf(listen) }, heartbeat, notice, ...records });
}

const TLS_OPTIONS = { cert: 'run: listen.tls.cert', key: 'run: listen.tls.key', ca: 'run: listen.tls.ca' };

async function identityOf({ tls }: ListenOptions): Promise<TlsIdentity | undefined> {
  if (!tls) return undefined;
  if (tls.cert === undefined) throw new UsageError('run: listen.tls has no cert and key: give the PEM files of both, or leave tls out');
  return readCertificates(tls, TLS_OPTIONS);
}

async function openHere(program: OwnProgram, records: Records): Promise<Session> {
  const gpujs = new GpuJs(null);
  const session = await openInProcess(new Map([[program.name, await makeWorkerHalf(program, gpujs)]]), { gpujs: gpujs.mode, ...records });
  return {
    ...session,
    close: async () => {
      await session.close();
      await gpujs.close();
    },
  };
}

function checkOptions({ range, shards, rounds, pipeline = 0, workers, listen, heartbeat = 1 }: RunOptions): void {
  const { begin, end } = range;
  if (!isCount(begin) || !isCount(end) || end <= begin) throw new UsageError(`run: range is [${String(begin)}, ${String(end)}), expected whole numbers begin < end: the ids of the model's variables`);
  if (!Array.isArray(shards) || shards.length === 0) throw new UsageError('run: shards is empty or no array, expected one { description, parts } for each logical shard; 4 or more leave room for workers');
  if (!isCount(rounds)) throw new UsageError(`run: rounds is ${String(rounds)}, expected 0, 1, 2, …: the most rounds to run`);
  if (!isCount(pipeline)) throw new UsageError(`run: pipeline is ${String(pipeline)}, expected 0, 1, 2, …: how many rounds more may be in flight`);
  if (workers === 0 && !listen) throw new UsageError('run: workers is 0 and nothing is listened for: give at least 1, or listen');
  if (!(Number.isFinite(heartbeat) && heartbeat > 0)) throw new UsageError(`run: heartbeat is ${String(heartbeat)}, expected seconds, above 0`);
  if (listen && !(typeof listen.token === 'string' && listen.token.length >= SHORTEST_TOKEN)) throw new UsageError(`run: listen needs a token of at least ${SHORTEST_TOKEN} characters: without one anybody could join`);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 32;
}
