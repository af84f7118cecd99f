/**
 * Resident memory of a process and all its descendants, sampled on Linux. Pages that several processes share count once for each, so
 * the sum is an upper bound.
 */
import { readdirSync, readFileSync } from 'node:fs';

const PERIOD_MS = 50;

/** The moment at which all processes together were largest. */
export interface Peak {
  readonly bytes: number;
  /** The process itself first, then its descendants by id. */
  readonly byProcess: readonly number[];
}

const NOTHING: Peak = { bytes: 0, byProcess: [] };

export class MemorySampler {
  readonly #root: number;
  readonly #timer: NodeJS.Timeout;
  #peak = NOTHING;

  constructor(root: number) {
    this.#root = root;
    this.#timer = setInterval(() => this.#sample(), PERIOD_MS);
  }

  /** The peak since the last call, and starts afresh. */
  takePeak(): Peak {
    const peak = this.#peak;
    this.#peak = NOTHING;
    return peak;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const byProcess = processTree(this.#root).map(residentBytes);
    const bytes = byProcess.reduce((sum, own) => sum + own, 0);
    if (bytes > this.#peak.bytes) this.#peak = { bytes, byProcess };
  }
}

function processTree(root: number): number[] {
  const found = [root];
  for (let k = 0; k < found.length; k++) found.push(...childrenOf(found[k]!));
  return found;
}

function childrenOf(id: number): number[] {
  const folder = `/proc/${id}/task`;
  return unlessGone(() => readdirSync(folder), [] as string[])
    .flatMap((thread) => unlessGone(() => readFileSync(`${folder}/${thread}/children`, 'utf8'), '').trim().split(' '))
    .filter((child) => child !== '')
    .map(Number)
    .sort((a, b) => a - b);
}

function residentBytes(id: number): number {
  const status = unlessGone(() => readFileSync(`/proc/${id}/status`, 'utf8'), '');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

/** A process may end between two looks. */
function unlessGone<T>(look: () => T, gone: T): T {
  try {
    return look();
  } catch {
    return gone;
  }
}
