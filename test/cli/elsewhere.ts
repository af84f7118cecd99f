/** Runs whose workers join over the network, each a command of its own, as on machines elsewhere. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { started, strads, type Ran } from './strads.js';

export const TOKEN = 'a-token-of-24-characters';

const LISTENING = /waiting for \d+ worker\(s\) at (ws:\/\/127\.0\.0\.1:\d+)/;

/** A worker from elsewhere: its name, and the folder in which it may have the data. */
export interface Guest {
  readonly name: string;
  readonly root?: string;
}

export const guestArguments = (url: string, { name, root }: Guest) => ['worker', '--connect', url, '--token-file', 'token', '--engine', 'wasm', '--name', name, ...(root === undefined ? [] : ['--data-root', root])];

export const listening = (args: readonly string[], expect: number) => ['train', 'lasso', ...args, '--workers', '0', '--listen', '127.0.0.1:0', '--expect', String(expect), '--token-file', 'token'];

/** Trains on the guests alone; `folder` holds the file "token". */
export async function trainElsewhere(folder: string, args: readonly string[], guests: readonly Guest[]): Promise<{ run: Ran; served: Ran[] }> {
  const { match, ended } = await started(folder, LISTENING, ...listening(args, guests.length));
  const served = await Promise.all(guests.map((guest) => strads(folder, ...guestArguments(match[1]!, guest))));
  return { run: await ended, served };
}

/** Processes that a process has started. Linux. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(/\s+/).filter(Boolean).map(Number);
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
