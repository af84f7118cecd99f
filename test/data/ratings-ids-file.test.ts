/** Ids written to a text file and read back. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visitIds, writeIds } from '../../src/data/ids-file.js';
import { Ids } from '../../src/data/ids.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();
const file = join(directory.path, 'ids.txt');

function idsOf(list: readonly (string | number)[]): Ids {
  const ids = new Ids();
  for (const id of list) ids.add(id);
  return ids;
}

async function idsIn(path: string): Promise<string[]> {
  const found: string[] = [];
  await visitIds(path, (id) => void found.push(id));
  return found;
}

describe('a file of ids', () => {
  it('has one a line, quoted where a reader of CSV needs it', async () => {
    await writeIds(file, idsOf([7, '007', '#x', 'a b', 'a,b', '"q"', ' c', 'two\nlines']));
    expect(readFileSync(file, 'utf8')).toBe('7\n007\n#x\na b\n"a,b"\n"""q"""\n" c"\n"two\nlines"\n');
  });
  it('gives back any ids', async () => {
    const id = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('a', '"', ',', ' ', '\n', '\r', '\t', '7', 'é', '漢', '#', '\ufeff') });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { minLength: 1, maxLength: 20 }), async (list) => {
        await writeIds(file, idsOf(list));
        expect(await idsIn(file)).toEqual(list);
      }),
    );
  });
  it('may be long', async () => {
    await writeIds(file, idsOf(Array.from({ length: 60_000 }, (_, i) => i * 31)));
    const ids = await idsIn(file);
    expect([ids.length, ids[59_999]]).toEqual([60_000, String(59_999 * 31)]);
  });
  it('gives every id the line it begins on, repeated ones too', async () => {
    const found: (readonly [string, number])[] = [];
    await visitIds(directory.write('a', 'x\n"two\nlines"\n\nx\n'), (id, line) => void found.push([id, line]));
    expect(found).toEqual([['x', 1], ['two\nlines', 2], ['x', 5]]);
  });
  it('is refused when it is empty, or a line is no id', async () => {
    expect(await directory.errorOf(idsIn(directory.write('a', '1\n2,3\n')))).toMatchInlineSnapshot(`"a, line 2: found 2 fields, expected one id. Correct the line; an id with a comma stands in quotes"`);
    expect(await directory.errorOf(idsIn(directory.write('a', '1\n""\n')))).toMatchInlineSnapshot(`"a, line 2: found an empty id, expected one id. Correct the line; an id with a comma stands in quotes"`);
    expect(await directory.errorOf(idsIn(directory.write('a', '')))).toMatchInlineSnapshot(`"a: the file is empty; expected rows of data. Check that it was written or copied completely"`);
  });
});
