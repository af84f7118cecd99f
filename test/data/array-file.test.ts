/** Arrays written part by part are the files that are written whole, and are read at any place. */
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArrayFile } from '../../src/data/array-file.js';
import { npyHead } from '../../src/data/npy-header.js';
import { readDataset } from '../../src/data/read.js';
import { writeSafetensors, type Tensors } from '../../src/data/safetensors.js';
import { TensorFile } from '../../src/data/safetensors-file.js';
import { tensorHead } from '../../src/data/safetensors-header.js';
import { temporaryDirectory } from './files.js';

const directory = temporaryDirectory();

const TENSORS: Tensors = {
  wide: { shape: [2], data: Float64Array.of(1.5, -2) },
  table: { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  ids: { shape: [4], data: Uint32Array.of(7, 8, 9, 0xffff_ffff) },
  none: { shape: [0, 5], data: new Float32Array(0) },
};

async function written(name: string): Promise<string> {
  const file = join(directory.path, name);
  const array = await ArrayFile.create(file, tensorHead([['wide', { dtype: 'F64', shape: [2] }], ['table', { dtype: 'F32', shape: [3, 2] }], ['ids', { dtype: 'U32', shape: [4] }], ['none', { dtype: 'F32', shape: [0, 5] }]]));
  await array.append(TENSORS['wide'].data as Float64Array);
  await array.append(Float32Array.of(0, 1, 2).subarray(1));
  await array.append(Float32Array.of(3, 4, 5, 6));
  await array.append(TENSORS['ids'].data as Uint32Array);
  await array.end();
  return file;
}

describe('tensors written part by part', () => {
  it('have the bytes of those written whole', async () => {
    expect(new Uint8Array(readFileSync(await written('parts')))).toEqual(writeSafetensors(TENSORS));
  });

  it('are read at any place', async () => {
    const tensors = await TensorFile.open(await written('read'));
    expect([...tensors.tensors.keys()]).toEqual(['wide', 'table', 'ids', 'none']);
    expect(await tensors.read('table', 2, 3)).toEqual(Float32Array.of(3, 4, 5));
    expect(await tensors.read('ids', 3, 1)).toEqual(Uint32Array.of(0xffff_ffff));
    expect(await tensors.read('wide', 0, 2)).toEqual(Float64Array.of(1.5, -2));
    expect(await tensors.read('none', 0, 0)).toEqual(new Float32Array(0));
    await tensors.close();
  });

  it('must be as many as were announced', async () => {
    const array = await ArrayFile.create(join(directory.path, 'short'), tensorHead([['a', { dtype: 'F32', shape: [2] }]]));
    await array.append(Float32Array.of(1));
    await expect(array.end()).rejects.toThrow('4 bytes of data were written, and 8 announced');
  });

  it('are refused when the file is not whole', async () => {
    const bytes = readFileSync(await written('whole'));
    for (let length = 0; length < bytes.length; length += 7) {
      const file = directory.write('cut', bytes.subarray(0, length));
      expect(await directory.errorOf(TensorFile.open(file))).toContain('cut: not a whole safetensors file: found ');
    }
    expect(await directory.errorOf(TensorFile.open(join(directory.path, 'nowhere')))).toBe('nowhere: there is no such file. The model\'s folder is damaged: copy all of it again, or train again');
  });

  it('are missed when the file becomes shorter while it is read', async () => {
    const file = await written('shrinking');
    const tensors = await TensorFile.open(file);
    truncateSync(file, readFileSync(file).length - 2);
    expect(await directory.errorOf(tensors.read('ids', 3, 1))).toMatch(/^shrinking: ends at byte \d+, expected \d+: it became shorter while it was read/);
    await tensors.close();
  });
});

describe('the head of a NumPy array', () => {
  it('is what numpy.save writes', () => {
    expect(npyHead('<f4', [3, 2]).toString('latin1')).toBe(`\x93NUMPY\x01\x00v\x00${"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }".padEnd(117)}\n`);
    expect(npyHead('<f4', [7]).toString('latin1')).toContain("'shape': (7,), }");
    for (const size of [1, 10, 1e5, 1e9, 1e15]) expect(npyHead('<f4', [size, size]).length % 64).toBe(0);
  });

  it('is read back', async () => {
    const data = Float32Array.of(1, 2, 3, 4.5, 5, 6);
    const file = join(directory.path, 'a.npy');
    const array = await ArrayFile.create(file, { head: npyHead('<f4', [3, 2]), dataBytes: 24 });
    await array.append(data);
    await array.end();
    const { matrix } = await readDataset({ data: file });
    const chunks = [];
    for await (const chunk of matrix.chunks()) chunks.push(chunk);
    expect(chunks).toEqual([{ kind: 'dense', firstRow: 0, rows: 3, values: Float64Array.from(data) }]);
    await matrix.close();
  });
});
