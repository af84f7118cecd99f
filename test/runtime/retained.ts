/** What something leaves in memory, once garbage is collected. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of JavaScript objects and of array buffers that are held after `work` and were not before. */
export async function retainedBytes(work: () => void | Promise<void>): Promise<number> {
  const before = await held();
  await work();
  return (await held()) - before;
}

async function held(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
