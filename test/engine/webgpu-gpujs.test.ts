import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createDawn } from '../../src/engine/dawn.js';
import { GpuJs } from '../../src/engine/gpujs.js';
import { gpuJsContract } from './gpujs-contract.js';
import { describeOnWebGpu } from './lane.js';

describeOnWebGpu('JavaScript kernels', () => {
  gpuJsContract('webgpu', async () => new GpuJs(await createDawn()));
});

const BUILT = pathToFileURL(join(import.meta.dirname, '..', '..', 'dist', 'src', 'engine', '/')).href;

/** gpu.js has one device in a process, so a test that makes it fail has a process of its own. */
const FAILING = `
import { globals } from 'webgpu';
import { createDawn } from '${BUILT}dawn.js';
import { GpuJs } from '${BUILT}gpujs.js';
const { requestDevice } = globals.GPUAdapter.prototype;
let device;
globals.GPUAdapter.prototype.requestDevice = async function (...args) { return (device = await requestDevice.apply(this, args)); };
const fatal = [];
const make = async () => new GpuJs(await createDawn(), ({ message }) => fatal.push(message)).kernel(function twice(a) { return 2 * a[this.thread.x]; });
const [one, other] = [await make(), await make()];
const right = Array.from(await one(2, [1, 2]));
const underWay = one(2, [1, 2]);
device[process.argv[1]](...JSON.parse(process.argv[2]));
const outcomes = await Promise.allSettled([underWay, one(2, [1, 2]), other(2, [1, 2])]);
console.log(JSON.stringify({ right, outcomes: outcomes.map(({ status }) => status), fatal }));
process.exit(0);
`;

describeOnWebGpu('JavaScript kernels whose device fails', () => {
  it.each([
    ['reports an error', 'createBuffer', [{ size: 4, usage: 3 }], /^The device of gpu\.js reports: /],
    ['is lost', 'destroy', [], /^The device of gpu\.js was lost \(destroyed\): /],
  ] as const)('hand on nothing any more once it %s, in whichever instance', async (_what, call, args, message) => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', FAILING, call, JSON.stringify(args)]);
    const { right, outcomes, fatal } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { right: number[]; outcomes: string[]; fatal: string[] };
    expect(right).toEqual([2, 4]);
    expect(outcomes).toEqual(['rejected', 'rejected', 'rejected']);
    expect(fatal).toHaveLength(2);
    for (const told of fatal) expect(told).toMatch(message);
  });
});
