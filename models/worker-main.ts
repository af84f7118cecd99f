/** Entry of a worker process of its own. */
import { runWorkerProcess } from '../src/runtime/worker-process.js';
import { distributions, workerPrograms } from './workers.js';

runWorkerProcess(workerPrograms, distributions);
