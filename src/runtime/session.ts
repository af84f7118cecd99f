/** A run's workers, in Node: started here as processes or threads, joined from elsewhere, or one inside this process. */
import { randomBytes, randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Hello, Link } from '../bus/link.js';
import { loopback } from '../bus/loopback.js';
import type { Listener, ReceptionOptions } from '../bus/reception.js';
import { Exchange, ThreadBus } from '../bus/threads.js';
import { listenWebSocket } from '../bus/websocket-server.js';
import { chooseEngine, type EngineRequest } from '../engine/choose-engine.js';
import { gpuEnvironments } from '../engine/gpu-binding.js';
import type { EngineKind } from '../engine/engine.js';
import type { GpuJsMode } from '../engine/gpujs.js';
import type { WorkerProgram } from '../program.js';
import { VERSION } from '../version.js';
import type { CheckpointPlan } from './checkpoint-plan.js';
import { Cluster, WorkerError, type Member } from './cluster.js';
import { ceilingsHere, createEngine, factsOf, type JoinRequest, type WorkerFacts } from './join.js';
import type { ListenAddress } from './listen-address.js';
import type { OwnProgram } from './own-program.js';
import type { RunProfile } from './run-profile.js';
import { SharedMatrix } from './shared-matrix.js';
import type { StartedWorker } from './worker-outcome.js';
import { startWorkerProcess } from './worker-process.js';
import { startWorkerThread } from './worker-thread.js';
import { serve } from './worker.js';
import { UsageError, type WorkerRequest } from './worker-request.js';

export interface Session {
  readonly members: readonly Member[];
  /** The cluster of this run, its data cut into `shards` logical shards; `checkpoints`: whether and where it keeps some. */
  cluster(shards: number, checkpoints?: CheckpointPlan | null): Cluster;
  close(): Promise<void>;
}

export interface WorkerSessionOptions {
  readonly workers: readonly WorkerRequest[];
  /** Module that calls `runWorkerProcess` with the programs. */
  readonly workerModule: URL;
  /** A program of the user's own, for the worker module to load. */
  readonly program?: OwnProgram | undefined;
  /** Also wait for workers from elsewhere. */
  readonly listen?: (ListenAddress & { readonly token: string; readonly expect: number }) | undefined;
  readonly notice?: ((sentence: string) => void) | undefined;
  /** How parcels go between the workers started here; directly unless told, which spares the scheduler's share of the work. */
  readonly parcels?: 'direct' | 'relayed';
  /** What records the run. */
  readonly profile?: RunProfile | null | undefined;
  /** What sets the workers apart that are started here; a thread unless told. Those with a GPU are always processes. */
  readonly isolate?: Isolation | undefined;
}

