/** A child process that measures the ceilings of the adapter it finds and keeps them; a driver that crashes takes nothing else with it. */
import { measureAndKeep } from './ceilings.js';
import { createDawn } from './dawn.js';
import { createWebGpuEngine } from './webgpu.js';

await measureAndKeep(async () => createWebGpuEngine(await createDawn())).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
