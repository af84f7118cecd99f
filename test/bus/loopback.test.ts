import { describe, expect, it } from 'vitest';
import { connect } from '../../src/bus/connect.js';
import { encodeRefusal } from '../../src/bus/handshake.js';
import { loopback, wirePair } from '../../src/bus/loopback.js';
import type { Loopback } from '../../src/bus/loopback.js';
import type { Wire } from '../../src/bus/wire.js';
import { conformance } from './conformance.js';
import { ofVersion } from './talk.js';

let memory: Loopback = loopback();

conformance({
  name: 'loopback',
  listen: (options) => (memory = loopback()).listen(options),
  dial: (_url, token) => memory.dial(token),
});

describe('loopback', () => {
  it('has one listener at a time', async () => {
    const place = loopback();
    const options = { run: 1, token: 't', accept: () => null, onLink: () => undefined };
    const listener = await place.listen(options);
    await expect(place.listen(options)).rejects.toMatchObject({ reason: 'address' });
    await listener.close();
    await (await place.listen(options)).close();
  });
});

describe('a client', () => {
  /** Joins a server that does with the wire what the test says once the hello has come. */
  function join(server: (wire: Wire) => void): Promise<unknown> {
    const [near, far] = wirePair();
    far.onMessage = () => server(far);
    return connect(() => Promise.resolve(near), 'ws://far:7000', { hello: { name: 'w', facts: {} }, timeoutMs: 200 });
  }

  it('names both versions when the scheduler speaks another protocol', async () => {
    const refusal = ofVersion(2, encodeRefusal(1, { reason: 'protocol', message: 'unreadable to us' }));
    await expect(join((wire) => wire.send(refusal))).rejects.toMatchObject({
      reason: 'protocol',
      message: 'the scheduler at ws://far:7000 speaks protocol 2, this worker 1: install the same version on both',
    });
  });

  it('takes the reason from the end of the wire when there is no answer', async () => {
    const ending = { reason: 'protocol', message: 'the scheduler speaks protocol 3' } as const;
    await expect(join((wire) => wire.close(ending))).rejects.toMatchObject(ending);
  });

  it.each([
    ['hangs up', (wire: Wire) => wire.close(null), /hung up during the hello/],
    ['says nothing', () => undefined, /did not answer the hello/],
    ['talks nonsense', (wire: Wire) => wire.send(new Uint8Array(64)), /answer that is not understood \(magic number 0x0/],
  ])('reports a scheduler that %s', async (_what, server, message) => {
    const joining = join(server);
    await expect(joining).rejects.toMatchObject({ reason: 'unreachable' });
    await expect(joining).rejects.toThrow(message);
  });
});
