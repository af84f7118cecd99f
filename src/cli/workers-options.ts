/** Options about workers, the same for every training command, and the session they ask for. */
import { Option, type Command } from 'commander';
import { workerModule, workerPrograms } from '../../models/workers.js';
import { HEARTBEAT_SECONDS } from '../bus/options.js';
import type { EngineRequest } from '../engine/choose-engine.js';
import { readCertificates, TLS_FLAGS } from '../runtime/certificates.js';
import { parseListenAddress } from '../runtime/listen-address.js';
import type { CheckpointPlan } from '../runtime/checkpoint-plan.js';
import type { RunProfile } from '../runtime/run-profile.js';
import { openDefault } from '../runtime/default-session.js';
import type { GuestEntrance } from '../runtime/entrance.js';
import { ISOLATIONS, type Isolation } from '../runtime/seats.js';
import { openWorkers, type Session } from '../runtime/session.js';
import { parseWorkers, UsageError, type WorkerRequest } from '../runtime/worker-request.js';
import { positive, whole } from './numbers.js';
import { exposedFiles, readToken } from './secrets.js';
import { addTlsOptions, tlsFiles, type TlsFlags } from './tls-options.js';

export interface WorkersFlags extends TlsFlags {
  readonly workers?: string;
  readonly engine: EngineRequest;
  readonly isolate: Isolation;
  readonly allowEngineChange?: boolean;
  readonly listen?: string;
  readonly expect?: number;
  readonly tokenFile?: string;
  readonly heartbeat: number;
  readonly allowOrigin?: readonly string[];
}

export function addWorkersOptions(command: Command): Command {
  command
    .optionsGroup('Workers:')
    .option('--workers <n|list>', 'workers on this machine: a number, or engines as in webgpu:1,wasm:2 (default: one for a GPU; else one a core, or for a small run one in this process)')
    .addOption(new Option('--engine <engine>', 'where kernels run; auto takes a hardware GPU if one answers, else wasm').choices(['auto', 'webgpu', 'wasm']).default('auto'))
    .addOption(new Option('--isolate <how>', 'whether a wasm worker on this machine is a thread or a process of its own; a GPU worker is always a process').choices(ISOLATIONS).default('thread'))
    .option('--listen <host:port>', 'also take in workers from elsewhere (strads worker --connect), at any moment of the run; needs --token-file')
    .option('--expect <n>', 'how many workers from elsewhere to wait for before the run begins (default: 1)', whole(0, 1024))
    .option('--token-file <file>', 'file with the join token that workers from elsewhere must show')
    .option('--heartbeat <seconds>', 'how often links say that they are alive: a worker that falls silent is given up within three of these', positive, HEARTBEAT_SECONDS)
    .option('--allow-engine-change', 'where the last worker of a kind of engine is lost, let its shards go on on another kind: with other bits, so the model says that it is not reproducible')
    .option('--allow-origin <origin...>', 'web pages, as https://host, whose browsers may join as workers; none unless given');
  return addTlsOptions(command, {
    cert: 'listen by TLS (wss://) with this certificate (PEM), and those between it and its authority behind it',
    key: 'private key of --tls-cert',
    ca: 'demand of every worker from elsewhere a certificate that this authority has signed (PEM)',
  });
}

/** What the flags ask for, checked: nothing is started yet. */
export interface SessionRequest {
  /** Null: as many as this machine suggests. */
  readonly workers: readonly WorkerRequest[] | null;
  readonly engine: EngineRequest;
  readonly isolate: Isolation;
  readonly allowEngineChange: boolean;
  readonly heartbeat: number;
  readonly listen: GuestEntrance | undefined;
  /** What a person should know of the files that were given. */
  readonly notices: readonly string[];
}

/** Throws UsageError, so that a slip in a flag is told before data are read. */
export async function sessionRequest(flags: WorkersFlags): Promise<SessionRequest> {
  const { engine, isolate, allowEngineChange = false, heartbeat } = flags;
  const workers = flags.workers === undefined ? null : parseWorkers(flags.workers, engine);
  const listen = await listenRequest(flags);
  if (workers?.every(({ count }) => count === 0) && !listen?.expect) throw new UsageError(`--workers ${flags.workers}: no worker at all; give at least 1, or --listen to wait for workers elsewhere`);
  return { workers, engine, isolate, allowEngineChange, heartbeat, listen, notices: await exposedFiles({ '--token-file': flags.tokenFile, '--tls-key': flags.tlsKey }) };
}

/** Where a session tells of itself, and what is kept of the run. */
export interface SessionRecords {
  readonly notice: (sentence: string) => void;
  readonly profile: RunProfile | null;
  readonly checkpoint: CheckpointPlan | undefined;
}

/** The workers asked for; without a word about them, what suits this machine and the size of the run. */
export function openSession({ workers, engine, isolate, allowEngineChange, heartbeat, listen, notices }: SessionRequest, isSmall: boolean, { notice, ...records }: SessionRecords): Promise<Session> {
  notices.forEach(notice);
  const options = { workerModule, notice, listen, isolate, allowEngineChange, heartbeat, ...records };
  return workers === null ? openDefault(options, { engine, isSmall, programs: workerPrograms }) : openWorkers({ ...options, workers });
}

async function listenRequest(flags: WorkersFlags): Promise<GuestEntrance | undefined> {
  const { listen, expect, tokenFile, allowOrigin } = flags;
  const files = tlsFiles(flags);
  if (listen === undefined) {
    const isAboutGuests = [expect, tokenFile, allowOrigin, ...Object.values(files)].some((value) => value !== undefined);
    if (isAboutGuests) throw new UsageError('--expect, --token-file, --allow-origin and --tls-… are about workers from elsewhere: give --listen host:port too');
    return undefined;
  }
  if (tokenFile === undefined) throw new UsageError(`--listen ${listen} needs --token-file FILE: without a token anybody could join`);
  if (files.ca !== undefined && files.cert === undefined) throw new UsageError(`--tls-ca ${files.ca}: workers can show a certificate only by TLS: give --tls-cert and --tls-key too`);
  const address = parseListenAddress('--listen', listen);
  const tls = await readCertificates(files, TLS_FLAGS);
  return { ...address, token: await readToken(tokenFile), expect: expect ?? 1, allowedOrigins: (allowOrigin ?? []).map(originOf), tls: tls.cert === undefined ? undefined : tls };
}

/** As browsers send it. Throws UsageError. */
function originOf(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new UsageError(`--allow-origin ${text}: expected the origin of a web page, scheme, host and port alone, as in https://lab.example:8443`);
}
