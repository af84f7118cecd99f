/** A worker for a user's own program, on another machine than its scheduler: joins the run and works until it is over. */
import { hostname } from 'node:os';
import { BusError } from '../bus/error.js';
import { chooseEngine, type EngineRequest } from '../engine/choose-engine.js';
import { ownProgram, type WorkerHalf } from './author-program.js';
import type { TlsFiles } from './certificates.js';
import { joinOptions } from './join-options.js';
import { loadFactory } from './own-program.js';
import { programWorker } from './program-process.js';
import { startWorkerProcess } from './worker-process.js';

export interface WorkOptions {
  /** Address of the scheduler, ws://host:port or wss://host:port. */
  readonly connect: string;
  readonly token: string;
  /** A Program, or its name and worker module alone. */
  readonly program: WorkerHalf;
  readonly engine?: EngineRequest;
  /** Name in the report; host name and process number unless given. */
  readonly name?: string;
  /** How long to try when nobody answers, s. Default 10. */
  readonly patience?: number;
  /** Where to take blocks of the model from other workers, directly, as host:port; by the scheduler unless given. */
  readonly peerListen?: string;
  /** PEM files for wss://: `ca` for whom to trust, `cert` and `key` where the scheduler demands a certificate, and for links between workers. */
  readonly tls?: TlsFiles;
}

const NAMES = { connect: 'work: connect', peerListen: 'work: peerListen', name: 'work: name', cert: 'work: tls.cert', key: 'work: tls.key', ca: 'work: tls.ca' };

/**
 * Works for one run. Rejects with UsageError when an option or the worker module is wrong, BusError when there is no
 * scheduler, it refuses, or it is lost, WorkerError when the worker's process fails.
 */
export async function work({ connect, token, program, engine = 'auto', name = `${hostname()}-${process.pid}`, patience = 10, peerListen, tls = {} }: WorkOptions): Promise<void> {
  const joining = await joinOptions({ connect, name, peerListen, ...tls }, NAMES);
  const own = ownProgram(program);
  await loadFactory(own);
  const { kind, env } = await chooseEngine(engine);
  const request = { ...joining, token, engine: kind, patienceMs: patience * 1000, program: own };
  const closed = await startWorkerProcess({ module: programWorker, env, request }).ended;
  if (closed.reason !== 'closed' && closed.reason !== 'peer-closed') throw new BusError(closed.reason === 'lost' ? 'lost' : 'protocol', closed.message);
}
