import { afterEach, describe, expect, it } from 'vitest';
import { BusError } from '../../src/bus/error.js';
import { DataError } from '../../src/data/dataset.js';
import { WorkerError } from '../../src/runtime/cluster.js';
import { MOST_DEATHS, pauseBefore, Restarts } from '../../src/runtime/restarts.js';
import type { Seat } from '../../src/runtime/seats.js';
import { Supervisor } from '../../src/runtime/supervisor.js';
import type { WorkerEnd } from '../../src/runtime/worker-outcome.js';

const seat = (name: string): Seat => ({ name, kind: 'wasm', env: {}, isThread: false });
const KILLED: WorkerEnd = { how: 'died', why: 'ended unexpectedly (SIGKILL)' };

/** A worker that ends when the test says so. */
class Started {
  kills = 0;
  readonly joined = Promise.resolve(true);
  readonly ended: Promise<WorkerEnd>;
  end!: (end: WorkerEnd) => void;

  constructor(readonly name: string) {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  leave(): void {
    expect.unreachable();
  }

  kill(): void {
    this.kills++;
    this.end(KILLED);
  }

  stop(): Promise<void> {
    this.end({ how: 'closed', closed: { reason: 'peer-closed', message: 'goodbye' } });
    return Promise.resolve();
  }
}

let supervisor: Supervisor;

function supervised(names: readonly string[], { hasOthers = false } = {}) {
  const started: Started[] = [];
  const told: string[] = [];
  const failures: Error[] = [];
  const run = { achieved: 0 };
  supervisor = new Supervisor(names.map(seat), {
    start: ({ name }) => {
      const worker = new Started(name);
      started.push(worker);
      return worker;
    },
    gone: (name, message) => told.push(`gone ${name}: ${message}`),
    fail: (error) => failures.push(error),
    hasOthers: () => hasOthers,
    achieved: () => run.achieved,
    notice: (sentence) => told.push(sentence),
  });
  /** The latest worker of a seat, the n-th of all. */
  const nth = async (n: number): Promise<Started> => {
    await expect.poll(() => started.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(n);
    return started[n - 1]!;
  };
  return { started, told, failures, run, nth };
}

afterEach(() => supervisor.stop());

describe('a worker started here', () => {
  it('is started again when it dies, and the run is told', async () => {
    const { started, told, nth } = supervised(['a', 'b']);
    started[1]!.end(KILLED);
    expect((await nth(3)).name).toBe('b');
    expect(told).toEqual(['gone b: it ended unexpectedly (SIGKILL)', 'worker b ended unexpectedly (SIGKILL): it is started again']);
  });

  it('is started again when it lost its link or found no scheduler', async () => {
    const { started, told, nth } = supervised(['a']);
    started[0]!.end({ how: 'closed', closed: { reason: 'lost', message: 'the scheduler was out of reach' } });
    (await nth(2)).end({ how: 'outside', error: new BusError('unreachable', 'nobody answers') });
    await nth(3);
    expect(told.filter((sentence) => sentence.startsWith('worker'))).toEqual(['worker a ended: the scheduler was out of reach: it is started again', 'worker a could not join: nobody answers: it is started again']);
  });

  it('is killed when its link has ended, and started again', async () => {
    const { started, nth } = supervised(['a']);
    supervisor.unlinked('a');
    supervisor.unlinked('a guest');
    expect(started[0]!.kills).toBe(1);
    await nth(2);
  });

  it.each([new DataError('row 3: found x'), new WorkerError('worker a failed: no operation 3')])('ends the run where it would fail again: %s', async (error) => {
    const { started, failures, told } = supervised(['a']);
    started[0]!.end({ how: 'failed', error });
    await expect.poll(() => failures).toEqual([error]);
    expect([started.length, told]).toEqual([1, []]);
  });

  it('is given up after deaths in a row, and with it the run where nobody is left', async () => {
    const { failures, told, nth } = supervised(['a']);
    for (let death = 1; death <= MOST_DEATHS; death++) (await nth(death)).end(KILLED);
    await expect.poll(() => failures.map(({ message }) => message)).toEqual(['worker a ended unexpectedly (SIGKILL), 3 times in a row without getting anywhere']);
    expect(failures[0]).toBeInstanceOf(WorkerError);
    expect(told).toHaveLength(2 * MOST_DEATHS - 1);
  });

  it.each([['a guest is there', ['a'], true], ['another seat is taken', ['a', 'b'], false]] as const)('is given up alone where %s', async (_who, names, hasOthers) => {
    const { started, failures, told, nth } = supervised(names, { hasOthers });
    started[0]!.end(KILLED);
    for (let death = 2; death <= MOST_DEATHS; death++) (await nth(names.length - 1 + death)).end(KILLED);
    await expect.poll(() => told.at(-1)).toBe('worker a ended unexpectedly (SIGKILL), 3 times in a row without getting anywhere: the run goes on without it');
    expect(failures).toEqual([]);
  });

  it('may die any number of times while the run gets somewhere', async () => {
    const { failures, run, nth } = supervised(['a']);
    for (let death = 1; death <= 2 * MOST_DEATHS; death++) {
      run.achieved++;
      (await nth(death)).end(KILLED);
    }
    await nth(2 * MOST_DEATHS + 1);
    expect(failures).toEqual([]);
  });

  it('is not started again once the session closes', async () => {
    const { started, told } = supervised(['a']);
    await supervisor.stop();
    supervisor.unlinked('a');
    await new Promise((resolve) => setImmediate(resolve));
    expect([started.length, started[0]!.kills, told]).toEqual([1, 0, []]);
  });
});

describe('pauses', () => {
  it('are none before the first start, then anything up to a bound that doubles up to 30 s', () => {
    expect(pauseBefore(0)).toBe(0);
    for (const [attempt, bound] of [[1, 500], [2, 1000], [20, 30_000]] as const) {
      const drawn = Array.from({ length: 200 }, () => pauseBefore(attempt));
      expect(Math.max(...drawn)).toBeLessThanOrEqual(bound);
      expect(new Set(drawn).size).toBeGreaterThan(50);
    }
  });

  it('begin anew when something was achieved in between', () => {
    const restarts = new Restarts();
    for (const achieved of [0, 0]) restarts.died(achieved);
    expect(restarts.died(1)).toBe(0);
    expect(restarts.isHopeless).toBe(false);
  });
});
