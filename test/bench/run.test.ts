/** The runner: what it measures, refuses, skips and writes; and the command itself with a real benchmark. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseArguments } from '../../bench/runner/arguments.js';
import { repeatedly, type Benchmark } from '../../bench/runner/benchmark.js';
import { machineSlug } from '../../bench/runner/machine.js';
import { quality, speed, speedRow, type Result } from '../../bench/runner/result.js';
import { readResults } from '../../bench/runner/results-file.js';
import { runBenchmarks } from '../../bench/runner/run.js';
import type { ChosenEngine } from '../../src/engine/choose-engine.js';
import { UsageError } from '../../src/runtime/worker-request.js';

const MAIN = fileURLToPath(new URL('../../dist/bench/main.js', import.meta.url));
const CPU: ChosenEngine = { kind: 'wasm', env: {}, adapter: 'Toy CPU (SIMD)', software: false, gpus: 0, why: '' };
const SWIFT: ChosenEngine = { kind: 'webgpu', env: {}, adapter: 'SwiftShader Device', software: true, gpus: 0, why: '' };

const result = (): Result => ({ tables: [{ title: 'Toys', note: '', rows: [speedRow({ case: 'toy', who: 'strads', speeds: [speed('fit', 's', [1])], quality: [quality('gap', 1e-7)] })] }], missing: [] });
const toy = (name: string, changes: Partial<Benchmark> = {}): Benchmark => ({ name, about: 'A toy.', needsData: false, usesEngine: true, run: () => Promise.resolve(result()), ...changes });

describe('runner', () => {
  let folder: string;
  let said: string[];
  let printed: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'strads-runner-'));
    said = [];
    printed = '';
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (benchmarks: readonly Benchmark[], engine: ChosenEngine, ...flags: string[]) =>
    runBenchmarks(parseArguments(['--out', folder, ...flags], benchmarks, folder, {}), {
      chooseEngine: (request) => Promise.resolve(request === 'wasm' ? CPU : engine),
      order: benchmarks.map(({ name }) => name),
      print: (text) => (printed += text),
      say: (line) => said.push(line),
    });

  it('writes a section for each benchmark, and goes on where one fails or has no data', async () => {
    const failing = toy('broken', { run: () => Promise.reject(new Error('the wheel came off')) });
    const without = toy('empty', { run: () => Promise.resolve({ tables: [], missing: ['no dolls in the data folder'] }) });
    expect(await run([failing, toy('bricks'), toy('dolls', { needsData: true }), without], CPU)).toBe(1);
    expect(Object.keys(readResults(join(folder, `${machineSlug(CPU)}.json`)).sections)).toEqual(['bricks']);
    expect(said.join('\n')).toContain('the wheel came off');
    expect(said).toContain('empty: nothing to measure: no dolls in the data folder');
    expect(said).toContain('skipped, as their data sets are not there (--data FOLDER): dolls, empty');
    expect(said.at(-1)).toBe('failed: broken');
  });

  it('publishes no speed of a software adapter', async () => {
    let ran = false;
    const watched = toy('bricks', { run: () => ((ran = true), Promise.resolve(result())) });
    await expect(run([watched], SWIFT)).rejects.toThrow(
      new UsageError(
        'SwiftShader Device is a software adapter: what it takes says nothing about a GPU, so no speed is measured on it. Give --engine wasm for the CPU\'s own speed, or --correctness-only to check results on it.',
      ),
    );
    expect(ran).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('checks results there if asked, shows no speed and writes no file', async () => {
    expect(await run([toy('bricks')], SWIFT, '--correctness-only')).toBe(0);
    expect(printed).toContain('software adapter: not a speed');
    expect(printed).toContain('1.0e-7');
    expect(printed).not.toContain('| 1 |');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('measures what is the host\'s own beside any adapter, as the CPU\'s', async () => {
    expect(await run([toy('bricks', { usesEngine: false })], SWIFT)).toBe(0);
    expect(printed).toContain('wasm on Toy CPU (SIMD)');
  });

  it('names files by the adapter or the CPU, never by a host', () => {
    expect(machineSlug({ kind: 'webgpu', adapter: 'NVIDIA H200' })).toBe('nvidia-h200');
    expect(machineSlug({ kind: 'wasm', adapter: 'Intel(R) Xeon(R) Processor (SIMD)' }, 2)).toBe('intel-xeon-processor-2-threads');
  });

  it('repeats a case as often as asked', async () => {
    let count = 0;
    expect(await repeatedly({ repeats: 4, scale: 'small' }, () => ++count)).toEqual([1, 2, 3, 4]);
  });
});

describe('the command', () => {
  const bench = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

  it('lists and helps', () => {
    expect(bench('--list').stdout).toContain('  bus ');
    expect(bench('--help').stdout).toContain('--correctness-only');
  });

  it('refuses what does not exist with exit code 2', () => {
    for (const [args, sentence] of [[['nothing'], 'bench: nothing: no such benchmark; there are '], [['--nothing'], 'bench: --nothing: no such flag']] as const) {
      const { status, stderr } = bench(...args);
      expect(stderr).toContain(sentence);
      expect(status).toBe(2);
    }
  });

  it('measures for real', () => {
    const folder = mkdtempSync(join(tmpdir(), 'strads-bench-'));
    try {
      const { status, stdout, stderr } = bench('bus', '--engine', 'wasm', '--repeats', '1', '--out', folder);
      expect(stderr).not.toContain('failed');
      expect(status).toBe(0);
      expect(stdout).toContain('bus on WebSocket');
      const [file] = readdirSync(folder).filter((name) => name.endsWith('.json'));
      const { bus } = readResults(join(folder, file!)).sections;
      expect(bus!.tables[0]!.rows.map(({ who }) => who)).toEqual(['bare ws', 'bus on WebSocket', 'bus on loopback']);
      expect(bus!.tables[0]!.rows.every((row) => row.quality[0]!.value === 0)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
