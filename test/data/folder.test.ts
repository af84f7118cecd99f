/** A folder appears whole or not at all, and nothing is replaced that strads did not write. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertWritable, writeFolder } from '../../src/data/folder.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

/** A directory of its own for each test, to see that nothing stays beside the folder. */
function place(name: string): { parent: string; path: string } {
  const parent = join(directory.path, name);
  mkdirSync(parent);
  return { parent, path: join(parent, 'model') };
}

const fillWith = (text: string) => (folder: string): Promise<void> => writeFile(join(folder, 'model.json'), text);
const modelIn = (path: string): string => readFileSync(join(path, 'model.json'), 'utf8');

describe('writeFolder', () => {
  it('writes a new folder', async () => {
    const { parent, path } = place('new');
    await writeFolder(path, { overwrite: false }, fillWith('1'));
    expect(modelIn(path)).toBe('1');
    expect(readdirSync(parent)).toEqual(['model']);
  });

  it('replaces an earlier model only when told to', async () => {
    const { parent, path } = place('earlier');
    await writeFolder(path, { overwrite: false }, fillWith('1'));
    expect(await directory.errorOf(writeFolder(path, { overwrite: false }, fillWith('2')))).toMatchInlineSnapshot(`"earlier/model: the folder exists. Choose another output folder or add --overwrite"`);
    expect(modelIn(path)).toBe('1');
    await writeFolder(path, { overwrite: true }, fillWith('2'));
    expect(modelIn(path)).toBe('2');
    expect(readdirSync(parent)).toEqual(['model']);
  });

  it('leaves an earlier model and nothing else when filling fails', async () => {
    const { parent, path } = place('failing');
    await writeFolder(path, { overwrite: false }, fillWith('1'));
    const failing = writeFolder(path, { overwrite: true }, async (folder) => {
      await fillWith('2')(folder);
      throw new Error('no more disk');
    });
    await expect(failing).rejects.toThrow('no more disk');
    expect(modelIn(path)).toBe('1');
    expect(readdirSync(parent)).toEqual(['model']);
  });

  it('never replaces a folder that appeared or changed hands while it was filled', async () => {
    const { parent, path } = place('race');
    const racing = writeFolder(path, { overwrite: true }, async (folder) => {
      await fillWith('2')(folder);
      mkdirSync(path);
      writeFileSync(join(path, 'thesis.tex'), 'mine');
    });
    expect(await directory.errorOf(racing)).toContain('strads did not write it');
    expect(readdirSync(parent)).toEqual(['model']);
    expect(readdirSync(path)).toEqual(['thesis.tex']);
  });
});

describe('assertWritable', () => {
  it('accepts a free name, an empty folder or a model to overwrite', async () => {
    const { path } = place('free');
    await assertWritable(path, { overwrite: false });
    mkdirSync(path);
    await assertWritable(path, { overwrite: true });
    writeFileSync(join(path, 'model.json'), '{}');
    await assertWritable(path, { overwrite: true });
  });

  it('refuses what is not ours, a file, and a place that is not there', async () => {
    const { path } = place('foreign');
    mkdirSync(path);
    writeFileSync(join(path, 'thesis.tex'), 'mine');
    expect(await directory.errorOf(assertWritable(path, { overwrite: true }))).toMatchInlineSnapshot(`"foreign/model: the folder holds no model.json, so strads did not write it and will not replace it. Choose another output folder or empty this one"`);
    const file = join(path, 'thesis.tex');
    expect(await directory.errorOf(assertWritable(file, { overwrite: true }))).toMatchInlineSnapshot(`"foreign/model/thesis.tex: is a file or lies in one; expected a folder. Choose another output folder"`);
    expect(await directory.errorOf(assertWritable(join(path, 'missing', 'model'), { overwrite: false }))).toMatchInlineSnapshot(`"foreign/model/missing: there is no such directory, so model cannot be made in it. Create it or choose another output folder"`);
  });

  it.skipIf(process.getuid?.() === 0)('refuses a directory without write permission', async () => {
    const { parent } = place('locked');
    mkdirSync(join(parent, 'closed'), { mode: 0o500 });
    expect(await directory.errorOf(assertWritable(join(parent, 'closed', 'model'), { overwrite: false }))).toContain('cannot be written');
  });
});
