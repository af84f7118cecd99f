/** What `run` does around a program, and what it says when the program, its worker module or its data are wrong. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Commit, RunOptions, ShardSource, Sums, Task } from '../../src/author.js';
import { strads } from './examples.js';

const here = (file: string) => new URL(file, import.meta.url);
const RANGE = { begin: 10, end: 16 };
const IDS = Uint32Array.of(10, 12, 15);

/** Sends the same three ids every round and commits what it was told to. */
class Toy extends strads.Program {
  readonly schedules: number[] = [];
  readonly pulls: number[] = [];
  latest: number[] = [];

  constructor({ worker = here('toy-worker.mjs'), block = 4, ids = IDS, commit = { ids: IDS, values: new Float64Array(3) } as Commit } = {}) {
    super({ name: 'toy', worker, block });
    this.#ids = ids;
    this.#commit = commit;
  }
  readonly #ids: Uint32Array;
  readonly #commit: Commit;

  *schedule(round: number): Iterable<Task> {
    this.schedules.push(round);
    yield { operation: 2, ids: this.#ids, values: new Float64Array(0) };
  }

  pull(round: number, _task: Task, sums: readonly Sums[]): Commit {
    this.pulls.push(round);
    this.latest = [...sums[0].values];
    return this.#commit;
  }
}

/** Shards of which number 2 is told something. */
const shardsTold = (description: object, parts: ShardSource['parts'] = []): ShardSource[] => Array.from({ length: 4 }, (_, shard) => ({ description: shard === 2 ? description : {}, parts: shard === 2 ? parts : [] }));

const runToy = (options: Partial<RunOptions> = {}) => strads.run({ program: new Toy(), range: RANGE, shards: shardsTold({}), rounds: 3, ...options });

async function failure(running: Promise<unknown>): Promise<Error> {
  return running.then(
    () => expect.unreachable('it did not fail'),
    (error: Error) => error,
  );
}

describe('run', () => {
  it('adds up the shards, tells of every round, and stops at the last one', async () => {
    const program = new Toy();
    const rounds: number[] = [];
    const bytes: number[] = [];
    const outcome = await runToy({ program, observe: (progress) => { rounds.push(progress.round); bytes.push(progress.bytes); } });
    expect(program.latest).toEqual([4, 4, 4]);
    expect(rounds).toEqual([0, 1, 2]);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(outcome).toMatchObject({ rounds: 3, stopped: 'rounds', workers: [{ name: 'in-process', engine: 'wasm', gpujs: 'webasm', shards: 4, pushes: 12 }] });
  });

  it('stops after the round that brought what was waited for', async () => {
    const program = new Toy();
    expect(await runToy({ program, rounds: 100, until: ({ round }) => round === 4 })).toMatchObject({ rounds: 5, stopped: 'until' });
    expect(program.schedules).toEqual([0, 1, 2, 3, 4]);
    expect(program.pulls).toEqual(program.schedules);
  });

  it('stops at the last round too where that brought it', async () => expect(await runToy({ rounds: 3, until: ({ round }) => round === 2 })).toMatchObject({ rounds: 3, stopped: 'until' }));

  it('keeps exactly as many rounds in flight as it was told to', async () => {
    const program = new Toy();
    const inFlight: number[] = [];
    await runToy({ program, rounds: 6, pipeline: 2, observe: ({ round }) => inFlight.push(program.schedules.length - round) });
    expect(inFlight).toEqual([3, 3, 3, 3, 2, 1]);
    expect(program.pulls).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('runs no round where none is asked for', async () => expect(await runToy({ rounds: 0 })).toMatchObject({ rounds: 0, stopped: 'rounds' }));

  it('draws parts from asynchronous sources', async () => {
    async function* parts() {
      yield await Promise.resolve([Float64Array.of(1)]);
      yield [Uint32Array.of(1), new Uint8Array(0), new Float32Array(3)];
    }
    expect(await runToy({ shards: shardsTold({}, parts()) })).toMatchObject({ rounds: 3 });
  });

  it.each<[string, Partial<RunOptions>, string]>([
    ['an empty range', { range: { begin: 3, end: 3 } }, 'run: range is [3, 3), expected whole numbers begin < end: the ids of the model\'s variables'],
    ['no shard', { shards: [] }, 'run: shards is empty or no array, expected one { description, parts } for each logical shard; 4 or more leave room for workers'],
    ['half a round', { rounds: 1.5 }, 'run: rounds is 1.5, expected 0, 1, 2, …: the most rounds to run'],
    ['a negative depth', { pipeline: -1 }, 'run: pipeline is -1, expected 0, 1, 2, …: how many rounds more may be in flight'],
    ['no worker', { workers: 0 }, 'run: workers is 0 and nothing is listened for: give at least 1, or listen'],
    ['a word for workers', { workers: 'many' }, '--workers many: "many" is neither a number nor webgpu:N or wasm:N, as in --workers webgpu:1,wasm:2'],
    ['no token', { listen: { host: '0.0.0.0', port: 0, token: '', expect: 1 } }, 'run: listen needs a token of at least 16 characters: without one anybody could join'],
  ])('refuses %s', async (_what, options, message) => {
    const error = await failure(runToy(options));
    expect(error).toBeInstanceOf(strads.UsageError);
    expect(error.message).toBe(message);
  });

  it('refuses a program without name, worker or block', () => {
    const worker = here('toy-worker.mjs');
    class Any extends strads.Program {
      schedule = () => [];
      pull = () => ({ ids: IDS, values: new Float64Array(3) });
    }
    expect(() => new Any({ name: '', worker, block: 1 })).toThrow('a program\'s name is "", expected a word that messages can call it by');
    expect(() => new Any({ name: 'any', worker: './worker.mjs' as unknown as URL, block: 1 })).toThrow("program any: worker is ./worker.mjs, expected the URL of the module with its worker half: new URL('./worker.mjs', import.meta.url)");
    expect(() => new Any({ name: 'any', worker, block: 0 })).toThrow('program any: block is 0, expected 1, 2, …: the most variables that a task updates');
  });
});

describe('a worker module', () => {
  it.each([
    ['that is not there', 'nowhere.mjs', /^program toy: its worker module file:.*nowhere\.mjs can't be loaded: .*nowhere\.mjs/],
    ['without a default export', 'no-default.mjs', /no-default\.mjs has no default export, expected a function: export default \(gpujs\) => \(\{ open, push, apply \}\)$/],
    ['with something else as its default export', 'no-function.mjs', /no-function\.mjs has a default export of type object, expected a function/],
    ['whose half lacks functions', 'no-push.mjs', /^program toy: what the default export of file:.*no-push\.mjs returns has no function push, apply; expected \{ open, push, apply \}$/],
  ])('%s is the user’s mistake', async (_what, file, message) => {
    const error = await failure(runToy({ program: new Toy({ worker: here(file) }) }));
    expect(error).toBeInstanceOf(strads.UsageError);
    expect(error.message).toMatch(message);
  });

  it('that is not there is told before a process starts', async () => {
    const error = await failure(runToy({ program: new Toy({ worker: here('nowhere.mjs') }), workers: 2 }));
    expect(error).toBeInstanceOf(strads.UsageError);
  });

  it('whose half lacks functions is told of by the worker that found out', async () => {
    const error = await failure(runToy({ program: new Toy({ worker: here('no-push.mjs') }), workers: 'wasm:2' }));
    expect(error).toBeInstanceOf(strads.WorkerError);
    expect(error.message).toMatch(/^worker wasm-\d failed: program toy: .* has no function push, apply/);
  });

  it('with a kernel that can not be compiled says which', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strads-program-'));
    const file = join(folder, 'worker.mjs');
    await writeFile(file, 'export default (gpujs) => { gpujs.kernel(() => 1); };\n');
    const error = await failure(runToy({ program: new Toy({ worker: pathToFileURL(file) }) }));
    await rm(folder, { recursive: true });
    expect(error).toBeInstanceOf(strads.KernelError);
    expect(error.message).toContain('kernel without a name: expected function (…) { … }, found () => 1;');
  });
});

describe('a worker half that breaks its interface', () => {
  const PUSH = 'program toy, push of operation 2 \\(3 ids from 10\\) on shards [0-3, ]+: ';

  it.each([
    ['throws', { push: 'throw' }, `${PUSH}TypeError: no such column \\(at .*toy-worker\\.mjs:\\d+:\\d+\\)$`],
    ['yields nothing', { push: 'nothing' }, `${PUSH}it answers for shard undefined, which this worker does not host`],
    ['answers for another shard', { push: 'other shard' }, `${PUSH}it answers for shard 99, which this worker does not host`],
    ['pushes NaN', { push: 'NaN' }, `${PUSH}shard 2, channel 0: the number for key 10 is NaN, expected a finite number`],
    ['pushes keys out of order', { push: 'backwards' }, `${PUSH}shard 2, channel 0: key 12 comes after key 15, and keys must ascend, each once; sort them before you push$`],
    ['throws in apply', { apply: 'throw' }, 'program toy, apply of 3 changes on shards [0-3, ]+: RangeError: no such residual \\(at .*toy-worker\\.mjs:\\d+:\\d+\\)$'],
    ['throws in open', { open: 'no memory' }, 'program toy, open of shard 2: Error: no memory \\(at .*toy-worker\\.mjs:\\d+:\\d+\\)$'],
  ])('and %s is named with its worker, step and shards', async (_what, description, message) => {
    for (const workers of [undefined, 'wasm:2']) {
      const error = await failure(runToy({ shards: shardsTold(description), workers }));
      expect(error).toBeInstanceOf(strads.WorkerError);
      expect(error.message).toMatch(new RegExp(`^worker (in-process|wasm-1) failed: ProgramError: ${message}`));
    }
  });

  it('may refuse data, which is the data’s fault alone', async () => {
    const error = await failure(runToy({ shards: shardsTold({ refuse: 'row 3 has no target' }), workers: 'wasm:1' }));
    expect(error).toBeInstanceOf(strads.DataError);
    expect(error.message).toBe('row 3 has no target');
  });
});

describe('a scheduler half that breaks its interface', () => {
  const values = new Float64Array(1);

  it.each<[string, Toy, string]>([
    ['schedules an id outside the range', new Toy({ ids: Uint32Array.of(10, 16) }), 'program toy, schedule of round 0: the task has id 16, which is outside the range [10, 16)'],
    ['schedules more than a block', new Toy({ block: 2 }), "program toy, schedule of round 0: the task has 3 ids, and the program's block is 2: yield several tasks, or choose a larger block"],
    ['schedules a list', new Toy({ ids: [10] as unknown as Uint32Array<ArrayBuffer> }), "program toy, schedule of round 0: the task's ids are an array of 1, expected a Uint32Array"],
    ['commits an id outside the range', new Toy({ commit: { ids: Uint32Array.of(9), values } }), 'program toy, pull of round 0, operation 2: the commit has id 9, which is outside the range [10, 16)'],
    ['commits NaN', new Toy({ commit: { ids: Uint32Array.of(11), values: Float64Array.of(NaN) } }), "program toy, pull of round 0, operation 2: the commit's change for id 11 is NaN, expected a finite number"],
    ['commits fewer changes than ids', new Toy({ commit: { ids: IDS, values } }), "program toy, pull of round 0, operation 2: the commit's values are 1 numbers, expected a Float64Array of 3, one for each id"],
    ['commits nothing at all', new Toy({ commit: null as unknown as Commit }), "program toy, pull of round 0, operation 2: the commit's ids are undefined, expected a Uint32Array"],
  ])('and %s is told the round', async (_what, program, message) => {
    const error = await failure(runToy({ program }));
    expect(error).toBeInstanceOf(strads.ProgramError);
    expect(error.message).toBe(message);
  });

  it('is not asked to pull sums that are no numbers any more', async () => {
    const error = await failure(runToy({ shards: Array.from({ length: 4 }, () => ({ description: { push: 'huge' }, parts: [] })) }));
    expect(error).toBeInstanceOf(strads.ProgramError);
    expect(error.message).toBe("program toy, pull of round 0, operation 2: the shards' sum for key 10 of channel 0 is Infinity: what they push adds up beyond float64; scale the data down");
  });

  it('and throws is left to its own exception', async () => {
    const program = Object.assign(new Toy(), { pull: () => { throw new SyntaxError('mine'); } });
    const error = await failure(runToy({ program }));
    expect(error).toBeInstanceOf(SyntaxError);
    expect(error.message).toBe('mine');
  });
});

describe('data that are no parts', () => {
  it.each<[string, unknown[], string]>([
    ['a typed array by itself', [Float32Array.of(1)], 'shard 2, part 0 is a Float32Array, expected an array of typed arrays, as in [values, targets]'],
    ['a list of numbers', [[new Float32Array(1)], [[1, 2]]], 'shard 2, part 1: its array 0 is a Array, expected a Uint8Array, Uint32Array, Float32Array or Float64Array'],
    ['nothing', [[undefined]], 'shard 2, part 0: its array 0 is undefined, expected a Uint8Array, Uint32Array, Float32Array or Float64Array'],
  ])('are refused: %s', async (_what, parts, message) => {
    const error = await failure(runToy({ shards: shardsTold({}, parts as ShardSource['parts'] & unknown[]) }));
    expect(error).toBeInstanceOf(strads.DataError);
    expect(error.message).toBe(message);
  });
});

describe('work', () => {
  const program = { name: 'toy', worker: here('toy-worker.mjs') };
  const token = 'a token of a run';

  it('refuses an address that is none, and a module that is not there, before it dials', async () => {
    const [address, module] = await Promise.all([
      failure(strads.work({ connect: 'scheduler:7070', token, program })),
      failure(strads.work({ connect: 'ws://127.0.0.1:1', token, program: { ...program, worker: here('nowhere.mjs') } })),
    ]);
    expect(address).toBeInstanceOf(strads.UsageError);
    expect(address.message).toBe('work: connect scheduler:7070: expected ws://host:port or wss://host:port');
    expect(module).toBeInstanceOf(strads.UsageError);
    expect(module.message).toMatch(/^program toy: its worker module .*nowhere\.mjs can't be loaded/);
  });

  it('tells what is wrong with where others are to reach it', async () => {
    const listening = (peerListen: string) => failure(strads.work({ connect: 'ws://127.0.0.1:1', token: token.replaceAll(' ', '-'), program, engine: 'wasm', patience: 0, peerListen }));
    const [address, host] = await Promise.all([listening('7071'), listening('192.0.2.1:0')]);
    expect(address).toBeInstanceOf(strads.UsageError);
    expect(address.message).toBe('work: peerListen 7071: expected host:port, as in 0.0.0.0:7070');
    expect(host).toBeInstanceOf(strads.BusError);
    expect(host.message).toMatch(/^listening for other workers: cannot listen on 192\.0\.2\.1, port 0: /);
  });

  it('tells that nobody answers', async () => {
    const error = await failure(strads.work({ connect: 'ws://127.0.0.1:1', token: token.replaceAll(' ', '-'), program, engine: 'wasm', patience: 0 }));
    expect(error).toBeInstanceOf(strads.BusError);
    expect(error.message).toContain('127.0.0.1:1');
  });
});
