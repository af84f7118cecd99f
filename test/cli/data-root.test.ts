/** strads worker --data-root through real processes: what is read there, what is sent, and that the model is the same. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { asCsv, asLibsvm, smallProblem, type SmallProblem } from './lasso-data.js';
import { childrenOf, guestArguments, isAlive, listening, TOKEN, trainElsewhere, type Guest } from './elsewhere.js';
import { mistake, started, strads, workplace, type Ran } from './strads.js';

const problem = smallProblem(80, 150);
const csv = gzipSync(asCsv(problem));
const files: Record<string, string | Uint8Array> = {
  'train.csv.gz': csv,
  'train.svm': asLibsvm(problem),
  'X.mtx.gz': gzipSync(asCoordinates(problem)),
  'X.npy': asNpy(problem),
  'y.csv': `y\n${problem.target.join('\n')}\n`,
};
const folder = await workplace({ ...files, token: `${TOKEN}\n` });

/** Every entry, column by column. */
function asCoordinates({ rows, columns, values }: SmallProblem): string {
  const entries = Array.from({ length: rows * columns }, (_, e) => [e % rows, Math.floor(e / rows)]).map(([i, j]) => `${i! + 1} ${j! + 1} ${values[i!]![j!]}`);
  return ['%%MatrixMarket matrix coordinate real general', `${rows} ${columns} ${rows * columns}`, ...entries].join('\n');
}

