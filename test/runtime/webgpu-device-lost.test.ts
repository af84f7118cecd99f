/** A device that fails under a worker: its process ends with a code of its own, before it hands on anything. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listenWebSocket } from '../../src/bus/websocket-server.js';
import type { Hello, Link } from '../../src/bus/link.js';
import type { Listener } from '../../src/bus/reception.js';
import { Cluster } from '../../src/runtime/cluster.js';
import { memberOf } from '../../src/runtime/roster.js';
import { openWorkers } from '../../src/runtime/session.js';
import { startWorkerProcess } from '../../src/runtime/worker-process.js';
import { describeOnWebGpu } from '../engine/lane.js';

const TOKEN = 'a-token-of-24-characters';
const module = new URL('./failing-device-worker.mjs', import.meta.url);
const ONE_TASK = { operation: 0, ids: new Uint32Array(0), values: Float64Array.of(2) };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strads-device-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function scheduler(): Promise<{ listener: Listener; joined: Promise<[Link, Hello]> }> {
  let listener!: Listener;
  const joined = new Promise<[Link, Hello]>((resolve, reject) => {
    const onLink = (link: Link, hello: Hello) => resolve([link, hello]);
    void listenWebSocket({ host: '127.0.0.1', port: 0, token: TOKEN, run: 1, accept: () => null, onLink }).then((made) => (listener = made), reject);
  });
  await expect.poll(() => listener).toBeDefined();
  return { listener, joined };
}

async function* data() {
  for (const shard of [0, 1]) yield await Promise.resolve({ shard, part: [Float32Array.of(1, 2, 3 + shard)] as const });
}

describeOnWebGpu('a worker’s device', () => {
  it.each([
    ['lost', /was lost|broke off its work/],
    ['validation', /reports: /],
    ['memory', /is out of memory: buffer 'too large' of 4096 bytes does not fit beside the 48 bytes already allocated/],
  ])('that fails ends its process at once, with the code for that: %s', async (fault, reason) => {
    const { listener, joined } = await scheduler();
    const file = join(folder, fault);
    const worker = startWorkerProcess({ module, env: { FAULT: file }, request: { url: listener.url, token: TOKEN, name: 'gpu', engine: 'webgpu', patienceMs: 1000 } });
    const [link, hello] = await joined;
    const cluster = new Cluster([memberOf(link, hello, null)], 2);
    await cluster.load('toy', [null, null], data);
    expect(Array.from((await (await cluster.send(0, ONE_TASK)).sums)[0]!.values)).toEqual([4, 8, 14]);
    await writeFile(file, fault);
    const sums = (await cluster.send(0, ONE_TASK)).sums;
    const unanswered = expect(sums).rejects.toThrow();
    const end = await worker.ended;
    cluster.fail(new Error('nobody is left'));
    await unanswered;
    expect(end.how).toBe('died');
    const why = end.how === 'died' ? end.why : '';
    expect(why).toMatch(/^lost its device \(exit code 71: /);
    expect(why).toMatch(reason);
    await listener.close();
  });

  it.each(['lost', 'validation', 'memory'])('that fails in the course of a run changes no bit: another worker goes on (%s)', async (fault) => {
    const file = join(folder, `${fault} in a run`);
    const notices: string[] = [];
    process.env['FAULT'] = file;
    const session = await openWorkers({ workers: [{ engine: 'webgpu', count: 1 }], workerModule: module, notice: (sentence) => notices.push(sentence) });
    try {
      const cluster = session.cluster(2);
      await cluster.load('toy', [null, null], data);
      for (let round = 0; round < 6; round++) {
        if (round === 3) await writeFile(file, fault);
        const { sums } = await cluster.send(round, ONE_TASK);
        expect(Array.from((await sums)[0]!.values)).toEqual([4, 8, 14].map((value) => (round + 1) * value));
      }
      expect(cluster.incidents.map(({ what, worker }) => [what, worker])).toContainEqual(['lost', 'webgpu-0']);
    } finally {
      delete process.env['FAULT'];
      await session.close();
    }
    expect(notices.join('\n')).toMatch(/^worker webgpu-0 lost its device \(exit code 71: .*\): it is started again$/m);
  });
});
