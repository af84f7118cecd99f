/** A run that goes on while its scheduler and its workers are attacked. In: a folder, how long the run is. Out: its processes and listeners, and how it ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer, type AddressInfo } from 'node:net';
import { randomUnit } from '../../../src/schedule/random.js';
import type { Target } from './attacks.js';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
export const TOKEN = 'a-token-of-24-characters';

/** Ratings, always the same. */
export function prepare(folder: string): void {
  const lines = Array.from({ length: 6000 }, (_, i) => `${Math.floor(300 * randomUnit(1, i, 0))},${Math.floor(200 * randomUnit(1, i, 1))},${1 + Math.floor(5 * randomUnit(1, i, 2))}`);
  const seen = new Set<string>();
  const unique = lines.filter((line) => !seen.has(line.split(',', 2).join()) && seen.add(line.split(',', 2).join()));
  writeFileSync(join(folder, 'ratings.csv'), `user,item,rating\n${unique.join('\n')}\n`);
  writeFileSync(join(folder, 'token'), `${TOKEN}\n`, { mode: 0o600 });
}

const training = (sweeps: number, out: string) => ['train', 'mf', '--data', 'ratings.csv', '--rank', '16', '--algorithm', 'als', '--sweeps', String(sweeps), '--out', out, '--overwrite'];

interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number; readonly said: string }>;
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

function command(folder: string, args: readonly string[]): Command {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<{ code: number; said: string }>((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, said })));
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(said);
      if (match) return match;
      if (child.exitCode !== null) throw new Error(`a command ended with ${child.exitCode}: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, ended, says };
}

/** The model of a run that nobody disturbs, as a digest. */
export async function undisturbed(folder: string, sweeps: number): Promise<string> {
  const { code, said } = await command(folder, [...training(sweeps, 'alone'), '--workers', '1']).ended;
  if (code !== 0) throw new Error(said);
  return digestOf(join(folder, 'alone'));
}

function digestOf(model: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(model).sort()) if (name.endsWith('.safetensors')) hash.update(name).update(readFileSync(join(model, name)));
  return hash.digest('hex');
}

/** What of a process must not grow. Linux. */
export interface Holdings {
  readonly residentMiB: number;
  readonly files: number;
}

export function holdingsOf(pid: number): Holdings {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kib === undefined) throw new Error(`process ${pid} has ended`);
  return { residentMiB: Number(kib) / 1024, files: readdirSync(`/proc/${pid}/fd`).length };
}

export interface Beside {
  /** The scheduler and the worker that listens, by name. */
  readonly targets: Readonly<Record<'scheduler' | 'worker', Target & { readonly pid: number }>>;
  readonly isOver: boolean;
  /** What is wrong with how it ended; null if nothing is. */
  finding(expected: string): Promise<string | null>;
  kill(): void;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Two workers that joined over the network, one of which listens for the other. */
export async function startBeside(folder: string, sweeps: number): Promise<Beside> {
  const scheduler = command(folder, [...training(sweeps, 'beside'), '--workers', '0', '--listen', '127.0.0.1:0', '--expect', '2', '--token-file', 'token']);
  const [, url, port] = await scheduler.says(/at (ws:\/\/127\.0\.0\.1:(\d+)):/);
  const peerPort = await freePort();
  const join = (name: string, ...more: string[]) => command(folder, ['worker', '--connect', url!, '--token-file', 'token', '--engine', 'wasm', '--name', name, ...more]);
  const workers = [join('a', '--peer-listen', `127.0.0.1:${peerPort}`), join('b')];
  const workerPid = await childOf(workers[0]!.child.pid!);
  const commands = [scheduler, ...workers];
  return {
    targets: { scheduler: { port: Number(port), token: TOKEN, pid: scheduler.child.pid! }, worker: { port: peerPort, token: TOKEN, pid: workerPid } },
    get isOver() {
      return scheduler.child.exitCode !== null;
    },
    async finding(expected) {
      const outcomes = await Promise.all(commands.map(({ ended }) => ended));
      const failed = outcomes.find(({ code }) => code !== 0);
      if (failed) return `a process of the run ended with ${failed.code}: ${failed.said}`;
      return digestOf(`${folder}/beside`) === expected ? null : 'the model has other bits than that of the undisturbed run';
    },
    kill: () => commands.forEach(({ child }) => child.kill('SIGKILL')),
  };
}

/** The process in which a worker's command has its engine. */
async function childOf(pid: number): Promise<number> {
  for (;;) {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean);
    if (child !== undefined) return Number(child);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