/** Version 1.0, float64, C order. */
function asNpy({ rows, columns, values }: SmallProblem): Uint8Array {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const padded = `${header.padEnd(128 - 10 - 1)}\n`;
  const head = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(padded.length, 0)}${padded}`, 'latin1');
  return Buffer.concat([head, Buffer.from(Float64Array.from(values.flat()).buffer)]);
}

const DENSE = ['--data', 'train.csv.gz', '--target-column', 'y', '--standardize', '--alpha-ratio', '0.05'];

interface Share {
  readonly name: string;
  readonly data: string;
  readonly bytesReceived: number;
}

const sharesOf = ({ stdout }: Ran) => (JSON.parse(stdout.trim().split('\n').at(-1)!) as { byWorker: readonly Share[] }).byWorker;

/** Trains on guests that must all do well. → the model's bytes, how each got its data, and what was said. */
async function trained(out: string, args: readonly string[], guests: readonly Guest[]) {
  const { run, served } = await trainElsewhere(folder, [...args, '--json', '--out', out], guests);
  for (const { code, stderr } of [run, ...served]) expect(code, stderr).toBe(0);
  return { model: await readFile(join(folder, out, 'coefficients.safetensors')), shares: sharesOf(run), run, served };
}

async function atHome(out: string, args: readonly string[], workers: number): Promise<Buffer> {
  const { code, stderr } = await strads(folder, 'train', 'lasso', ...args, '--workers', String(workers), '--engine', 'wasm', '--out', out);
  expect(code, stderr).toBe(0);
  return readFile(join(folder, out, 'coefficients.safetensors'));
}

/** A folder with some of the files. */
async function rootWith(name: string, content: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  for (const [file, bytes] of Object.entries(content)) {
    await mkdir(join(folder, name, file, '..'), { recursive: true });
    await writeFile(join(folder, name, file), bytes);
  }
  return join(folder, name);
}

describe('a worker that has the file', () => {
  const cases: Record<string, { args: string[]; file: string }> = {
    'CSV, gzipped': { args: DENSE, file: 'train.csv.gz' },
    LIBSVM: { args: ['--data', 'train.svm', '--features', '160', '--alpha-ratio', '0.05'], file: 'train.svm' },
    'MatrixMarket with a target file, gzipped': { args: ['--data', 'X.mtx.gz', '--target', 'y.csv', '--alpha-ratio', '0.05'], file: 'X.mtx.gz' },
    'NumPy with a target file': { args: ['--data', 'X.npy', '--target', 'y.csv', '--alpha-ratio', '0.05'], file: 'X.npy' },
  };
  for (const [format, { args, file }] of Object.entries(cases)) {
    it(`reads it there, X stays off the bus, and the model has the same bits: ${format}`, async () => {
      const out = file.replaceAll('.', '-');
      const root = await rootWith(`root-${out}`, { [file]: files[file]! });
      const home = await atHome(`${out}-home`, args, 2);
      const { model, shares } = await trained(`${out}-away`, args, [{ name: 'a', root }, { name: 'b' }]);
      expect(model.equals(home)).toBe(true);
      expect(shares.map(({ data }) => data)).toEqual(['local', 'streamed']);
      const [read, sent] = shares.map(({ bytesReceived }) => bytesReceived) as [number, number];
      expect(sent - read).toBeGreaterThan(problem.rows * problem.columns);
    });
  }

  it('leaves the scheduler nothing to send where all have it', async () => {
    const root = await rootWith('root-all', { 'train.csv.gz': csv });
    const home = await atHome('all-home', DENSE, 2);
    const { model, shares } = await trained('all-away', DENSE, [{ name: 'a', root }, { name: 'b', root }]);
    expect(model.equals(home)).toBe(true);
    expect(shares.map(({ data }) => data)).toEqual(['local', 'local']);
  });

  it('says so on both sides', async () => {
    const root = await rootWith('root-said', { 'train.csv.gz': csv });
    const { run, served } = await trainElsewhere(folder, DENSE, [{ name: 'a', root }]);
    expect(run.stderr).toContain(`worker a reads its shards from ${join(root, 'train.csv.gz')}`);
    expect(run.stdout).toMatch(/a 4 shards read there, /);
    expect(served[0]!.stderr).toMatch(/train\.csv\.gz is the scheduler's train\.csv\.gz \(SHA-256 [0-9a-f]{12}…\): the shards are read here/);
  });

  it('finds it by as much of the name that the scheduler was given as there is, before its last part alone', async () => {
    await rootWith('nested/genes', { 'train.csv.gz': csv });
    const root = await rootWith('root-nested', { 'genes/train.csv.gz': csv, 'train.csv.gz': 'another file' });
    const { shares } = await trained('nested-model', ['--data', 'root-said/../nested/./genes/train.csv.gz', ...DENSE.slice(2)], [{ name: 'a', root }]);
    expect(shares[0]!.data).toBe('local');
  });

  it('is not asked for a target file, which the scheduler sends', async () => {
    const root = await rootWith('root-target', { 'X.npy': files['X.npy']!, 'y.csv': 'y\n1\n' });
    const { shares } = await trained('target', ['--data', 'X.npy', '--target', 'y.csv', '--alpha-ratio', '0.05'], [{ name: 'a', root }]);
    expect(shares[0]!.data).toBe('local');
  });
});

describe('a worker that does not have the file', () => {
  it('is not asked where the scheduler reads a pipe', async () => {
    const root = await rootWith('root-pipe', { 'pipe.csv': asCsv(problem) });
    const pipe = join(folder, 'pipe.csv');
    execFileSync('mkfifo', [pipe]);
    const written = writeFile(pipe, asCsv(problem));
    const { run } = await trained('pipe', ['--data', 'pipe.csv', ...DENSE.slice(2)], [{ name: 'a', root }]);
    await written;
    expect(sharesOf(run)[0]!.data).toBe('streamed');
    expect(run.stdout).toContain('pipe.csv can be read only once, so workers with a data folder are not asked for it');
  });

  it('gets its shards sent, and both sides say why', async () => {
    const root = await rootWith('root-empty', { 'other.csv': 'a\n1\n' });
    const { shares, run, served } = await trained('missing', DENSE, [{ name: 'a', root }]);
    expect(shares[0]!.data).toBe('streamed');
    expect(run.stdout).toContain(`worker a gets its shards sent: there is no train.csv.gz in ${root}`);
    expect(served[0]!.stderr).toContain(`there is no train.csv.gz in ${root}: the shards are sent here`);
  });
});

describe('a worker whose file differs', () => {
  it('ends the run on both sides, with both digests and paths, and nothing is written', async () => {
    const root = await rootWith('root-differs', { 'train.csv.gz': gzipSync(asCsv(smallProblem(80, 151))) });
    const { run, served } = await trainElsewhere(folder, [...DENSE, '--out', 'differs'], [{ name: 'a', root }, { name: 'b' }]);
    const sentence = /^strads: worker a: (.*)\/train\.csv\.gz \(SHA-256 ([0-9a-f]{12})…, \d+ bytes\) differs from the scheduler's train\.csv\.gz \(SHA-256 ([0-9a-f]{12})…, \d+ bytes\)\. Copy the scheduler's file there, or start the worker without --data-root: then the data are sent to it$/m;
    const [scheduler, worker] = [run, served[0]!].map(({ stderr }) => sentence.exec(stderr));
    expect(scheduler?.[1]).toBe(root);
    expect(scheduler?.[2]).not.toBe(scheduler?.[3]);
    expect(worker?.[0]).toBe(scheduler?.[0]);
    expect([run.code, served[0]!.code, served[1]!.code]).toEqual([2, 2, 0]);
    await expect(readFile(join(folder, 'differs', 'model.json'))).rejects.toThrow();
  });
});

describe('a worker that loses its folder after it has read', () => {
  it('works on to the end', async () => {
    const root = await rootWith('root-lost', { 'train.csv.gz': csv });
    const endless = [...DENSE, '--schedule', 'round-robin', '--block', '1', '--tol', '1e-15', '--max-rounds', '100000000', '--out', 'lost-late'];
    const scheduler = await started(folder, /waiting for 1 worker\(s\) at (\S+):/, ...listening(endless, 1));
    const worker = await started(folder, /is read; the run does not need it any more/, ...guestArguments(scheduler.match[1]!, { name: 'a', root }));
    await rm(root, { recursive: true });
    scheduler.child.kill('SIGINT');
    const [run, served] = await Promise.all([scheduler.ended, worker.ended]);
    expect([run.code, served.code], run.stderr + served.stderr).toEqual([0, 0]);
    expect(run.stdout).toContain('saved in lost-late');
  });
});

describe('--data-root', () => {
  const work = (root: string) => mistake(folder, 'worker', '--connect', 'ws://127.0.0.1:1', '--token-file', 'token', '--data-root', root);

  it('that is nowhere is a mistake', async () => expect(await work('nowhere')).toMatchInlineSnapshot(`"strads: --data-root nowhere: can't be looked into (ENOENT: no such file or directory, stat 'nowhere'); give the folder with the data, or leave it out: then they are sent here"`));
  it('that is a file is a mistake', async () => expect(await work('train.svm')).toMatchInlineSnapshot(`"strads: --data-root train.svm: is a file, expected the folder that it lies in"`));
});

describe('the join token', () => {
  it.each(['0.0.0.0:0', '[::]:0', ':::0', 'localhost:0', 'some.host:7070', '127.0.0.1:0'])('is asked for when listening on %s', async (address) => {
    const said = await mistake(folder, 'train', 'lasso', ...DENSE, '--workers', '1', '--listen', address);
    expect(said).toBe(`strads: --listen ${address} needs --token-file FILE: without a token anybody could join`);
  });

  it('is in no command line, no environment and no log', async () => {
    const endless = [...DENSE, '--schedule', 'round-robin', '--block', '1', '--tol', '1e-15', '--max-rounds', '100000000'];
    const scheduler = await started(folder, /waiting for 1 worker\(s\) at (\S+):/, ...listening(endless, 1).map((arg, i, all) => (all[i - 1] === '--workers' ? '1' : arg)), '--engine', 'wasm', '--isolate', 'process');
    const worker = await started(folder, /the shards are/, ...guestArguments(scheduler.match[1]!, { name: 'a', root: await rootWith('root-token', { 'train.csv.gz': csv }) }));
    const parents = [scheduler.child.pid!, worker.child.pid!];
    const children = (await Promise.all(parents.map(childrenOf))).flat();
    expect(children).toHaveLength(2);
    for (const pid of [...parents, ...children]) {
      for (const place of ['cmdline', 'environ']) expect(await readFile(`/proc/${pid}/${place}`, 'utf8')).not.toContain(TOKEN);
    }
    scheduler.child.kill('SIGINT');
    const [run, served] = await Promise.all([scheduler.ended, worker.ended]);
    expect(run.code, run.stderr).toBe(0);
    expect([run, served].map(({ stdout, stderr }) => stdout + stderr).join('')).not.toContain(TOKEN);
    expect(children.filter(isAlive)).toEqual([]);
  });
});
