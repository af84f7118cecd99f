/** A worker's side of a run, in Node: make the engine, listen for peers if asked, join the scheduler, serve until the link ends. */
import type { Link, LinkClosed } from '../bus/link.js';
import { isThreadUrl, type ThreadBus } from '../bus/threads.js';
import type { TlsIdentity } from '../bus/tls.js';
import { connectWebSocket } from '../bus/websocket-client.js';
import { ceilingsOf } from '../engine/ceilings.js';
import { cpuName } from '../engine/choose-engine.js';
import { createDawn } from '../engine/dawn.js';
import type { Engine, EngineKind } from '../engine/engine.js';
import type { Ceilings } from '../engine/roofline.js';
import type { GpuJsMode } from '../engine/gpujs.js';
import { createWasmEngine } from '../engine/wasm.js';
import { createWebGpuEngine } from '../engine/webgpu.js';
import type { WorkerProgram } from '../program.js';
import { VERSION } from '../version.js';
import type { ListenAddress } from './listen-address.js';
import type { LocalData } from './local-data.js';
import { ownBlocksIn, type SnapshotFolder } from './own-blocks.js';
import type { OwnProgram } from './own-program.js';
import type { PeerFacts } from './peer-addresses.js';
import { openPeerNetwork } from './peer-network.js';
import { frame, Verb } from './protocol.js';
import { EXIT_DEVICE_LOST, type Word } from './worker-outcome.js';
import { serve } from './worker.js';

export interface JoinRequest {
  /** ws://host:port of the scheduler, or thread:name in its process. */
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly engine: EngineKind;
  /** How long to keep trying when nobody answers, ms. */
  readonly patienceMs: number;
  /** A program of the user's own, which the worker loads by its module. */
  readonly program?: OwnProgram | undefined;
  /** Folder in which this worker may have the data itself, absolute. */
  readonly dataRoot?: string | undefined;
  /** Where it listens for other workers of the run; absent where its parcels come by the scheduler. */
  readonly peerListen?: ListenAddress | undefined;
  /** How often its links to other workers say that they are alive, s. */
  readonly heartbeat?: number | undefined;
  /** For wss: whom it trusts, and what it shows to the scheduler and to other workers. */
  readonly tls?: TlsIdentity | undefined;
  /** Where it keeps the states of its shards itself; without it the scheduler does. */
  readonly snapshots?: SnapshotFolder | undefined;
  /** Drawn by whoever starts this worker, and starts it again after its end: of two with one origin the earlier is gone. */
  readonly origin?: string | undefined;
}

/** What a worker says of itself when it joins. */
export interface WorkerFacts {
  readonly version: string;
  readonly engine: EngineKind;
  readonly adapter: string;
  readonly software: boolean;
  /** What its JavaScript kernels run on; absent where a worker has none. */
  readonly gpujs?: GpuJsMode | undefined;
  /** Folder in which it may have the data itself; absent where it has none. */
  readonly dataRoot?: string | undefined;
  /** Its listener for other workers; absent where it has none. */
  readonly peer?: PeerFacts | undefined;
  /** Absent where its scheduler itself started it. */
  readonly origin?: string | undefined;
}

/** What whoever started a worker hears of it and may ask of it. */
export interface Attendance {
  joined(): void;
  /** Resolves when it is to leave the run. */
  readonly leaving: Promise<void>;
}

/** How a worker joins what it was asked to; `threads` is its line to the others of its process, if it is a thread. */
export type Join = (request: JoinRequest, threads: ThreadBus | null, attendance: Attendance) => Promise<LinkClosed>;

/** What a worker brings along. */
export interface Belongings {
  readonly programs: ReadonlyMap<string, WorkerProgram>;
  readonly gpujs?: GpuJsMode | undefined;
  readonly localData?: LocalData | null;
  /** Its end of the line to the other threads of its process, if it is one of them. */
  readonly threads?: ThreadBus | null;
}

/** Serves one run. Resolves when the scheduler is done with this worker or lost; rejects with what went wrong here. */
export async function joinRun(request: JoinRequest, belongings: Belongings, attendance: Attendance): Promise<LinkClosed> {
  const engine = await createEngine(request.engine);
  try {
    return await serveWith(engine, request, belongings, attendance);
  } finally {
    await engine.close();
  }
}

async function serveWith(engine: Engine, request: JoinRequest, { programs, gpujs, localData = null, threads = null }: Belongings, attendance: Attendance): Promise<LinkClosed> {
  const { url, token, name, patienceMs, dataRoot, peerListen, origin, tls, heartbeat, snapshots } = request;
  const network = await openPeerNetwork({ name, token, listen: peerListen, threads, tls, heartbeat, isSecure: url.startsWith('wss:'), notice: (sentence) => process.stderr.write(`${name}: ${sentence}\n`) });
  try {
    const options = { url, token, patienceMs, tls, hello: { name, facts: { ...factsOf(engine, gpujs), dataRoot, peer: network.facts, origin } } };
    const link: Link = await (threads && isThreadUrl(url) ? threads.connect(options) : connectWebSocket(options));
    attendance.joined();
    void attendance.leaving.then(() => link.send(frame(Verb.Leaving, { round: 0, task: 0 }, [])));
    const { closed, failure } = await serve(link, engine, programs, { localData, network, ownBlocks: snapshots ? ownBlocksIn(snapshots) : null, ceilings: () => ceilingsHere(engine) });
    if (failure) throw failure;
    return closed;
  } finally {
    await network.close();
  }
}

export function factsOf({ kind, adapter, software }: Engine, gpujs?: GpuJsMode): WorkerFacts {
  return { version: VERSION, engine: kind, adapter, software, gpujs };
}

/** An engine in this process. A device that fails later ends the process: its results can't be trusted. */
export async function createEngine(kind: EngineKind): Promise<Engine> {
  if (kind === 'wasm') return createWasmEngine({ adapter: cpuName() });
  return createWebGpuEngine(await createDawn(), { onFatal: exitOnDeviceLoss });
}

/** What an engine's adapter can do at the most: as it was kept, else measured on an engine of its own. */
export function ceilingsHere(engine: Engine): Promise<Ceilings> {
  return ceilingsOf(engine, () => createEngine(engine.kind));
}

/** At once, before anything that was computed since goes out. */
export function exitOnDeviceLoss({ message }: Error): void {
  if (process.send) process.send({ lost: message } satisfies Word);
  else process.stderr.write(`strads worker: the GPU device failed: ${message}\n`);
  process.exit(EXIT_DEVICE_LOST);
}
