/**
 * A scheduler that stops, or whose store fails, at any step of a checkpoint: the one before is there whole, or the new one is, and what was
 * half done goes. Steps are the calls to the store, and below them those to the file system.
 */
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpoint/error.js';
import { openFolderStore } from '../../src/checkpoint/folder-store.js';
import { blocksOf } from '../../src/checkpoint/manifest.js';
import { packId } from '../../src/checkpoint/names.js';
import type { CheckpointStore } from '../../src/checkpoint/store.js';
import { temporaryDirectory } from '../data/files.js';
import { Fault, faultyStore, withFaultyFiles, type Mode } from './faults.js';
import { MemoryStore } from './memory-store.js';
import { bytesOf, Owner, stateOf, type State } from './owner.js';

const directory = temporaryDirectory();

/** From one to the next a block of each part changes, one stays and one is cut. */
const stateAt = (k: number): State => [0, 1].map((part) => [bytesOf(10 * k + part, 700), bytesOf(part, 1000), bytesOf(7, 300 - k)]);

/** What became of the checkpoint, and what is found then. */
const EXPECTED: Readonly<Record<Mode, readonly string[]>> = {
  stop: ['made 3', 'stopped 2', 'stopped 3'],
  'fail once': ['made 3', 'refused 2'],
  'fail on': ['made 3', 'refused 2'],
  'do and fail': ['made 3', 'refused 2'],
};

type Outcome = 'made' | 'refused' | 'stopped';

/** How a checkpoint went; a stopped one never settles. */
function outcomeOf(saving: Promise<unknown>, { stopped }: Fault): Promise<Outcome> {
  const settled = saving.then(
    () => 'made' as const,
    (error: unknown) => {
      if (error instanceof CheckpointError) return 'refused' as const;
      throw error;
    },
  );
  return Promise.race([settled, stopped]);
}

/** What a scheduler finds that starts now, after state 3 was to be saved: state 2 or 3 whole, and a store that works and holds nothing else after its next. */
async function foundWhole(store: CheckpointStore, keep: number): Promise<number> {
  const next = await Owner.open(store, keep);
  expect(next.notices).toEqual([]);
  const found = next.base!.tasks;
  expect(await stateOf(store, next.base!)).toEqual(stateAt(found));
  const manifest = await next.save(stateAt(4), 4);
  expect(await stateOf(store, manifest)).toEqual(stateAt(4));
  if (keep === 1) expect((await store.list()).filter((name) => packId(name) !== null)).toEqual([...new Set([...blocksOf(manifest)].map(({ pack }) => pack))].sort());
  return found;
}

const noSpace = () => new CheckpointError('storage', 'the store is full');

describe.each<Mode>(['stop', 'fail once', 'fail on', 'do and fail'])('a store that is told to %s', (mode) => {
  it.each([1, 2])('at any call leaves the old checkpoint or the new one, %i kept', async (keep) => {
    const outcomes = new Set<string>();
    for (let at = 1, struck = true; struck; at++) {
      const memory = new MemoryStore();
      const fault = new Fault(at, mode, noSpace);
      fault.calls = -Infinity;
      const owner = await Owner.open(faultyStore(memory, fault), keep);
      for (const k of [1, 2]) await owner.save(stateAt(k), k);
      fault.calls = 0;
      const outcome = await outcomeOf(owner.save(stateAt(3), 3), fault);
      struck = fault.calls >= at;
      outcomes.add(`${outcome} ${await foundWhole(memory, keep)}`);
      expect(memory.unfinished.size).toBe(0);
    }
    expect([...outcomes].sort()).toEqual(EXPECTED[mode]);
  });
});

const fileSystemError = (code: string) => () => Object.assign(new Error(`${code}: injected`), { code });

describe.each<[Mode, string]>([['stop', ''], ['fail once', 'EIO'], ['fail on', 'EIO'], ['fail on', 'ENOSPC'], ['fail once', 'EROFS']])('a file system that is told to %s %s', (mode, code) => {
  // A folder that lets itself not be flushed after a rename, and no file be removed either, keeps what it was given, whole.
  it('at any call leaves the old checkpoint or the new one, and no file half written', async () => {
    const outcomes = new Set<string>();
    for (let at = 1, struck = true; struck; at++) {
      const path = mkdtempSync(join(directory.path, 'crash-'));
      const store = await openFolderStore(path, { durable: true, create: false });
      const fault = new Fault(at, mode, fileSystemError(code));
      fault.calls = -Infinity;
      const outcome = await withFaultyFiles(fault, async () => {
        const owner = await Owner.open(store, 1);
        for (const k of [1, 2]) await owner.save(stateAt(k), k);
        fault.calls = 0;
        return outcomeOf(owner.save(stateAt(3), 3), fault);
      });
      struck = fault.calls >= at;
      outcomes.add(`${outcome} ${await foundWhole(await openFolderStore(path, { durable: false, create: false }), 1)}`);
      expect(readdirSync(path).filter((name) => name.startsWith('.'))).toEqual([]);
    }
    expect([...outcomes].sort()).toEqual(mode === 'fail on' ? [...EXPECTED[mode], 'refused 3'] : EXPECTED[mode]);
  });
});
