/** The benchmarks' command line. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { commandOf, dataOf, parseArguments } from '../../bench/runner/arguments.js';
import type { Benchmark } from '../../bench/runner/benchmark.js';
import { UsageError } from '../../src/runtime/worker-request.js';

const benchmark = (name: string): Benchmark => ({ name, about: 'A toy.', needsData: false, usesEngine: true, run: () => Promise.resolve({ tables: [], missing: [] }) });
const TOYS = ['bricks', 'cars', 'dolls'].map(benchmark);
const parse = (line: string, environment = {}) => parseArguments(line.split(' ').filter((part) => part !== ''), TOYS, '/results', environment);

const folder = mkdtempSync(join(tmpdir(), 'strads-bench-test-'));
mkdirSync(join(folder, 'lasso'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('arguments', () => {
  it('runs everything, at the size of two cores, unless told', () => {
    expect(parse('')).toEqual({ action: 'run', benchmarks: TOYS, engine: 'auto', scale: 'small', data: null, repeats: 3, workers: 2, correctnessOnly: false, out: '/results' });
  });

  it('takes names and flags in any order, and lists benchmarks in its own', () => {
    const { benchmarks, engine, scale, repeats } = parse('dolls --engine webgpu bricks --scale large');
    expect(benchmarks.map(({ name }) => name)).toEqual(['bricks', 'dolls']);
    expect({ engine, scale, repeats }).toEqual({ engine: 'webgpu', scale: 'large', repeats: 5 });
    expect(parse('--list').action).toBe('list');
    expect(parse('-h').action).toBe('help');
  });

  it.each([
    ['trains', 'trains: no such benchmark; there are bricks, cars, dolls'],
    ['--speed 3', '--speed: no such flag; there are --engine, --scale, --data, --repeats, --workers, --out, --correctness-only, --list, --help'],
    ['--scale huge', '--scale huge: expected small, large'],
    ['--engine cuda', '--engine cuda: expected auto, webgpu, wasm'],
    ['--repeats 0', '--repeats 0: expected a whole number from 1 to 9999'],
    ['--workers two', '--workers two: expected a whole number from 1 to 9999'],
    ['--data /nowhere/at/all', '--data /nowhere/at/all: no such folder; name the one that has lasso/, mf/ and lda/'],
    ['--scale', "Option '--scale <value>' argument missing"],
  ])('refuses %s', (line, sentence) => {
    expect(() => parse(line)).toThrow(new UsageError(sentence));
  });

  it('knows data sets by --data, else by STRADS_DATA, and none otherwise', () => {
    expect(parse(`--data ${folder}`).data).toBe(folder);
    expect(parse('', { STRADS_DATA: folder }).data).toBe(folder);
    expect(() => parse('', { STRADS_DATA: '/nowhere' })).toThrow('STRADS_DATA=/nowhere: no such folder');
    expect(dataOf(folder, 'lasso')).toBe(join(folder, 'lasso'));
    expect(dataOf(folder, 'mf')).toBe(folder);
  });

  it('says how to run a benchmark again, without anybody\'s folder', () => {
    expect(commandOf(parse(''), 'cars')).toBe('npm run bench -- cars');
    expect(commandOf(parse(`--data ${folder} --scale large --repeats 2 --engine wasm --workers 4`), 'cars')).toBe('npm run bench -- cars --engine wasm --scale large --data <data> --repeats 2 --workers 4');
  });
});
