/** Data files that are lost or changed in the middle of a run, through real processes: what both sides say, and that nothing is left. */
import { mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/bus/link.js';
import { connectWebSocket } from '../../src/bus/websocket-client.js';
import { frame, jsonFrame, Verb } from '../../src/runtime/protocol.js';
import { VERSION } from '../../src/version.js';
import { childrenOf, guestArguments, isAlive, listening, TOKEN } from './elsewhere.js';
import { asCsv, smallProblem } from './lasso-data.js';
import { started, workplace } from './strads.js';

const csv = asCsv(smallProblem(40, 30));
const folder = await workplace({ 'train.csv': csv, token: `${TOKEN}\n` });
const ARGS = ['--data', 'train.csv', '--target-column', 'y', '--alpha-ratio', '0.1'];
const WAITING = /waiting for \d worker\(s\) at (ws:\S+):/;

/** A worker that takes its time to answer an offer, so that a test can step in between comparison and reading. */
async function hesitantGuest(url: string): Promise<{ answer: () => void }> {
  const link: Link = await connectWebSocket({ url, token: TOKEN, hello: { name: 'z', facts: { version: VERSION, engine: 'wasm', adapter: 'a CPU', software: false, dataRoot: '/nowhere' } } });
  const asked = new Promise<void>((resolve) => {
    link.onFrame = ({ kind, shard }) => {
      if (kind === Verb.Offer) resolve();
      if (kind === Verb.ShardEnd) link.send(frame(Verb.ShardReady, { round: 0, task: 0, shard }, []));
    };
  });
  link.onClose = () => undefined;
  return { answer: () => void asked.then(() => link.send(jsonFrame(Verb.Answer, { round: 0, task: 0 }, { missing: 'there is nothing here' }))) };
}

/** A run in which `change` happens to the folder of worker a after its file was compared. */
async function runLosing(name: string, change: (root: string) => Promise<void>) {
  const root = join(folder, name);
  await mkdir(root);
  await writeFile(join(root, 'train.csv'), csv);
  const scheduler = await started(folder, WAITING, ...listening([...ARGS, '--out', `model-${name}`], 2));
  const guest = await hesitantGuest(scheduler.match[1]!);
  const worker = await started(folder, /the shards are read here/, ...guestArguments(scheduler.match[1]!, { name: 'a', root }));
  const processes = await childrenOf(worker.child.pid!);
  await change(root);
  guest.answer();
  const [run, served] = await Promise.all([scheduler.ended, worker.ended]);
  return { run, served, processes };
}

describe('a worker that loses its data before they are read', () => {
  it.each<[string, (root: string) => Promise<void>, string]>([
    ['vanished', (root) => rm(root, { recursive: true }), 'it was removed before it was read to its end'],
    ['truncated', (root) => truncate(join(root, 'train.csv'), 100), `it was changed (${csv.length} bytes then, 100 now) before it was read to its end`],
    ['rewritten', (root) => writeFile(join(root, 'train.csv'), csv.replace('gene0', 'gene9')), `it was changed (${csv.length} bytes then, ${csv.length} now) before it was read to its end`],
  ])('ends the run on both sides as a mistake, with nothing left behind: %s', async (name, change, what) => {
    const { run, served, processes } = await runLosing(name, change);
    const sentence = `strads: worker a: ${join(folder, name, 'train.csv')} is not what the scheduler reads as train.csv any more: ${what}. Put the file back, leave it alone until the worker says that it is read, and start again, or start the worker without --data-root: then the data are sent to it\n`;
    expect(run.stderr).toContain(sentence);
    expect(served.stderr).toContain(sentence);
    expect([run.code, served.code]).toEqual([2, 2]);
    expect((await readdir(folder)).filter((entry) => entry.includes(`model-${name}`))).toEqual([]);
    expect(processes).toHaveLength(1);
    expect(processes.filter(isAlive)).toEqual([]);
  });
});

describe('a scheduler whose file changes after it was read', () => {
  it('ends the run before anything is compared', async () => {
    const args = ['--data', 'changing.csv', ...ARGS.slice(2)];
    await writeFile(join(folder, 'changing.csv'), csv);
    const scheduler = await started(folder, WAITING, ...listening(args, 1));
    await writeFile(join(folder, 'changing.csv'), csv.replace('gene0', 'gene9'));
    const worker = await started(folder, /the run is over|strads:/, ...guestArguments(scheduler.match[1]!, { name: 'a', root: folder }));
    const [run, served] = await Promise.all([scheduler.ended, worker.ended]);
    expect(run.stderr).toContain("strads: changing.csv: the file was changed or removed after it was read, so it can't be compared with those of the workers. Leave it alone until training begins, and start again\n");
    expect([run.code, served.code]).toEqual([2, 0]);
  });
});
