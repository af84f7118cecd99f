/** Names from a peer below a folder: what is found, and that nothing leads out. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { findBelow, nameBelow } from '../../src/data/below.js';

const place = await realpath(await mkdtemp(join(tmpdir(), 'strads-below-')));
afterAll(() => rm(place, { recursive: true, force: true }));

const root = join(place, 'root');
await mkdir(join(root, 'genes/folder.csv'), { recursive: true });
await mkdir(join(place, 'root-too'));
for (const file of ['root/genes/a.csv', 'root/b.csv', 'root/C:odd.csv', 'root/genes/both.csv', 'root/both.csv', 'secret.csv', 'root-too/secret.csv']) await writeFile(join(place, file), file);
await symlink('genes/a.csv', join(root, 'inside.csv'));
await symlink(join(place, 'secret.csv'), join(root, 'outside.csv'));
await symlink('../root-too', join(root, 'sideways'));
await symlink('loop.csv', join(root, 'loop.csv'));
await symlink('genes', join(root, 'linked'));

describe('a file below a folder', () => {
  it.each([
    ['by its whole name', 'genes/a.csv', 'genes/a.csv'],
    ['by the last part of its name', 'data/lasso/b.csv', 'b.csv'],
    ['by the end of its name', 'mnt/share/genes/both.csv', 'genes/both.csv'],
    ['by its whole name before the last part', 'genes/both.csv', 'genes/both.csv'],
    ['behind a link that stays inside', 'inside.csv', 'genes/a.csv'],
    ['behind a linked folder that stays inside', 'linked/a.csv', 'genes/a.csv'],
  ])('is found %s', async (_how, name, path) => expect(await findBelow(root, name)).toEqual({ path: join(root, path) }));

  it('is found when the folder itself is given by a link', async () => {
    await symlink(root, join(place, 'alias'));
    expect(await findBelow(join(place, 'alias'), 'b.csv')).toEqual({ path: join(root, 'b.csv') });
  });

  it.each([
    ['nowhere.csv', `there is no nowhere.csv in ${root}`],
    ['b.csv/deeper', `there is no b.csv/deeper in ${root}, nor any later part of that path`],
    ['loop.csv', `there is no loop.csv in ${root}`],
    [`${'x'.repeat(5000)}.csv`, `there is no ${'x'.repeat(5000)}.csv in ${root}`],
    ['genes/folder.csv', `${join(root, 'genes/folder.csv')} is no regular file`],
    ['outside.csv', `${join(root, 'outside.csv')} is a link that leads out of the folder`],
    ['sideways/secret.csv', `${join(root, 'sideways/secret.csv')} is a link that leads out of the folder`],
  ])('is missing: %s', async (name, missing) => expect(await findBelow(root, name)).toEqual({ missing }));

  it('is missing when the folder is gone', async () => {
    const gone = join(place, 'gone');
    expect(await findBelow(gone, 'b.csv')).toEqual({ missing: `the folder ${gone} is gone` });
  });
});

describe('a name that a hostile scheduler sends', () => {
  const hostile = ['', '.', '..', '../secret.csv', 'genes/../../secret.csv', 'genes/..', '/etc/passwd', join(place, 'secret.csv'), './b.csv', 'genes//a.csv', 'b.csv/', '..\\secret.csv', 'genes\\a.csv', '\\\\host\\share\\x', 'C:\\secret.csv', 'C:odd.csv', 'b.csv\0', 'b.csv\0.png', '\nb.csv'];

  it.each(hostile)('is refused before anything is looked up: %j', async (name) => {
    expect(await findBelow(root, name)).toEqual({ missing: `${JSON.stringify(name)} is no name of a file below a folder` });
  });

  it('never leads out, whatever it is made of', async () => {
    const part = fc.constantFrom('..', '.', '', 'genes', 'a.csv', 'secret.csv', 'root-too', 'outside.csv', 'sideways', 'linked', '\\', 'C:', '\0', place);
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), fc.constantFrom('/', '\\', ''), async (parts, separator) => {
        const found = await findBelow(root, parts.join(separator));
        if ('path' in found) expect(found.path.startsWith(root + sep)).toBe(true);
      }),
    );
  });
});

describe('a path as a name below a folder', () => {
  it.each([
    ['genes/a.csv', 'genes/a.csv'],
    ['./genes//a.csv', 'genes/a.csv'],
    ['/data/genes/a.csv', 'data/genes/a.csv'],
    ['../../shared/a.csv', 'shared/a.csv'],
    ['genes/../a.csv', 'genes/a.csv'],
  ])('%s → %s', (path, name) => expect(nameBelow(path)).toBe(name));

  it('is a name that is looked up, whatever the path', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('..', '.', '', 'a b', 'ü.csv', 'C:'), { maxLength: 6 }), async (parts) => {
        const name = nameBelow([...parts, 'b.csv'].join(sep));
        expect(await findBelow(root, name)).toEqual({ path: join(root, 'b.csv') });
      }),
    );
  });
});
