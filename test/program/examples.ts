/** The example folder, as its user has it: his files import 'strads/program', which is what was built. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as api from '../../src/author.js';
import { ROOT } from '../cli/strads.js';

export interface Problem {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly X: Float32Array;
  readonly y: Float64Array;
}

export interface Ridge extends api.Program {
  readonly coefficients: Float64Array;
  readonly gradient: Float64Array;
  readonly distance: number;
}

export interface RidgeOptions {
  readonly columns: number;
  readonly lambda: number;
  readonly block: number;
  readonly draw: api.Draw;
}

interface Example {
  readonly makeProblem: (shape: { rows: number; columns: number; seed: number }) => Problem;
  readonly cutByRows: (problem: Problem, shards: number) => api.ShardSource[];
  readonly Ridge: new (options: RidgeOptions) => Ridge;
  readonly solve: (A: Float64Array, b: Float64Array) => Float64Array;
}

export const FOLDER = join(ROOT, 'examples/ridge');

const load = (path: string): Promise<unknown> => import(pathToFileURL(path).href);

export const example = Object.assign({}, ...(await Promise.all(['data.mjs', 'program.mjs', 'solve.mjs'].map((file) => load(join(FOLDER, file)))))) as Example;

/** The package as its user imports it. */
export const strads = (await load(join(ROOT, 'dist/src/author.js'))) as typeof api;
