/** A run's workers, in Node: started here as processes or threads, and kept running; joined from elsewhere, at any moment of the run. */
import { randomBytes, randomInt } from 'node:crypto';
import { HEARTBEAT_SECONDS, paceOf } from '../bus/options.js';
import type { CheckpointPlan } from './checkpoint-plan.js';
import { Cluster, WorkerError, type Member } from './cluster.js';
import { openEntrance, type GuestEntrance } from './entrance.js';
import type { ListenAddress } from './listen-address.js';
import type { OwnProgram } from './own-program.js';
import { recoveryOf } from './recovery-options.js';
import { Roster } from './roster.js';
import type { RunProfile } from './run-profile.js';
import { assignSeats, type Isolation } from './seats.js';
import { Supervisor } from './supervisor.js';
import { UsageError, type WorkerRequest } from './worker-request.js';

export interface Session {
  /** All that have joined so far: before the cluster is made, those it will be made of. */
  readonly members: readonly Member[];
  /** The cluster of this run, its data cut into `shards` logical shards. */
  cluster(shards: number): Cluster;
  close(): Promise<void>;
}

export interface WorkerSessionOptions {
  readonly workers: readonly WorkerRequest[];
  /** Module that calls `runWorkerProcess` with the programs. */
  readonly workerModule: URL;
  /** A program of the user's own, for the worker module to load. */
  readonly program?: OwnProgram | undefined;
  /** Take in workers from elsewhere, at any time; the run begins when `expect` of them are there. */
  readonly listen?: GuestEntrance | undefined;
  readonly notice?: ((sentence: string) => void) | undefined;
  /** How often links say that they are alive, s; a worker that falls silent is given up within three of these. */
  readonly heartbeat?: number | undefined;
  /** Where checkpoints go, if they are asked for. */
  readonly checkpoint?: CheckpointPlan | undefined;
  /** Shards of a lost worker may go on on another kind of engine, with other bits. */
  readonly allowEngineChange?: boolean | undefined;
  /** How parcels go between the workers started here; directly unless told, which spares the scheduler's share of the work. */
  readonly parcels?: 'direct' | 'relayed';
  /** What records the run. */
  readonly profile?: RunProfile | null | undefined;
  /** What sets the workers apart that are started here; a thread unless told. Those with a GPU are always processes. */
  readonly isolate?: Isolation | undefined;
}

/** What a cluster says when it is asked for something after its session was closed. */
export const RUN_OVER = new WorkerError('the run is over');

/** Threads live and die with the scheduler's process: nothing is kept for them unless checkpoints are asked for. */
const UNPROTECTED = { recovery: null, snapshots: undefined };

/** A worker on this machine has nothing to wait for but its own start. */
const PATIENCE_MS = 10_000;

/** Where workers on this machine listen for each other. */
const ANY_LOOPBACK_PORT: ListenAddress = { host: '127.0.0.1', port: 0 };

/** Starts workers on this machine, waits for those expected from elsewhere, and resolves once all have joined. */
export async function openWorkers(options: WorkerSessionOptions): Promise<Session> {
  const { workers, workerModule, program, listen, notice = () => undefined, parcels, profile, isolate = 'thread', heartbeat = HEARTBEAT_SECONDS, checkpoint, allowEngineChange = false } = options;
  const seats = await assignSeats(workers, isolate, notice);
  const expected = listen?.expect ?? 0;
  if (seats.length + expected === 0) throw new UsageError('no workers: give --workers N, or --listen and --expect N to wait for workers elsewhere');
  const isProtected = checkpoint !== undefined || listen !== undefined || seats.some(({ isThread }) => !isThread);
  const { recovery, snapshots } = isProtected ? await recoveryOf({ checkpoint, allowEngineChange, expectsGuests: listen !== undefined, notice }) : UNPROTECTED;
  const roster = new Roster({ local: seats.map(({ name }) => name), guests: expected, ended: (name) => supervisor.unlinked(name), notice });
  const token = listen?.token ?? randomBytes(24).toString('base64url');
  const entrance = await openEntrance({
    workerModule,
    seats,
    listen,
    notice,
    reception: {
      token,
      run: randomInt(1, 2 ** 32),
      ...paceOf(heartbeat),
      accept: (hello) => roster.refusal(hello),
      onLink: (link, hello, address) => roster.join(link, hello, address),
    },
  });
  if (entrance.url !== null) notice(`${expected > 0 ? `waiting for ${expected} worker(s)` : 'workers may join'} at ${entrance.url}: ${howToJoin(entrance.url, program)}`);
  const peerListen = parcels !== 'relayed' && seats.length > 1 ? ANY_LOOPBACK_PORT : undefined;
  let cluster: Cluster | null = null;
  const supervisor = new Supervisor(seats, {
    start: (seat) => entrance.start(seat, { token, name: seat.name, engine: seat.kind, patienceMs: PATIENCE_MS, program, peerListen, heartbeat, snapshots }),
    gone: (name, message) => roster.gone(name, message),
    fail: (error) => roster.fail(error),
    hasOthers: () => roster.canGoOn,
    achieved: () => cluster?.completed ?? 0,
    notice,
  });
  const close = async () => {
    const closed = cluster?.close(RUN_OVER);
    const stopped = supervisor.stop();
    await entrance.close();
    await stopped;
    await closed;
  };
  try {
    await roster.complete;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get members() {
      return roster.members;
    },
    cluster: (shards) => (cluster = roster.begin((members) => new Cluster(members, shards, { profile, recovery }))),
    close,
  };
}

function howToJoin(url: string, program: OwnProgram | undefined): string {
  if (!program) return `strads worker --connect ${url} --token-file FILE${url.startsWith('wss:') ? ' --tls-ca FILE' : ''}`;
  return `work({ connect: '${url}', token, program: { name: '${program.name}', worker } }) of strads/program`;
}