/** A worker of wasm is a thread of the scheduler's process, or a process of its own. */
export const ISOLATIONS = ['thread', 'process'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** What a cluster says when it is asked for something after its session was closed. */
const RUN_OVER = new WorkerError('the run is over');

/** Name and token of the one worker that shares the scheduler's process. */
const IN_PROCESS = 'in-process';

/** One worker of wasm inside this process over the loopback bus: no start-up cost, for small data and library use. */
export async function openInProcess(programs: ReadonlyMap<string, WorkerProgram>, gpujs?: GpuJsMode, profile: RunProfile | null = null): Promise<Session> {
  const engine = await createEngine('wasm');
  const members: Member[] = [];
  const shared = new SharedMatrix();
  const bus = loopback();
  const listener = await bus.listen({ token: IN_PROCESS, run: 1, accept: () => null, onLink: (link, hello, address) => members.push({ ...memberOf(link, hello, address), shared }) });
  const workerLink = await bus.connect({ token: IN_PROCESS, hello: { name: IN_PROCESS, facts: { ...factsOf(engine, gpujs) } } });
  const served = serve(workerLink, engine, programs, { localData: shared, ceilings: () => ceilingsHere(engine) });
  let cluster: Cluster | null = null;
  return {
    members,
    cluster: (shards) => (cluster = new Cluster(members, shards, profile)),
    close: async () => {
      cluster?.fail(RUN_OVER);
      await listener.close();
      await served;
      await engine.close();
    },
  };
}

/** The scheduler's name among the threads. */
const SCHEDULER = 'scheduler';

/** A worker on this machine has nothing to wait for but its own start. */
const PATIENCE_MS = 10_000;

/** Where workers on this machine listen for each other. */
const ANY_LOOPBACK_PORT: ListenAddress = { host: '127.0.0.1', port: 0 };

/** Starts workers on this machine, waits for those expected from elsewhere, and resolves once all have joined. */
export async function openWorkers(options: WorkerSessionOptions): Promise<Session> {
  const seats = await assignSeats(options);
  const expected = seats.length + (options.listen?.expect ?? 0);
  if (expected === 0) throw new UsageError('no workers: give --workers N, or --listen and --expect N to wait for workers elsewhere');
  const roster = new Roster(expected, seats.map(({ name }) => name));
  const token = options.listen?.token ?? randomBytes(24).toString('base64url');
  const entrance = await openEntrance(options, seats, {
    token,
    run: randomInt(1, 2 ** 32),
    accept: (hello) => refusal(hello) ?? roster.refusal(hello),
    onLink: (link, hello, address) => roster.join(link, hello, address),
  });
  const peerListen = options.parcels !== 'relayed' && seats.length > 1 ? ANY_LOOPBACK_PORT : undefined;
  let cluster: Cluster | null = null;
  const workers = seats.map((seat) => {
    const worker = entrance.start(seat, { token, name: seat.name, engine: seat.kind, patienceMs: PATIENCE_MS, program: options.program, peerListen });
    worker.ended.catch((error: Error) => (cluster ?? roster).fail(error));
    return worker;
  });
  const close = async () => {
    cluster?.fail(RUN_OVER);
    await entrance.close();
    await Promise.all(workers.map((worker) => worker.stop()));
  };
  try {
    const members = await roster.complete;
    return { members, cluster: (shards) => (cluster = new Cluster(members, shards, options.profile)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where workers join. */
interface Entrance {
  start(seat: Seat, request: Omit<JoinRequest, 'url'>): StartedWorker;
  close(): Promise<void>;
}

/** Processes and workers from elsewhere join over WebSockets, threads over their lines; what nobody uses is not opened. */
async function openEntrance({ listen, workerModule, program, notice }: WorkerSessionOptions, seats: readonly Seat[], reception: ReceptionOptions & { readonly token: string }): Promise<Entrance> {
  const exchange = new Exchange();
  const bus = new ThreadBus(SCHEDULER, exchange.line(SCHEDULER));
  const lines = await bus.listen(reception);
  const isNetworked = listen !== undefined || seats.some(({ isThread }) => !isThread);
  const server = isNetworked ? await listenWebSocket({ ...reception, host: listen?.host ?? '127.0.0.1', port: listen?.port ?? 0 }) : null;
  if (listen) notice?.(`waiting for ${listen.expect} worker(s) at ${server!.url}: ${howToJoin(server!.url, program)}`);
  return {
    start({ isThread, env }, request) {
      if (isThread) return startWorkerThread({ module: workerModule, request: { ...request, url: lines.url }, exchange });
      return startWorkerProcess({ module: workerModule, env, request: { ...request, url: localUrl(server!) } });
    },
    async close() {
      await Promise.all([lines.close(), server?.close()]);
      bus.hangUp();
    },
  };
}

function howToJoin(url: string, program: OwnProgram | undefined): string {
  if (!program) return `strads worker --connect ${url} --token-file FILE`;
  return `work({ connect: '${url}', token, program: { name: '${program.name}', worker } }) of strads/program`;
}

/** What a run without a word about workers is given by. */
export interface DefaultSession {
  readonly engine: EngineRequest;
  /** The run would be over in this process before worker processes had been started and loaded. */
  readonly isSmall: boolean;
  readonly programs: ReadonlyMap<string, WorkerProgram>;
}

/** Workers when nobody says how many: one for a GPU, else one a core, and for a small run one in this process. */
export async function openDefault(options: Omit<WorkerSessionOptions, 'workers'>, { engine, isSmall, programs }: DefaultSession): Promise<Session> {
  const { kind, why } = await chooseEngine(engine);
  if (kind === 'webgpu' || options.listen || !isSmall) return openWorkers({ ...options, workers: [{ engine, count: kind === 'webgpu' ? 1 : availableParallelism() }] });
  options.notice?.(why);
  options.notice?.('the run is small: one worker, in this process (--workers N for more)');
  return openInProcess(programs, undefined, options.profile ?? null);
}

interface Seat {
  readonly name: string;
  readonly kind: EngineKind;
  readonly env: Readonly<Record<string, string>>;
  readonly isThread: boolean;
}

async function assignSeats({ workers, isolate = 'thread', notice }: WorkerSessionOptions): Promise<Seat[]> {
  const seats: Seat[] = [];
  for (const { engine, count } of workers) {
    if (count === 0) continue;
    const chosen = await chooseEngine(engine);
    notice?.(chosen.why);
    if (chosen.kind === 'webgpu' && !chosen.software && count > chosen.gpus) notice?.(`${count} workers share ${chosen.gpus} GPU(s): worker i runs on GPU i mod ${chosen.gpus}`);
    for (const [i, env] of (await gpuEnvironments(chosen, count)).entries()) seats.push({ name: `${chosen.kind}-${i}`, kind: chosen.kind, env, isThread: chosen.kind === 'wasm' && isolate === 'thread' });
  }
  return seats;
}

/** Workers in the order of the seats, then those from elsewhere by kind and name: placement must not depend on who was faster. */
class Roster {
  readonly complete: Promise<Member[]>;
  readonly #expected: number;
  readonly #local: readonly string[];
  readonly #members = new Map<string, Member>();
  #resolve!: (members: Member[]) => void;
  #reject!: (error: Error) => void;

  constructor(expected: number, local: readonly string[]) {
    this.#expected = expected;
    this.#local = local;
    this.complete = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.complete.catch(() => undefined);
  }

  refusal({ name }: Hello): string | null {
    if (this.#members.has(name)) return `a worker named ${name} has joined already: choose another --name`;
    return this.#members.size >= this.#expected ? 'this run has all the workers it waited for' : null;
  }

  join(link: Link, hello: Hello, address: string | null): void {
    this.#members.set(hello.name, memberOf(link, hello, address));
    link.onClose = ({ message }) => this.fail(new WorkerError(`worker ${hello.name} left before the run began: ${message}`));
    if (this.#members.size === this.#expected) this.#resolve(this.joined());
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  joined(): Member[] {
    const local = this.#local.flatMap((name) => this.#members.get(name) ?? []);
    const guests = [...this.#members.values()].filter(({ name }) => !this.#local.includes(name));
    return [...local, ...guests.sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name))];
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function memberOf(link: Link, hello: Hello, seenAt: string | null): Member {
  const { engine, adapter, software, gpujs, dataRoot, peer } = hello.facts as unknown as WorkerFacts;
  return { name: hello.name, kind: engine, adapter, software, gpujs, dataRoot, seenAt, peer, link };
}

function refusal({ name, facts }: Hello): string | null {
  if (facts['version'] === VERSION) return null;
  return `worker ${name} is strads ${String(facts['version'])} and this scheduler is ${VERSION}: install the same version on both`;
}

function localUrl({ url, port }: Listener): string {
  return /\/\/(0\.0\.0\.0|\[::\])/.test(url) ? `ws://127.0.0.1:${port}` : url;
}
