/**
 * Ceilings of this machine's adapters, measured once and kept in the user's cache folder. In: which device, and how to get an engine of its own
 * to measure on. Out: its ceilings. A folder that cannot be written is no error: they are measured again then.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { VERSION } from '../version.js';
import type { Engine } from './engine.js';
import { measureCeilings, type Ceilings } from './roofline.js';

export type MeasuredDevice = Pick<Engine, 'kind' | 'adapter' | 'driver'>;

const file = z.object({
  bytesPerSecond: z.number().positive(),
  flopsPerSecond: z.number().positive(),
  software: z.boolean(),
  clock: z.enum(['gpu', 'gpu-quantized', 'host']),
});

/** How long another process that measures the same device is waited for, and how often it is looked after, milliseconds. */
const PATIENCE = 30_000;
const INTERVAL = 100;

/** The ceilings that are kept; null where none are. */
export async function keptCeilings(device: MeasuredDevice): Promise<Ceilings | null> {
  try {
    return file.parse(JSON.parse(await readFile(pathOf(device), 'utf8')));
  } catch {
    return null;
  }
}

/** The kept ceilings, else measured now, by one process of this machine at a time, since two would slow each other down. */
export async function ceilingsOf(device: MeasuredDevice, makeEngine: () => Promise<Engine>): Promise<Ceilings> {
  const lock = `${pathOf(device)}.lock`;
  for (const begin = Date.now(); Date.now() - begin < PATIENCE; await pause(INTERVAL)) {
    const kept = await keptCeilings(device);
    if (kept) return kept;
    if (await isFree(lock)) break;
  }
  try {
    return await measureAndKeep(makeEngine);
  } finally {
    await rm(lock, { force: true }).catch(() => undefined);
  }
}

/** Measures anew, whatever is kept. */
export async function measureAndKeep(makeEngine: () => Promise<Engine>): Promise<Ceilings> {
  const engine = await makeEngine();
  try {
    const ceilings = await measureCeilings(engine);
    await keep(engine, ceilings);
    return ceilings;
  } finally {
    await engine.close();
  }
}

/** Whether this process may measure: it has taken the lock, or there can be none, or it was left behind. */
async function isFree(lock: string): Promise<boolean> {
  try {
    await mkdir(cacheFolder(), { recursive: true });
    await (await open(lock, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return true;
    const taken = await stat(lock).catch(() => null);
    return taken !== null && Date.now() - taken.mtimeMs > PATIENCE;
  }
}

/** Written beside and renamed: a reader never sees half a file. */
async function keep({ kind, adapter, driver }: Engine, ceilings: Ceilings): Promise<void> {
  const path = pathOf({ kind, adapter, driver });
  const beside = `${path}.${process.pid}`;
  try {
    await mkdir(cacheFolder(), { recursive: true });
    await writeFile(beside, `${JSON.stringify({ kind, adapter, driver, strads: VERSION, ...ceilings })}\n`);
    await rename(beside, path);
  } catch {
    await rm(beside, { force: true }).catch(() => undefined);
  }
}

/** Twins are compiled by Node, so its version is part of what drives a wasm engine. */
function pathOf({ kind, adapter, driver }: MeasuredDevice): string {
  const key = JSON.stringify([kind, adapter, kind === 'wasm' ? process.version : driver, VERSION]);
  return join(cacheFolder(), `ceilings-${createHash('sha256').update(key).digest('hex').slice(0, 16)}.json`);
}

function cacheFolder(): string {
  const caches = process.env.XDG_CACHE_HOME || (process.platform === 'win32' && process.env.LOCALAPPDATA) || join(homedir(), '.cache');
  return join(caches, 'strads');
}
