import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTemporary, removeLeftovers } from '../../src/data/leftovers.js';

let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'strads-leftovers-'));
});

afterEach(() => rm(parent, { recursive: true, force: true }));

const DEAD = spawnSync(process.execPath, ['--eval', '']).pid;

/** A folder as another process would have made it. */
async function madeBy(id: number, prefix = '.model-', file = 'new'): Promise<string> {
  const own = basename(await makeTemporary(parent, prefix));
  const name = own.replace(`-${process.pid}-`, `-${id}-`);
  await rm(join(parent, own), { recursive: true });
  await mkdir(join(parent, name));
  await writeFile(join(parent, name, file), 'x');
  return name;
}

const remaining = async () => (await readdir(parent)).sort();

describe('temporary folders', () => {
  it('of a process that is gone are removed, those of living ones are not', async () => {
    await madeBy(DEAD);
    const kept = [await madeBy(process.ppid), await madeBy(1), basename(await makeTemporary(parent, '.model-'))];
    await removeLeftovers(parent, '.model-');
    expect(await remaining()).toEqual(kept.sort());
  });

  it('of another prefix, another machine or another maker are left alone', async () => {
    const other = await madeBy(DEAD, '.other-');
    const elsewhere = (await madeBy(DEAD)).replace(/^\.model-[0-9a-f]{8}/, '.model-00000000');
    const foreign = ['.model-backup', `.model-${DEAD}-abcdef`, elsewhere];
    await removeLeftovers(parent, '.model-');
    for (const name of foreign) await mkdir(join(parent, name));
    await removeLeftovers(parent, '.model-');
    expect(await remaining()).toEqual([...foreign, other].sort());
  });

  it('that hold what must not be lost are left alone', async () => {
    const kept = await madeBy(DEAD, '.model-', 'earlier');
    await madeBy(DEAD);
    await removeLeftovers(parent, '.model-', ['earlier']);
    expect(await remaining()).toEqual([kept]);
  });

  it('are none where there is no folder', async () => {
    await removeLeftovers(join(parent, 'nowhere'), '.model-');
    await expect(makeTemporary(join(parent, 'nowhere'), '.model-')).rejects.toThrow('ENOENT');
  });
});
