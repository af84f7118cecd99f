/** Wires over message ports keep the contract of every transport. */
import { describe, expect, it } from 'vitest';
import { Exchange, ThreadBus } from '../../src/bus/threads.js';
import { conformance } from './conformance.js';

const exchange = new Exchange();
const bus = (name: string) => new ThreadBus(name, exchange.line(name));
const [scheduler, worker] = [bus('scheduler'), bus('worker')];

conformance({
  name: 'threads',
  listen: (options) => scheduler.listen(options),
  dial: (url, token) => worker.dial({ url, token }),
});

describe('threads', () => {
  const options = { run: 1, token: 't', accept: () => null, onLink: () => undefined };
  const hello = { name: 'worker', facts: {} };

  it('have one listener each at a time', async () => {
    const listener = await scheduler.listen(options);
    await expect(scheduler.listen(options)).rejects.toMatchObject({ reason: 'address', message: 'thread:scheduler has a listener: close it first' });
    await listener.close();
    await (await scheduler.listen(options)).close();
  });

  it('are not found under a name that nobody has', async () => {
    await expect(worker.connect({ url: 'thread:nobody', token: 't', role: 'worker', hello })).rejects.toMatchObject({ reason: 'unreachable', message: 'no worker listens at thread:nobody: start it first' });
  });

  it('are called directly: what is said does not go by the exchange', async () => {
    const others = [bus('a'), bus('b')] as const;
    const received: number[] = [];
    const listener = await others[0].listen({ ...options, onLink: (link) => (link.onFrame = ({ task }) => void received.push(task)) });
    const link = await others[1].connect({ url: listener.url, token: 't', hello });
    others[0].hangUp();
    others[1].hangUp();
    link.send({ kind: 16, round: 0, task: 5, shard: 0, attempt: 0, segments: [] });
    await link.close();
    expect(received).toEqual([5]);
    await listener.close();
  });

  it('share the memory of small messages, and hand over that of large ones, so that a heap counts them', async () => {
    const [to, from] = [bus('c'), bus('d')];
    const memory: unknown[] = [];
    const listener = await to.listen({ ...options, onLink: (link) => (link.onFrame = ({ segments: [segment] }) => void memory.push(segment!.buffer.constructor)) });
    const link = await from.connect({ url: listener.url, token: 't', hello });
    for (const length of [64, 1 << 19]) {
      link.send({ kind: 16, round: 0, task: 5, shard: 0, attempt: 0, segments: [new Uint8Array(length)] }, 'now');
    }
    await link.close();
    expect(memory).toEqual([SharedArrayBuffer, ArrayBuffer]);
    await listener.close();
    to.hangUp();
    from.hangUp();
  });
});
