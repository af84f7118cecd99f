/** The module that a worker process for a user's own program runs. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A built file, also when this one runs from source. */
export const programWorker = pathToFileURL(join(dirname(createRequire(import.meta.url).resolve('strads/package.json')), 'dist/src/runtime/program-worker.js'));
