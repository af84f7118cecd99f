/**
 * Resident memory of a process and all its descendants, sampled on Linux. Pages that several processes share count once for each, so
 * the sum is an upper bound.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const PERIOD_MS = 50;

/** The moment at which all processes together were largest. */
export interface Peak {
  readonly bytes: number;
  /** The process itself first, then its descendants by id. */
  readonly byProcess: readonly number[];
}

const NOTHING: Peak = { bytes: 0, byProcess: [] };

/** The most a process had at any time, as the system counts it. */
export interface HighWater {
  readonly command: string;
  readonly bytes: number;
}

export class MemorySampler {
  readonly #root: number;
  readonly #timer: NodeJS.Timeout;
  #peak = NOTHING;
  readonly #highWaters = new Map<number, HighWater>();

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

  /** Of every process that was seen, by id, also of those that have ended. */
  get highWaters(): HighWater[] {
    return [...this.#highWaters].sort(([a], [b]) => a - b).map(([, highWater]) => highWater);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const byProcess = processTree(this.#root).map((id) => this.#look(id));
    const bytes = byProcess.reduce((sum, own) => sum + own, 0);
    if (bytes > this.#peak.bytes) this.#peak = { bytes, byProcess };
  }

  /** Remembers the high water of a process, and returns its bytes now. */
  #look(id: number): number {
    const status = unlessGone(() => readFileSync(`/proc/${id}/status`, 'utf8'), '');
    const highest = bytesIn(status, 'VmHWM');
    const command = unlessGone(() => readFileSync(`/proc/${id}/cmdline`, 'utf8'), '').replaceAll('\0', ' ').trim();
    if (highest > 0 && command !== '') this.#highWaters.set(id, { command, bytes: highest });
    return bytesIn(status, 'VmRSS');
  }
}

/** What a process holds right now. */
export interface Holdings {
  /** Bytes. */
  readonly resident: number;
  /** Open descriptors, and those of them that are sockets. */
  readonly files: number;
  readonly sockets: number;
}

/** Null where the process is gone. */
export function lookAt(id: number): Holdings | null {
  const resident = bytesIn(unlessGone(() => readFileSync(`/proc/${id}/status`, 'utf8'), ''), 'VmRSS');
  const files = unlessGone(() => readdirSync(`/proc/${id}/fd`), [] as string[]);
  if (resident === 0 || files.length === 0) return null;
  const sockets = files.filter((file) => unlessGone(() => readlinkSync(`/proc/${id}/fd/${file}`), '').startsWith('socket:')).length;
  return { resident, files: files.length, sockets };
}

/** A process and all its descendants, itself first. */
export function processTree(root: number): number[] {
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

/** A field of /proc/<id>/status, which counts in KiB; 0 where the process is gone. */
function bytesIn(status: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}

/** A process may end between two looks. */
function unlessGone<T>(look: () => T, gone: T): T {
  try {
    return look();
  } catch {
    return gone;
  }
}
