/** A folder appears whole or not at all, and nothing is replaced that strads did not write. */
import fs, { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { assertWritable, writeFolder } from '../../src/data/folder.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

/** A directory of its own for each test, to see that nothing stays beside the folder. */
function place(name: string): { parent: string; path: string } {
  const parent = join(directory.path, name);
  mkdirSync(parent);
  return { parent, path: join(parent, 'model') };
}

const markOf = (version: string): string => JSON.stringify({ format: 'strads-lasso', version });
const fillWith = (version: string) => (folder: string): Promise<void> => writeFile(join(folder, 'model.json'), markOf(version));
const modelIn = (path: string): string => (JSON.parse(readFileSync(join(path, 'model.json'), 'utf8')) as { version: string }).version;

/** Runs with another current folder. */
async function within<T>(folder: string, run: () => Promise<T>): Promise<T> {
  const outer = process.cwd();
  process.chdir(folder);
  try {
    return await run();
  } finally {
    process.chdir(outer);
  }
}

/** The message of the DataError that comes of running while the file system answers as mocked. */
async function patched(mock: { mockRestore(): void }, run: () => Promise<unknown>): Promise<string> {
  syncBuiltinESMExports();
  try {
    return await directory.errorOf(run());
  } finally {
    mock.mockRestore();
    syncBuiltinESMExports();
  }
}

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

describe('writeFolder leaves alone', () => {
  it('the current folder, whatever it is called, and those that hold it', async () => {
    const { parent, path } = place('current');
    const inner = join(path, 'inner');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, 'model.json'), markOf('1'));
    for (const name of ['', ' ', '.', inner, path, '..', '/']) {
      await within(inner, async () => {
        const expected = name.trim() === '' ? '--out is empty: name a folder' : `${name.replace(`${directory.path}/`, '')}: is the current folder or holds it, and is never replaced. Choose another output folder`;
        expect(await directory.errorOf(assertWritable(name, { overwrite: true }))).toBe(expected);
        expect(await directory.errorOf(writeFolder(name, { overwrite: true }, fillWith('2')))).toBe(expected);
      });
    }
    expect(modelIn(inner)).toBe('1');
    expect(readdirSync(parent)).toEqual(['model']);
  });

  it('an empty folder that takes the name after the last look at it', async () => {
    const { parent, path } = place('taken');
    const readdir = fs.readdirSync.bind(fs);
    const looking = vi.spyOn(fs, 'readdirSync').mockImplementation(((folder: string) => {
      if (folder !== path) return readdir(folder);
      mkdirSync(path, { recursive: true });
      throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    }) as typeof fs.readdirSync);
    expect(await patched(looking, () => writeFolder(path, { overwrite: false }, fillWith('2')))).toMatchInlineSnapshot(`"taken/model: something took this name in the meantime, and strads does not replace it. Choose another output folder"`);
    expect(readdirSync(parent)).toEqual(['model']);
    expect(readdirSync(path)).toEqual([]);
  });

  it('an earlier model, when another takes its place in the middle of the exchange', async () => {
    const { parent, path } = place('exchange');
    await writeFolder(path, { overwrite: false }, fillWith('1'));
    const taking = vi.spyOn(fs, 'mkdirSync').mockImplementationOnce(() => {
      throw Object.assign(new Error('taken'), { code: 'EEXIST' });
    });
    expect(await patched(taking, () => writeFolder(path, { overwrite: true }, fillWith('2')))).toContain('something took this name in the meantime');
    expect(modelIn(path)).toBe('1');
    expect(readdirSync(parent)).toEqual(['model']);
  });

  it('files of others beside a model, and a model.json of another program', async () => {
    const { path } = place('others');
    mkdirSync(path);
    writeFileSync(join(path, 'model.json'), markOf('1'));
    writeFileSync(join(path, 'coefficients.csv'), '');
    writeFileSync(join(path, 'thesis.tex'), 'mine');
    expect(await directory.errorOf(assertWritable(path, { overwrite: true }))).toMatchInlineSnapshot(`"others/model: the folder also holds thesis.tex, which is no part of a model, so strads will not replace it. Move thesis.tex elsewhere or choose another output folder"`);
    for (const other of ['{"format":"onnx"}', '{}', 'null', '{"format":"strads-', '[]']) {
      writeFileSync(join(path, 'model.json'), other);
      expect(await directory.errorOf(writeFolder(path, { overwrite: true }, fillWith('2')))).toMatchInlineSnapshot(`"others/model: its model.json is not that of a strads model (no "format" that begins with "strads-"), so strads will not replace the folder. Choose another output folder or empty this one"`);
      expect(readdirSync(path).sort()).toEqual(['coefficients.csv', 'model.json', 'thesis.tex']);
    }
  });

  it('a link, whose folder it replaces', async () => {
    const { parent, path } = place('linked');
    await writeFolder(path, { overwrite: false }, fillWith('1'));
    symlinkSync('model', join(parent, 'link'));
    await writeFolder(join(parent, 'link'), { overwrite: true }, fillWith('2'));
    expect(modelIn(path)).toBe('2');
    expect(readdirSync(parent).sort()).toEqual(['link', 'model']);
  });
});

describe('assertWritable', () => {
  it.skipIf(!existsSync('/proc/self'))('finds a place that takes no folder before anything is computed', async () => {
    expect(await directory.errorOf(assertWritable('/proc/model', { overwrite: false }))).toMatch(/^\/proc: it cannot be written \(.*\), so model cannot be made in it/);
  });

  it('accepts a free name, an empty folder or a model to overwrite', async () => {
    const { path } = place('free');
    await assertWritable(path, { overwrite: false });
    mkdirSync(path);
    await assertWritable(path, { overwrite: true });
    writeFileSync(join(path, 'model.json'), markOf('1'));
    await assertWritable(path, { overwrite: true });
  });

  it('refuses what is not ours, a file, and a place that is not there', async () => {
    const { path } = place('foreign');
    mkdirSync(path);
    writeFileSync(join(path, 'thesis.tex'), 'mine');
    expect(await directory.errorOf(assertWritable(path, { overwrite: true }))).toMatchInlineSnapshot(`"foreign/model: the folder holds no model.json, so strads did not write it and will not replace it. Choose another output folder or empty this one"`);
    const file = join(path, 'thesis.tex');
    expect(await directory.errorOf(assertWritable(file, { overwrite: true }))).toMatchInlineSnapshot(`"foreign/model/thesis.tex: is a file or lies in one; expected a folder. Choose another output folder"`);
    expect(await directory.errorOf(assertWritable(join(path, 'missing', 'model'), { overwrite: false }))).toMatchInlineSnapshot(`"foreign/model/missing: there is no such directory, so model cannot be made in it. Create it or choose another --out"`);
  });

  it.skipIf(process.getuid?.() === 0)('refuses a directory without write permission', async () => {
    const { parent } = place('locked');
    mkdirSync(join(parent, 'closed'), { mode: 0o500 });
    expect(await directory.errorOf(assertWritable(join(parent, 'closed', 'model'), { overwrite: false }))).toContain('cannot be written');
  });
});
