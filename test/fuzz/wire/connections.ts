/** Mutated connections to a live scheduler and a live worker, while their run goes on. In: a seed, how many. Out: what it cost them, and findings. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Draws } from '../draws.js';
import { attackOnce } from './attacks.js';
import { holdingsOf, prepare, startBeside, undisturbed, type Beside, type Holdings } from './beside.js';
import { overheard, type Conversation } from './conversation.js';

/** At a time: fewer than a listener hears of strangers, so that a worker of the run could always get through. */
const AT_ONCE = 16;
/** Connections after which a process has taken what it keeps for good. */
const WARM_UP = 400;
/** What a process may have more at the end than after warming up; undisturbed, the heap of this run breathes by as much. */
const MOST_GROWTH_MIB = 128;
const SETTLE_MS = 30_000;
const MEASURE_EVERY = 100;
const MOST_FILES = 48;

export interface ConnectionTally {
  connections: number;
  runs: number;
  readonly holdings: Record<'scheduler' | 'worker', { warm: Holdings | null; last: Holdings | null }>;
  readonly findings: { readonly input: number; readonly what: string }[];
}

/** `sweeps` of each run beside: as long as it may be. */
export async function fuzzConnections(seed: number, connections: number, sweeps: number): Promise<ConnectionTally> {
  const folder = mkdtempSync(join(tmpdir(), 'strads-fuzz-wire-'));
  const tally: ConnectionTally = { connections: 0, runs: 0, holdings: { scheduler: { warm: null, last: null }, worker: { warm: null, last: null } }, findings: [] };
  try {
    prepare(folder);
    const [expected, conversation] = [await undisturbed(folder, sweeps), await overheard()];
    while (tally.connections < connections) {
      const run = await startBeside(folder, sweeps);
      try {
        await attackRun(run, seed, connections, conversation, tally);
        const finding = await run.finding(expected);
        if (finding !== null) tally.findings.push({ input: tally.connections, what: finding });
      } finally {
        run.kill();
      }
      tally.runs++;
      if (tally.findings.length > 0) break;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tally;
}

/** Attacks until the run is over or there were enough connections. */
async function attackRun(run: Beside, seed: number, connections: number, conversation: Conversation, tally: ConnectionTally): Promise<void> {
  const { scheduler, worker } = run.targets;
  const first = tally.connections;
  const attacker = async () => {
    while (tally.connections < connections && !run.isOver) {
      const input = tally.connections++;
      const draws = new Draws(seed, input);
      const finding = await attackOnce(draws.once(2) ? scheduler : worker, draws, conversation);
      if (finding !== null && !run.isOver) tally.findings.push({ input, what: finding });
      if (tally.connections - first === WARM_UP) measure(run, tally, 'warm');
      if (tally.connections % MEASURE_EVERY === 0) measure(run, tally, 'last');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, attacker));
  const settled = await filesSettle(run);
  if (settled !== null) tally.findings.push({ input: tally.connections, what: settled });
  measure(run, tally, 'last');
  for (const [name, { warm, last }] of Object.entries(tally.holdings)) {
    if (warm && last && last.residentMiB - warm.residentMiB > MOST_GROWTH_MIB) tally.findings.push({ input: tally.connections, what: `the ${name} has grown from ${warm.residentMiB.toFixed(0)} to ${last.residentMiB.toFixed(0)} MiB` });
  }
}

function measure(run: Beside, { holdings }: ConnectionTally, when: 'warm' | 'last'): void {
  for (const name of ['scheduler', 'worker'] as const) holdings[name][when] = held(run, name) ?? holdings[name][when];
}

/** Null where the process is gone, as when its run is over. */
function held(run: Beside, name: 'scheduler' | 'worker'): Holdings | null {
  try {
    return holdingsOf(run.targets[name].pid);
  } catch {
    return null;
  }
}

/** Sockets of the attack are gone when nobody attacks; a process of the run has some twenty files of its own. */
async function filesSettle(run: Beside): Promise<string | null> {
  for (let waited = 0; waited < SETTLE_MS; waited += 50) {
    if (Math.max(held(run, 'scheduler')?.files ?? 0, held(run, 'worker')?.files ?? 0) <= MOST_FILES) return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `files are still open ${SETTLE_MS} ms after the last connection: ${JSON.stringify({ scheduler: held(run, 'scheduler'), worker: held(run, 'worker') })}`;
}
