/** What workers that are started know of the built-in models: their worker halves, how their data are cut, and the module to run. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';
import type { WorkerProgram } from '../src/program.js';
import type { Distributions } from '../src/runtime/distribution.js';
import { distributeColumns } from './lasso/column-cut/distribute.js';
import { COLUMN_PROGRAM } from './lasso/column-cut/operations.js';
import { columnWorker } from './lasso/column-cut/shard.js';
import { distributeRows } from './lasso/row-cut/distribute.js';
import { lassoWorker } from './lasso/row-cut/shard.js';
import { LDA_PROGRAM } from './lda/operations.js';
import { ldaWorker } from './lda/worker/program.js';
import { MF_PROGRAM } from './mf/operations.js';
import { mfWorker } from './mf/worker/program.js';

export const workerPrograms: ReadonlyMap<string, WorkerProgram> = new Map([
  ['lasso', lassoWorker as WorkerProgram],
  [COLUMN_PROGRAM, columnWorker as WorkerProgram],
  [MF_PROGRAM, mfWorker as WorkerProgram],
  [LDA_PROGRAM, ldaWorker as WorkerProgram],
]);

/** For workers that read the data themselves. */
export const distributions: Distributions = new Map([
  ['lasso', distributeRows],
  [COLUMN_PROGRAM, distributeColumns],
]);

/** A built file, also when this one runs from source. */
export const workerModule = pathToFileURL(join(dirname(createRequire(import.meta.url).resolve('strads/package.json')), 'dist/models/worker-main.js'));
