/** A strads command as a process of its own: what it says line by line, and how to hurt it. Linux: whose child is whose stands in /proc. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const ROOT = dirname(createRequire(import.meta.url).resolve('strads/package.json'));
const MAIN = join(ROOT, 'dist/src/cli/main.js');

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Command {
  readonly ended: Promise<Ended>;
  /** Everything that it has said, on either stream, in the order of its lines. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  #listeners: { readonly pattern: RegExp; readonly heard: (line: string) => void }[] = [];

  /** `wrapper`: words before those of the command, that run it elsewhere. */
  constructor(cwd: string, words: readonly string[], wrapper: readonly string[] = []) {
    const [program, ...rest] = [...wrapper, process.execPath, MAIN, ...words];
    this.#child = spawn(program!, rest, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => this.#child.on('close', (code, signal) => resolve({ code, signal })));
    this.#hear('stdout');
    this.#hear('stderr');
  }

  /** The first line, of those that it has said and will say, that matches. */
  says(pattern: RegExp): Promise<string> {
    const said = this.lines.find((line) => pattern.test(line));
    if (said !== undefined) return Promise.resolve(said);
    return new Promise((resolve) => void this.#listeners.push({ pattern, heard: resolve }));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The processes that it has started and that are still there. */
  get children(): number[] {
    try {
      return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its processes, itself last, so that none is started again. */
  kill(): void {
    const { children } = this;
    this.signal('SIGKILL');
    for (const child of children) send(child, 'SIGKILL');
  }

  signalChildren(signal: NodeJS.Signals): number[] {
    const { children } = this;
    for (const child of children) send(child, signal);
    return children;
  }

  #hear(stream: 'stdout' | 'stderr'): void {
    let rest = '';
    this.#child[stream]!.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (rest + piece).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.#heard(line);
    });
  }

  #heard(line: string): void {
    this.lines.push(line);
    const matched = this.#listeners.filter(({ pattern }) => pattern.test(line));
    this.#listeners = this.#listeners.filter((listener) => !matched.includes(listener));
    for (const { heard } of matched) heard(line);
  }
}

/** A process that is gone already is none to be signalled. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
