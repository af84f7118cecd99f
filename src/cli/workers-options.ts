/** Options about workers, the same for every training command, and the session they ask for. */
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { workerModule, workerPrograms } from '../../models/workers.js';
import type { EngineRequest } from '../engine/choose-engine.js';
import { openDefault } from '../runtime/default-session.js';
import { parseListenAddress, type ListenAddress } from '../runtime/listen-address.js';
import type { RunProfile } from '../runtime/run-profile.js';
import { ISOLATIONS, type Isolation } from '../runtime/seats.js';
import { openWorkers, type Session } from '../runtime/session.js';
import { parseWorkers, UsageError, type WorkerRequest } from '../runtime/worker-request.js';
import { whole } from './numbers.js';

export interface WorkersFlags {
  readonly workers?: string;
  readonly engine: EngineRequest;
  readonly isolate: Isolation;
  readonly listen?: string;
  readonly expect?: number;
  readonly tokenFile?: string;
}

export function addWorkersOptions(command: Command): Command {
  return command
    .optionsGroup('Workers:')
    .option('--workers <n|list>', 'workers on this machine: a number, or engines as in webgpu:1,wasm:2 (default: one for a GPU; else one a core, or for a small run one in this process)')
    .addOption(new Option('--engine <engine>', 'where kernels run; auto takes a hardware GPU if one answers, else wasm').choices(['auto', 'webgpu', 'wasm']).default('auto'))
    .addOption(new Option('--isolate <how>', 'whether a wasm worker on this machine is a thread or a process of its own; a GPU worker is always a process').choices(ISOLATIONS).default('thread'))
    .option('--listen <host:port>', 'also take in workers from elsewhere (strads worker --connect), at any moment of the run; needs --token-file')
    .option('--expect <n>', 'how many workers from elsewhere to wait for before the run begins (default: 1)', whole(0, 1024))
    .option('--token-file <file>', 'file with the join token that workers from elsewhere must show');
}

/** What the flags ask for, checked: nothing is started yet. */
export interface SessionRequest {
  /** Null: as many as this machine suggests. */
  readonly workers: readonly WorkerRequest[] | null;
  readonly engine: EngineRequest;
  readonly isolate: Isolation;
  readonly listen: ListenRequest | undefined;
}

interface ListenRequest extends ListenAddress {
  readonly token: string;
  readonly expect: number;
}

/** Throws UsageError, so that a slip in a flag is told before data are read. */
export async function sessionRequest(flags: WorkersFlags): Promise<SessionRequest> {
  const { engine, isolate } = flags;
  const workers = flags.workers === undefined ? null : parseWorkers(flags.workers, engine);
  const listen = await listenRequest(flags);
  if (workers?.every(({ count }) => count === 0) && !listen?.expect) throw new UsageError(`--workers ${flags.workers}: no worker at all; give at least 1, or --listen to wait for workers elsewhere`);
  return { workers, engine, isolate, listen };
}

/** The workers asked for; without a word about them, what suits this machine and the size of the run. */
export function openSession({ workers, engine, isolate, listen }: SessionRequest, isSmall: boolean, notice: (sentence: string) => void, profile: RunProfile | null): Promise<Session> {
  const options = { workerModule, notice, listen, isolate, profile };
  return workers === null ? openDefault(options, { engine, isSmall, programs: workerPrograms }) : openWorkers({ ...options, workers });
}

async function listenRequest({ listen, expect, tokenFile }: WorkersFlags): Promise<ListenRequest | undefined> {
  if (listen === undefined) {
    if (expect !== undefined || tokenFile !== undefined) throw new UsageError('--expect and --token-file are about workers from elsewhere: give --listen host:port too');
    return undefined;
  }
  if (tokenFile === undefined) throw new UsageError(`--listen ${listen} needs --token-file FILE: without a token anybody could join`);
  return { ...parseListenAddress('--listen', listen), token: await readToken(tokenFile), expect: expect ?? 1 };
}

/** The first line of the file. Throws UsageError that names the file. */
export async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`--token-file ${file}: can't be read: ${error.message}`);
  });
  const token = text.split('\n')[0]!.trim();
  if (token.length < 16) throw new UsageError(`--token-file ${file}: the token has ${token.length} characters, expected at least 16; make one with: openssl rand -hex 24 > ${file}`);
  return token;
}
