/** The worker halves of all built-in models, and the module a worker process runs. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';
import type { WorkerProgram } from '../src/program.js';
import { lassoWorker } from './lasso/shard.js';

export const workerPrograms: ReadonlyMap<string, WorkerProgram> = new Map([['lasso', lassoWorker as WorkerProgram]]);

/** A built file, also when this one runs from source. */
export const workerModule = pathToFileURL(join(dirname(createRequire(import.meta.url).resolve('strads/package.json')), 'dist/models/worker-main.js'));
