/**
 * Static check of every kernel: compiles the WGSL of `#kernels` on Dawn's null backend, which needs no driver and
 * executes nothing. Prints `shaders/<name>.wgsl:line:column message` for each error and exits with 1, else one line.
 */
import { all } from '#kernels';
import { createDawn } from '../engine/dawn.js';
import { KernelError } from '../engine/engine.js';
import { createWebGpuEngine } from '../engine/webgpu.js';

const engine = await createWebGpuEngine(await createDawn({ backend: 'null' }));
const errors: string[] = [];
for (const kernel of all) {
  await engine.prepare([kernel]).catch((error: unknown) => {
    if (!(error instanceof KernelError)) throw error;
    errors.push(error.message);
  });
}
await engine.close();

if (errors.length > 0) {
  console.error(errors.join('\n'));
  process.exitCode = 1;
} else console.log(`${all.length} shaders compile.`);
