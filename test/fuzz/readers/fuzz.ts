/**
 * Fuzzing of one reader. In: its name, a seed, and how many inputs. Out: how many were taken in and refused, and the findings, those of inputs
 * that ended or stopped the process that read them among them: a new one goes on behind such an input.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildMessage, ChildRequest, Finding } from './fuzz-child.js';

export interface FuzzRequest {
  /** URL of a module that exports `READERS`. */
  readonly module: string;
  readonly reader: string;
  readonly seed: number;
  readonly first: number;
  readonly files: number;
  /** After so many milliseconds with one input the process is stopped; far more than one takes on a busy machine. */
  readonly patience?: number;
}

export interface Tally {
  readonly reader: string;
  readonly files: number;
  readonly accepted: number;
  readonly refused: number;
  /** Bytes of the longest array that an input led to. */
  readonly longestArray: number;
  readonly findings: readonly Finding[];
}

const CHILD = fileURLToPath(new URL('./fuzz-child.js', import.meta.url));
/** MiB of objects; arrays are limited one by one. */
const HEAP_MIB = 256;
const PATIENCE = 60_000;
/** Until the first input is in hand. */
const PATIENCE_AT_START = 300_000;
const LOOK_EVERY = 500;
/** With more than these there is no need to look further. */
const MOST_FINDINGS = 100;

export async function fuzzReader({ module, reader, seed, first, files, patience = PATIENCE }: FuzzRequest): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'strads-fuzz-'));
  const findings: Finding[] = [];
  const end = first + files;
  let [accepted, refused, longestArray, next] = [0, 0, 0, first];
  try {
    while (next < end && findings.length < MOST_FINDINGS) {
      const run = new ChildRun({ module, reader, seed, first: next, end, folder, progress: join(folder, 'progress') }, patience);
      const fault = await run.outcome((message) => {
        if (message.kind === 'finding') findings.push(message.finding);
        else {
          accepted += message.accepted;
          refused += message.refused;
          longestArray = Math.max(longestArray, message.longestArray);
          next = message.next;
        }
        return findings.length < MOST_FINDINGS;
      });
      if (fault === null) break;
      findings.push(fault);
      next = fault.input + 1;
    }
    return { reader, files: accepted + refused + findings.length, accepted, refused, longestArray, findings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class ChildRun {
  readonly #process: ChildProcess;
  #complaint = '';
  #stopped: string | null = null;

  constructor(
    private readonly request: ChildRequest,
    private readonly patience: number,
  ) {
    rmSync(request.progress, { force: true });
    this.#process = fork(CHILD, [JSON.stringify(request)], { execArgv: [`--max-old-space-size=${HEAP_MIB}`], stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, TMPDIR: request.folder } });
    this.#process.stderr!.on('data', (text: Buffer) => (this.#complaint = (this.#complaint + text.toString()).slice(-2000)));
  }

  /** Null when the process read all inputs, or `take` wants no more; else what became of the one it had in hand. */
  async outcome(take: (message: ChildMessage) => boolean): Promise<Finding | null> {
    let isEnough = false;
    this.#process.on('message', (message) => {
      if (take(message as ChildMessage)) return;
      isEnough = true;
      this.#process.kill('SIGKILL');
    });
    const watch = this.#watch();
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => this.#process.once('close', (...how) => resolve(how)));
    clearInterval(watch);
    if (isEnough || (code === 0 && this.#stopped === null)) return null;
    const what = this.#stopped ?? `ended the process (${signal ?? `exit code ${code}`}): ${this.#complaint.trim()}`;
    return { input: this.#inHand() ?? this.request.first, what };
  }

  #watch(): NodeJS.Timeout {
    let [input, since] = [this.#inHand(), Date.now()];
    return setInterval(() => {
      const now = this.#inHand();
      if (now !== input) [input, since] = [now, Date.now()];
      else if (Date.now() - since > (now === null ? PATIENCE_AT_START : this.patience)) {
        this.#stopped = `hangs: stopped after ${Math.floor((Date.now() - since) / 1000)} s`;
        this.#process.kill('SIGKILL');
      }
    }, LOOK_EVERY);
  }

  #inHand(): number | null {
    try {
      const text = readFileSync(this.request.progress, 'utf8');
      return text === '' ? null : Number(text);
    } catch {
      return null;
    }
  }
}
