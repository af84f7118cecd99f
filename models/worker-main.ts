/** Entry of a worker process of its own. */
import { runWorkerProcess } from '../src/runtime/worker-process.js';
import { workerPrograms } from './workers.js';

runWorkerProcess(workerPrograms);
