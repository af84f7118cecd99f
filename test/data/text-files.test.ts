/** Text with a file a document. */
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readTextFiles, type Documents } from '../../src/data/corpus.js';
import { entriesOf, tokensOf } from './corpus-entries.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();
for (const folder of ['docs/deep/er', 'docs/.hidden', 'binary', 'empty/er', 'loop', 'docs (old)']) mkdirSync(`${directory.path}/${folder}`, { recursive: true });
directory.write('docs/b.md', '\ufeffBlue whales');
directory.write('docs/a.txt', 'All about\n\nants');
directory.write('docs/Z.md', 'zebra');
directory.write('docs/deep/er/c.md', gzipSync('cats & cows'));
directory.write('docs/deep/none.md', '');
directory.write('docs/picture.png', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0));
directory.write('docs/.hidden/d.md', 'dogs');
directory.write('docs/.e.md', 'eels');
directory.write('docs (old)/f.md', 'fish');
directory.write('binary/picture.png', Uint8Array.of(0, 1));
directory.write('loop/g.md', 'geese');
symlinkSync('.', `${directory.path}/loop/again`);

const ALL = { 'docs/Z.md': ['zebra'], 'docs/a.txt': ['all', 'about', 'ants'], 'docs/b.md': ['blue', 'whales'], 'docs/deep/er/c.md': ['cats', 'cows'], 'docs/deep/none.md': [] };

/** The words by the paths of the files, inside the directory. */
const byName = (documents: Documents): Record<string, string[]> => Object.fromEntries(entriesOf(documents).map((document, d) => [documents.names![d].replace(`${directory.path}/`, ''), tokensOf(document)]));

describe('text files', () => {
  it('are all those in a folder and below it, by path, but for hidden and binary ones', async () => {
    for (const folder of [`${directory.path}/docs`, `${directory.path}/docs/`]) {
      const documents = await readTextFiles(folder);
      expect(byName(documents)).toEqual(ALL);
      expect(documents.names).toEqual(Object.keys(ALL).map((name) => `${directory.path}/${name}`));
      expect({ ...documents, batches: 0, close: 0, words: documents.words.count, names: 0, source: 0 }).toEqual({
        source: 0, format: 'text files', count: 5, tokens: 8, words: 8, hasVocabulary: true, names: 0, replacedBytes: 0, skippedFiles: 1, batches: 0, close: 0,
      });
    }
  });
  it('are those that match a glob', async () => {
    const matched = async (pattern: string): Promise<string[]> => Object.keys(byName(await readTextFiles(`${directory.path}/${pattern}`)));
    expect(await matched('docs/*.md')).toEqual(['docs/Z.md', 'docs/b.md']);
    expect(await matched('docs/**/*.md')).toEqual(['docs/Z.md', 'docs/b.md', 'docs/deep/er/c.md', 'docs/deep/none.md']);
    expect(await matched('{docs/deep,loop}/*.md')).toEqual(['docs/deep/none.md', 'loop/g.md']);
    expect(await matched('docs/.hidden/*')).toEqual(['docs/.hidden/d.md']);
  });
  it('have relative names where the path is relative', async () => {
    const base = relative(process.cwd(), directory.path);
    for (const path of [`${base}/docs/*.txt`, `${base}/docs/a.txt`]) expect((await readTextFiles(path)).names).toEqual([`${base}/docs/a.txt`]);
    expect((await readTextFiles('./test/data/text-files.test.t[s]')).names).toEqual(['test/data/text-files.test.ts']);
  });
  it('may lie in a folder whose name looks like a glob', async () => {
    expect(byName(await readTextFiles(`${directory.path}/docs (old)`))).toEqual({ 'docs (old)/f.md': ['fish'] });
  });
  it('are read once where links lead to them as well', async () => {
    expect(byName(await readTextFiles(`${directory.path}/loop`))).toEqual({ 'loop/again/g.md': ['geese'] });
  });
  it('may be one file', async () => {
    expect(byName(await readTextFiles(`${directory.path}/docs/b.md`))).toEqual({ 'docs/b.md': ['blue', 'whales'] });
  });
  it('have their bytes replaced and counted, or name the file and line', async () => {
    directory.write('a.latin', Buffer.from('fine\ncaf\xe9\n', 'latin1'));
    directory.write('b.latin', Buffer.from('na\xefve \xe9t\xe9', 'latin1'));
    expect((await readTextFiles(`${directory.path}/*.latin`)).replacedBytes).toBe(4);
    expect(await directory.errorOf(readTextFiles(`${directory.path}/*.latin`, { strict: true }))).toMatchInlineSnapshot(`"a.latin, line 2: found bytes that are not UTF-8, in "caf�", expected UTF-8. Convert the file, or read it without --strict"`);
  });
});

describe('text files that are not there', () => {
  it('in a folder', async () => {
    expect((await directory.errorOf(readTextFiles(`${directory.path}/empty`)))).toMatchInlineSnapshot(`"empty: found no file in this folder or below it, expected files of text whose names don't begin with a dot. Put them there, or name another folder"`);
    expect((await directory.errorOf(readTextFiles(`${directory.path}/binary`)))).toMatchInlineSnapshot(`"binary: found only binary files (1), expected text. Name a folder or a glob of text files"`);
  });
  it('by a glob', async () => {
    expect((await directory.errorOf(readTextFiles(`${directory.path}/docs/*.rst`)))).toMatchInlineSnapshot(`"docs/*.rst: found no file that matches, expected files of text. Check the path and the folder it is relative to; in a shell, a glob stands in quotes"`);
    expect((await directory.errorOf(readTextFiles(`${directory.path}/none`)))).toMatchInlineSnapshot(`"none: found no file that matches, expected files of text. Check the path and the folder it is relative to; in a shell, a glob stands in quotes"`);
  });
  it.skipIf(process.getuid?.() === 0)('for the reader', async () => {
    chmodSync(directory.write('secret.md', 'secret'), 0);
    expect(await directory.errorOf(readTextFiles(`${directory.path}/secret.md`))).toBe('secret.md: permission to read the file is denied. Make it readable for the user who runs strads');
  });
  it('in one piece', async () => {
    directory.write('large.md', Buffer.alloc((1 << 26) + 1, 'word '));
    expect(await directory.errorOf(readTextFiles(`${directory.path}/large.md`))).toMatchInlineSnapshot(`"large.md: found more than 64 MiB, expected a document a file. Cut it into documents"`);
  });
});
