/** strads doctor: what this machine offers to training, and how to get what is missing. */
import { Command } from 'commander';
import type { AdapterReport } from '../engine/adapter-report.js';
import { diagnose, type Diagnosis, measureHere } from '../engine/diagnose.js';
import { byteSize, counted } from '../report/numbers.js';
import { VERSION } from '../version.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('show adapters, engines, limits and features; what is missing for a GPU, and how to get it')
    .option('--json', 'one JSON object instead of text')
    .option('--measure', 'first measure what the devices can do at the most, which profiles are judged by')
    .addHelpText('after', '\nExample:\n  $ strads doctor')
    .action(async ({ json, measure }: { json?: boolean; measure?: boolean }) => {
      if (measure) await measureHere();
      const diagnosis = await diagnose();
      process.stdout.write(json ? `${JSON.stringify(diagnosis)}\n` : prescription(diagnosis));
    });
}

type Row = readonly [label: string, text: string];

/** The diagnosis for a person: a label and its text a line, texts aligned; then what is missing. */
export function prescription(diagnosis: Diagnosis): string {
  const rows = [...machineRows(diagnosis), ...adapterRows(diagnosis), ...engineRows(diagnosis), ...ceilingRows(diagnosis)];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => `${label.padEnd(width)}  ${text}`);
  const { missing } = diagnosis;
  const advice = missing.length === 0 ? ['nothing is missing'] : ['missing', ...missing.map((sentence) => `  - ${sentence}`)];
  return `${[...lines, '', ...advice].join('\n')}\n`;
}

function machineRows({ node, platform, cpu }: Diagnosis): Row[] {
  return [
    ['strads', VERSION],
    ['node', `${node} on ${platform}`],
    ['cpu', `${cpu.name}, ${counted(cpu.threads, 'thread')}, ${byteSize(cpu.memoryBytes)} of memory`],
  ];
}

function adapterRows({ adapters, problem, softwareAdapter }: Diagnosis): Row[] {
  const found: Row[] = adapters.length === 0 ? [['webgpu', `no adapter${problem ? `: ${problem}` : ''}`]] : adapters.flatMap((adapter) => describe('webgpu', adapter));
  const bundled: Row[] = softwareAdapter ? describe('for tests', softwareAdapter) : [['for tests', 'no software adapter']];
  return [...found, ...bundled];
}

function describe(label: string, { name, backend, driver, type, features, limits }: AdapterReport): Row[] {
  const having = Object.entries(features).flatMap(([feature, there]) => (there ? [feature] : []));
  return [
    [label, `${name} (${type}, ${backend}${driver ? `, ${driver}` : ''})`],
    ['', `features: ${having.join(', ') || 'none'}`],
    ['', `limits: ${byteSize(limits.bufferBytes)} a buffer, ${limits.storageBuffers} storage buffers, ${limits.workgroupInvocations} invocations and ${byteSize(limits.workgroupBytes)} a workgroup`],
  ];
}

function engineRows({ wasm, gpujs, auto, gpus, vulkan }: Diagnosis): Row[] {
  return [
    ['pci', gpus.length === 0 ? 'no GPU that this process may open' : `${counted(gpus.length, 'GPU')} that this process may open`],
    ['vulkan', `${counted(vulkan.loaders.length, 'loader')}, ${counted(vulkan.drivers.length, 'driver file')}`],
    ['wasm', `SIMD ${yes(wasm.simd)}, threads ${yes(wasm.threads)}`],
    ['gpu.js', gpujs.length === 0 ? 'not there' : gpujs.join(', ')],
    ['auto', `${auto.kind} on ${auto.adapter}`],
    ['', auto.why],
  ];
}

function ceilingRows({ ceilings }: Diagnosis): Row[] {
  if (ceilings.length === 0) return [['ceilings', 'not measured yet: strads doctor --measure']];
  return ceilings.map(({ kind, adapter, bytesPerSecond, flopsPerSecond, software }, at) => [
    at === 0 ? 'ceilings' : '',
    `${kind} on ${adapter}: ${giga(bytesPerSecond)} GB/s copied, ${giga(flopsPerSecond)} GFLOP/s${kind === 'wasm' ? ' a thread' : ''}${software ? '; a software adapter, no GPU' : ''}`,
  ]);
}

function giga(rate: number): string {
  return (rate / 1e9).toFixed(1);
}

function yes(there: boolean): string {
  return there ? 'yes' : 'no';
}
