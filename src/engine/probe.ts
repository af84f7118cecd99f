/**
 * Which adapters WebGPU finds under an environment. The question is put to a child process, so the caller never
 * loads a driver, and a driver that crashes is only a failed probe.
 */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { AdapterReport } from './adapter-report.js';
import type { Environment } from './software-adapter.js';

export interface Probe {
  /** In Dawn's order: an engine gets the first. */
  readonly adapters: readonly AdapterReport[];
  /** What went wrong, if something did: the driver's own words, or how the child ended. */
  readonly problem: string | null;
}

/** A driver that has not answered by then never will. */
const PATIENCE_MS = 60_000;

/** The child is a built file, also when this one runs from source. */
const CHILD = join(dirname(createRequire(import.meta.url).resolve('strads/package.json')), 'dist', 'src', 'engine', 'probe-child.js');

/** The adapters a process would find that is started with `env` beside this one's variables. */
export async function probeAdapters(env: Environment = {}): Promise<readonly AdapterReport[]> {
  return (await probe(env)).adapters;
}

export function probe(env: Environment = {}): Promise<Probe> {
  return new Promise((resolve) => {
    const child = fork(CHILD, { env: { ...process.env, ...env }, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'], timeout: PATIENCE_MS, killSignal: 'SIGKILL' });
    let answer: Probe | null = null;
    let complaint = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.on('message', (message) => (answer = message as Probe));
    child.on('error', (error) => resolve({ adapters: [], problem: `the probe could not be started: ${error.message}` }));
    child.on('close', (code, signal) => {
      const ended = signal ? `the probe was ended by ${signal}` : `the probe ended with code ${code}`;
      const said = firstLine(complaint);
      if (!answer) resolve({ adapters: [], problem: said ? `${ended}: ${said}` : ended });
      else resolve({ adapters: answer.adapters, problem: answer.problem ?? (answer.adapters.length === 0 ? said : null) });
    });
  });
}

/** Names of the hardware adapters, those of the preferred backend: another backend shows the same cards again. */
export function hardwareNames({ adapters }: Probe): string[] {
  const hardware = adapters.filter(({ type }) => type === 'hardware');
  return hardware.filter(({ backend }) => backend === hardware[0]!.backend).map(({ name }) => name);
}

function firstLine(text: string): string | null {
  return text.trim().split('\n')[0]?.replace(/^Warning: /, '') || null;
}
