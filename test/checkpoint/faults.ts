/** Stores and a file system that stop or fail at a chosen call, as when a process is killed or a disk is full. */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { CheckpointStore, ObjectWriter } from '../../src/checkpoint/store.js';

/** From the chosen call on: never answer again (the process is killed), fail and go on, fail each time, or do that one and fail all the same. */
export type Mode = 'stop' | 'fail once' | 'fail on' | 'do and fail';

/** Counts calls, and strikes at the `at`-th of them, from 1. */
export class Fault {
  calls = 0;
  /** Told of each call to the file system before it is made. */
  heard: (call: string) => void = () => undefined;
  #stop!: () => void;
  /** Resolves when a call has stopped. */
  readonly stopped = new Promise<'stopped'>((resolve) => (this.#stop = () => resolve('stopped')));

  constructor(
    readonly at: number,
    readonly mode: Mode,
    private readonly error: () => Error,
  ) {}

  async pass<T>(call: () => Promise<T>): Promise<T> {
    const k = ++this.calls;
    if (k < this.at || (k > this.at && (this.mode === 'fail once' || this.mode === 'do and fail'))) return call();
    if (this.mode === 'do and fail') await call();
    if (this.mode !== 'stop') throw this.error();
    this.#stop();
    return new Promise<never>(() => undefined);
  }
}

/** A store whose calls, and those of its writers, pass a fault. */
export function faultyStore(store: CheckpointStore, fault: Fault): CheckpointStore {
  const writerOf = (writer: ObjectWriter): ObjectWriter => ({
    append: (bytes) => fault.pass(() => writer.append(bytes)),
    finish: () => fault.pass(() => writer.finish()),
    abandon: () => fault.pass(() => writer.abandon()),
  });
  return {
    put: (name, bytes) => fault.pass(() => store.put(name, bytes)),
    writer: (name) => fault.pass(async () => writerOf(await store.writer(name))),
    read: (name, begin, end) => fault.pass(() => store.read(name, begin, end)),
    size: (name) => fault.pass(() => store.size(name)),
    list: () => fault.pass(() => store.list()),
    remove: (name) => fault.pass(() => store.remove(name)),
    sweep: () => fault.pass(() => store.sweep()),
    nameOf: (name) => store.nameOf(name),
  };
}

type Method = (...args: unknown[]) => Promise<unknown>;
type Methods = Record<string, Method>;

const FUNCTIONS = ['open', 'mkdir', 'readdir', 'rename', 'stat', 'unlink'] as const;
const METHODS = ['read', 'write', 'sync', 'stat'] as const;

/**
 * Runs while every call to the file system passes a fault, `only` those of some names; nothing is flushed to the disk, which no process
 * that goes on can tell. Files that a stopped call leaves open are closed afterwards.
 */
export async function withFaultyFiles<T>(fault: Fault, run: () => Promise<T>, only: readonly string[] = [...FUNCTIONS, ...METHODS, 'close']): Promise<T> {
  const functions = fs as unknown as Methods;
  const probe = await fs.open(process.execPath, 'r');
  const handles = Object.getPrototypeOf(probe) as Methods;
  await probe.close();
  const opened: (Methods & { readonly fd: number })[] = [];
  const restore: (() => void)[] = [];
  const replace = (owner: Methods, name: string, call: (original: Method, self: unknown, args: unknown[]) => Promise<unknown>) => {
    const original = owner[name]!;
    owner[name] = function (this: unknown, ...args) {
      fault.heard(name);
      return only.includes(name) ? fault.pass(() => call(original, this, args)) : call(original, this, args);
    };
    restore.push(() => (owner[name] = original));
  };
  for (const name of FUNCTIONS) {
    replace(functions, name, async (original, _self, args) => {
      const result = await original(...args);
      if (name !== 'open') return result;
      const handle = result as (typeof opened)[number];
      replace(handle, 'close', (close) => close());
      opened.push(handle);
      return handle;
    });
  }
  for (const name of METHODS) replace(handles, name, (original, self, args) => (name === 'sync' ? Promise.resolve() : original.apply(self, args)));
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    for (const each of restore) each();
    syncBuiltinESMExports();
    for (const handle of opened) if (handle.fd !== -1) await handle.close();
  }
}
