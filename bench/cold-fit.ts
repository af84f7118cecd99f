/**
 * The library as a script uses it that fits once: a process that has imported it, with the arrays in memory, and nothing has
 * run before. In: a folder as `writeArrays` made it. Out: a line of JSON, seconds of every fit in this process, the first one
 * cold; coefficients of the last fit, a row an alpha, in the folder.
 *
 *   node dist/bench/cold-fit.js <folder>
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lasso, LassoPath, type MatrixInput } from '../models/index.js';
import type { FitRequest } from './cold.js';

const folder = process.argv[2]!;
const { rows, columns, kind, options, path, fits } = JSON.parse(readFileSync(join(folder, 'request.json'), 'utf8')) as FitRequest;

function read<View>(name: string, View: new (buffer: ArrayBuffer) => View): View {
  const bytes = readFileSync(join(folder, name));
  return new View(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
}

const y = read('target.f64', Float64Array);
const values = read('parsed.f64', Float64Array);
const X: MatrixInput = kind === 'dense' ? { rows, columns, values } : { rows, columns, columnStarts: read('starts.u32', Uint32Array), rowIds: read('rowIds.u32', Uint32Array), values };

async function fit(): Promise<Float64Array> {
  if (!path) return (await new Lasso(options).fit(X, y)).coefficients;
  const { points } = (await new LassoPath(options).fit(X, y)).fit;
  const all = new Float64Array(points.length * columns);
  for (const [k, { ids, values: own }] of points.entries()) for (const [at, id] of ids.entries()) all[k * columns + id] = own[at]!;
  return all;
}

const seconds: number[] = [];
let coefficients = new Float64Array(0);
for (let k = 0; k < fits; k++) {
  const start = performance.now();
  coefficients = new Float64Array(await fit());
  seconds.push((performance.now() - start) / 1000);
}
writeFileSync(join(folder, 'own.f64'), new Uint8Array(coefficients.buffer));
process.stdout.write(`${JSON.stringify(seconds)}\n`);
