/** How a process that uses an engine ends; it runs the built files, as a worker does. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { describeOnWebGpu } from './lane.js';

const BUILT = pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'src', 'engine', '/')).href;

const OPEN = `
import { createDawn } from '${BUILT}dawn.js';
import { createWebGpuEngine } from '${BUILT}webgpu.js';
const engine = await createWebGpuEngine(await createDawn(), { onFatal: () => process.exit(70) });
const buffer = engine.createBuffer('a', 1 << 20);
engine.write(buffer, new Float32Array(1 << 18));
await engine.read([{ buffer }]);
`;

/** Runs a module in a process with the lane's environment. → exit code, or the signal that ended it. */
function run(module: string): Promise<number | string | null> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', module], { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
}

describeOnWebGpu('webgpu engine: a process', () => {
  it('ends by itself with code 0 once its engine is closed', async () => {
    expect(await run(`${OPEN} await engine.close();`)).toBe(0);
  });

  it('ends cleanly with an engine still open', async () => {
    expect(await run(`${OPEN} process.exit(3);`)).toBe(3);
  });

  it('keeps what a living device needs out of reach of the garbage collector', async () => {
    const collect = `import { setFlagsFromString } from 'node:v8'; import { runInNewContext } from 'node:vm'; setFlagsFromString('--expose-gc'); const gc = runInNewContext('gc');`;
    const work = `for (let i = 0; i < 20; i++) { gc(); await new Promise((done) => setTimeout(done, 5)); await engine.read([{ buffer }]); }`;
    expect(await run(`${collect} ${OPEN} ${work} await engine.close();`)).toBe(0);
  });
});
