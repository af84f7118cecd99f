/** What a guest makes of the ends of its processes, which a script plays; test/cli/guest.test.ts has real ones. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BusErrorReason } from '../../src/bus/error.js';
import type { LinkClosed } from '../../src/bus/link.js';
import { Guest } from '../../src/runtime/guest.js';
import type { JoinRequest } from '../../src/runtime/join.js';
import { EXIT_DEVICE_LOST, type Outcome } from '../../src/runtime/worker-outcome.js';

interface Scene {
  readonly joins?: boolean;
  readonly outcome?: Outcome;
  readonly code?: number;
}

let folder: string;
let scripts = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strads-guest-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const closed = (reason: LinkClosed['reason'], message = 'gone'): Scene => ({ joins: true, outcome: { closed: { reason, message } } });
const busError = (reason: BusErrorReason, message: string): Scene => ({ outcome: { failed: { message, kind: { bus: reason } } } });
const OVER = closed('peer-closed');

async function played(scenes: readonly Scene[], patience?: number) {
  const script = join(folder, `${scripts++}.json`);
  await writeFile(script, JSON.stringify({ scenes, requests: [] }));
  const notices: string[] = [];
  const guest = new Guest({
    module: new URL('./scripted-worker.mjs', import.meta.url),
    env: { SCRIPT: script },
    request: { url: 'ws://here', token: 'a-token-of-24-characters', name: 'guest', engine: 'wasm' },
    patience,
    notice: (sentence) => notices.push(sentence),
  });
  const ended = await guest.over.catch((error: Error) => error);
  const { requests } = JSON.parse(await readFile(script, 'utf8')) as { requests: JoinRequest[] };
  return { ended, notices, patience: requests.map(({ patienceMs }) => patienceMs / 1000), origins: new Set(requests.map(({ origin }) => origin)) };
}

describe('a guest', () => {
  it('is done when the scheduler says goodbye', async () => {
    expect(await played([OVER])).toMatchObject({ ended: 'the run is over', notices: [], patience: [10] });
  });

  it('joins anew as long as its scheduler is lost or another run answers, and is more patient then', async () => {
    const { ended, notices, patience, origins } = await played([closed('lost', 'silent'), closed('refused', 'another run'), OVER]);
    expect([ended, patience, origins.size]).toEqual(['the run is over', [10, 600, 600], 1]);
    expect(notices).toEqual(['the scheduler at ws://here is lost to worker guest (silent): joining anew', 'the scheduler at ws://here is lost to worker guest (another run): joining anew']);
  });

  it('says when its scheduler does not come back, as long as it is told to wait', async () => {
    const { ended, patience } = await played([closed('lost'), busError('unreachable', 'nobody answers')], 3);
    expect(ended).toMatchObject({ name: 'BusError', reason: 'lost', message: 'the scheduler was lost and did not come back: nobody answers' });
    expect(patience).toEqual([3, 3]);
  });

  it.each<BusErrorReason>(['unreachable', 'refused', 'protocol', 'address'])('that can’t join says why: %s', async (reason) => {
    expect((await played([busError(reason, 'no')])).ended).toMatchObject({ name: 'BusError', reason, message: 'no' });
  });

  it('starts again when its device was lost, when its engine could not be made, and when its link makes no sense', async () => {
    const { ended, notices } = await played([{ joins: true, code: EXIT_DEVICE_LOST }, { outcome: { failed: { message: 'no adapter', kind: 'EngineError' } } }, OVER]);
    expect(ended).toBe('the run is over');
    expect(notices).toEqual(['worker guest lost its device (exit code 71): it is started again', 'worker guest could not join: no adapter: it is started again']);
    expect((await played([closed('protocol', 'nonsense'), OVER])).notices).toEqual(['worker guest lost its link: nonsense: it is started again']);
  });

  it('gives up after deaths in a row', async () => {
    const { ended } = await played([{ joins: true, code: EXIT_DEVICE_LOST }, { code: 3 }, { joins: true, code: EXIT_DEVICE_LOST }]);
    expect(ended).toMatchObject({ name: 'WorkerError', message: 'worker guest lost its device (exit code 71), 3 times in a row without getting anywhere' });
  });

  it.each([
    ['DataError', 'data.csv differs', 'data.csv differs'],
    ['EngineError', 'shard 3 does not fit', 'shard 3 does not fit'],
    [null, 'no operation 3', 'worker guest failed: no operation 3'],
  ] as const)('that would fail again does not try: %s', async (kind, message, said) => {
    expect((await played([{ joins: true, outcome: { failed: { message, kind } } }])).ended).toMatchObject({ name: kind ?? 'WorkerError', message: said });
  });
});
