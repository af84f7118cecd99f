/** Traces that --profile wrote. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareProfiles, comparisonTable } from '../../../src/report/trace/compare.js';
import { PROFILE_FORMAT, PROFILE_VERSION, type KernelRow, type Profile } from '../../../src/report/trace/profile.js';
import { readTrace } from '../../../src/report/trace/read-trace.js';
import { profileTable } from '../../../src/report/trace/table.js';
import { TraceFile } from '../../../src/report/trace/trace-file.js';
import { editJson } from '../mutate/formats.js';
import type { Mutation } from '../mutate/mutation.js';
import { TEXT_MUTATIONS } from '../mutate/text.js';
import type { ReaderUnderFuzz } from './reader.js';

const AMOUNT = { calls: 3, milliseconds: 1.5, bytes: 4096, flops: 512 };
const KERNEL: KernelRow = {
  ...{ kernel: 'dots', timed: AMOUNT, first: { ...AMOUNT, calls: 0 }, unreliable: { ...AMOUNT, calls: 0 }, p50: 0.5, p95: null, share: 1, bytesPerSecond: 1e9, flopsPerSecond: null },
  ...{ roofline: { share: 0.5, bound: 'memory' }, clock: 'gpu', tags: { times: 'measured', rates: 'modelled' } },
};
const PROFILE: Profile = {
  ...{ format: PROFILE_FORMAT, version: PROFILE_VERSION, command: 'train lasso', milliseconds: 12.5, loadMilliseconds: 1 },
  rounds: { rounds: 2, tasks: 4, milliseconds: 11, phases: [{ phase: 'push', milliseconds: 5, tag: 'measured' }] },
  devices: [{ engine: 'wasm', adapter: 'Prozessör', software: false, workers: 2, ceilings: { bytesPerSecond: 1e10, flopsPerSecond: 1e10, software: false, clock: 'host' }, kernels: [KERNEL] }],
  workers: [{ name: 'worker 1', engine: 'wasm', adapter: 'Prozessör', software: false, clock: { offset: 0.5, roundTrip: 0.1, exchanges: 9 } }],
  timeline: { events: 2, leftOut: 0 },
};

async function written(events: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'strads-fuzz-trace-'));
  try {
    const trace = new TraceFile(join(folder, 'trace.json'));
    await trace.open();
    trace.write(events);
    trace.finish(PROFILE);
    return await readFile(join(folder, 'trace.json'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A change to the last line alone, which is what is read. */
const editLastLine: Mutation = (bytes, draws) => {
  const begin = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
  const line = bytes.subarray(begin);
  return Buffer.concat([bytes.subarray(0, begin), draws.of([editJson, editJson, ...TEXT_MUTATIONS])(line, draws, line)]);
};

export const trace: ReaderUnderFuzz = {
  name: 'trace',
  samples: async () => Promise.all(['{"ph":"X","name":"push","pid":1,"tid":1,"ts":1,"dur":2}', ''].map(async (events) => ({ 'trace.json': await written(events) }))),
  mutations: [editLastLine, editLastLine, editLastLine, ...TEXT_MUTATIONS],
  read: async ({ file }) => {
    const profile = readTrace(file);
    try {
      return { profile, table: profileTable(profile), difference: comparisonTable(compareProfiles(PROFILE, profile), ['before', 'after']) };
    } catch (error) {
      throw new TypeError(`no table could be made of a trace that was taken in: ${(error as Error).stack}`, { cause: error });
    }
  },
};
