/** `npm run fuzz -- wire`: mutated frames through every reader of the bus, mutated connections to a live scheduler and worker. Out: two tables, and the findings. */
import { parseArgs } from 'node:util';
import { UsageError } from '../../../src/runtime/worker-request.js';
import type { Subject } from '../subject.js';
import { fuzzConnections, type ConnectionTally } from './connections.js';
import { fuzzFrames, type Tally } from './frames.js';

const FLAGS = { seed: { type: 'string', default: '1' }, frames: { type: 'string', default: '1000000' }, connections: { type: 'string', default: '10000' }, sweeps: { type: 'string', default: '4000' } } as const;

export const wire: Subject = {
  name: 'wire',
  about: 'mutated frames and connections: no crash, no hang, no growth, and the run beside ends with the right bits',
  flags: ['--seed N           what frames and connections come of (1)', '--frames N         frames (1000000)', '--connections N    connections (10000)', '--sweeps N         how long a run beside is (4000); there are as many runs as it takes'],
  async run(flags) {
    const { seed, frames, connections, sweeps } = parsed(flags);
    const begin = performance.now();
    const framed = await fuzzFrames(seed!, frames!);
    process.stdout.write(aboutFrames(framed, performance.now() - begin));
    const connected = connections === 0 ? null : await fuzzConnections(seed!, connections!, sweeps!);
    if (connected) process.stdout.write(aboutConnections(connected));
    const findings = [...framed.findings, ...(connected?.findings ?? [])];
    for (const { input, what } of findings.slice(0, 20)) process.stdout.write(`  input ${input} of seed ${seed}: ${what}\n`);
    return findings.length;
  },
};

function aboutFrames({ frames, accepted, refused, findings }: Tally, ms: number): string {
  return `| frames | accepted | refused | findings | s |\n| ---: | ---: | ---: | ---: | ---: |\n| ${frames} | ${accepted} | ${refused} | ${findings.length} | ${(ms / 1000).toFixed(0)} |\n\n`;
}

function aboutConnections({ connections, runs, holdings, findings }: ConnectionTally): string {
  const rows = Object.entries(holdings).map(([name, { warm, last }]) => `| ${name} | ${warm?.residentMiB.toFixed(0)} → ${last?.residentMiB.toFixed(0)} | ${warm?.files} → ${last?.files} |\n`);
  return `${connections} connections beside ${runs} runs, ${findings.length} findings\n\n| process | resident, MiB, warm → last | open files |\n| --- | ---: | ---: |\n${rows.join('')}`;
}

function parsed(flags: readonly string[]): Record<'seed' | 'frames' | 'connections' | 'sweeps', number> {
  const values = valuesOf(flags);
  return { seed: whole('seed', values.seed), frames: whole('frames', values.frames), connections: whole('connections', values.connections), sweeps: whole('sweeps', values.sweeps) };
}

function valuesOf(flags: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values'] {
  try {
    return parseArgs({ args: [...flags], options: FLAGS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function whole(flag: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value < 2 ** 32) return value;
  throw new UsageError(`--${flag}: found "${text}", expected a whole number below 2^32`);
}
