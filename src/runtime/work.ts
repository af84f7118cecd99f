/** A worker for a user's own program, on another machine than its scheduler: joins the run, at any moment, and works until it is over. */
import { hostname } from 'node:os';
import { chooseEngine, type EngineRequest } from '../engine/choose-engine.js';
import { ownProgram, type WorkerHalf } from './author-program.js';
import { Guest } from './guest.js';
import type { TlsFiles } from './certificates.js';
import { joinOptions } from './join-options.js';
import { loadFactory } from './own-program.js';
import { programWorker } from './program-process.js';

export interface WorkOptions {
  /** Address of the scheduler, ws://host:port. */
  readonly connect: string;
  readonly token: string;
  /** A Program, or its name and worker module alone. */
  readonly program: WorkerHalf;
  readonly engine?: EngineRequest;
  /** Name in the report; host name and process number unless given. */
  readonly name?: string;
  /** How long to try when nobody answers, s. Default 10, and 600 to join again when the scheduler was lost. */
  readonly patience?: number;
  /** Where to take blocks of the model from other workers, directly, as host:port; by the scheduler unless given. */
  readonly peerListen?: string;
  /** PEM files for wss://: `ca` for whom to trust, `cert` and `key` where the scheduler demands a certificate, and for links between workers. */
  readonly tls?: TlsFiles;
  /** Takes sentences about what happens to the worker. */
  readonly notice?: (sentence: string) => void;
}

const NAMES = { connect: 'work: connect', peerListen: 'work: peerListen', name: 'work: name', cert: 'work: tls.cert', key: 'work: tls.key', ca: 'work: tls.ca' };

/**
 * Works for a run until its scheduler says goodbye; joins anew when that was lost. Rejects with UsageError when an option or the worker
 * module is wrong, BusError when there is no scheduler, it refuses, or does not come back, WorkerError when the worker's process fails.
 */
export async function work({ connect, token, program, engine = 'auto', name = `${hostname()}-${process.pid}`, patience, peerListen, tls = {}, notice = () => undefined }: WorkOptions): Promise<void> {
  const joining = await joinOptions({ connect, name, peerListen, ...tls }, NAMES);
  const own = ownProgram(program);
  await loadFactory(own);
  const { kind, env } = await chooseEngine(engine);
  await new Guest({ module: programWorker, env, request: { ...joining, token, engine: kind, program: own }, patience, notice }).over;
}
