/** The listener and the links of a worker in Node. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Frame, Link } from '../../src/bus/link.js';
import type { NetworkPeer } from '../../src/runtime/peer-addresses.js';
import { openPeerNetwork, type OpenPeerNetwork, type PeerNetworkOptions } from '../../src/runtime/peer-network.js';
import { frame } from '../../src/runtime/protocol.js';

const TOKEN = 'correct-horse-battery-staple';
const ANYWHERE = { host: '127.0.0.1', port: 0 };

const open: OpenPeerNetwork[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((network) => network.close()));
});

async function network(name: string, options: Partial<PeerNetworkOptions> = {}): Promise<OpenPeerNetwork> {
  const opened = await openPeerNetwork({ name, token: TOKEN, notice: () => undefined, ...options });
  open.push(opened);
  return opened;
}

const portOf = ({ facts }: OpenPeerNetwork) => (facts as NetworkPeer).port;
const urlOf = (network: OpenPeerNetwork) => `ws://127.0.0.1:${portOf(network)}`;

const acceptedBy = (owner: OpenPeerNetwork) => new Promise<Link>((resolve) => (owner.onLink = resolve));

describe('a worker’s network', () => {
  it('takes links and opens them, each end by its name and the number of the listener', async () => {
    const [a, b] = [await network('a'), await network('b', { listen: ANYWHERE })];
    const accepting = acceptedBy(b);
    const opened = await a.dial(urlOf(b), b.facts!.invitation);
    const accepted = await accepting;
    expect([opened.peer, opened.run, accepted.peer, accepted.run]).toEqual(['worker b', b.facts!.run, 'a', b.facts!.run]);
    const received = new Promise<Frame>((resolve) => (accepted.onFrame = resolve));
    opened.send(frame(31, { round: 1, task: 2, shard: 3 }, [Uint32Array.of(4)]));
    expect(await received).toMatchObject({ kind: 31, shard: 3, segments: [Uint32Array.of(4)] });
  });

  it('hands over links from before it was asked for them', async () => {
    const [a, b] = [await network('a'), await network('b', { listen: ANYWHERE })];
    await a.dial(urlOf(b), b.facts!.invitation);
    expect((await acceptedBy(b)).peer).toBe('a');
  });

  it('tells its host as it was given, except where that is every address', async () => {
    expect((await network('a')).facts).toBe(undefined);
    for (const [host, announced] of [['127.0.0.1', '127.0.0.1'], ['localhost', 'localhost'], ['0.0.0.0', null]]) expect((await network('b', { listen: { host: host!, port: 0 } })).facts).toMatchObject({ host: announced });
  });

  it('refuses another token, in the words of a worker', async () => {
    const [a, b] = [await network('a', { token: 'another-token' }), await network('b', { listen: ANYWHERE })];
    await expect(a.dial(urlOf(b), b.facts!.invitation)).rejects.toMatchObject({ reason: 'refused', message: `the worker at ${urlOf(b)} refused this token: pass the one that it was started with` });
  });

  it('takes no link of who knows the token alone', async () => {
    const [a, b] = [await network('a'), await network('b', { listen: ANYWHERE })];
    const accepted: Link[] = [];
    b.onLink = (link) => accepted.push(link);
    for (const invitation of ['', b.facts!.invitation.replace(/.$/, 'x')]) await expect(a.dial(urlOf(b), invitation)).rejects.toMatchObject({ reason: 'refused', message: 'this worker was not told of by the scheduler of its run' });
    expect(accepted).toEqual([]);
  });

  it('joined by TLS shows its token to nobody without, except on this machine', async () => {
    const a = await network('a', { isSecure: true });
    await expect(a.dial('ws://192.0.2.1:7071', '')).rejects.toMatchObject({ reason: 'refused', message: 'ws://192.0.2.1:7071 does not speak TLS, and this run does: start that worker with --tls-cert and --tls-key' });
    await expect(a.dial('ws://[2001:db8::1]:7071', '')).rejects.toMatchObject({ reason: 'refused' });
    const b = await network('b', { listen: ANYWHERE });
    expect((await a.dial(urlOf(b), b.facts!.invitation)).run).toBe(b.facts!.run);
    await expect(a.dial('ws://[::1]:1', '')).rejects.toMatchObject({ reason: 'unreachable' });
  });

  it('says where nobody answers', async () => {
    const a = await network('a');
    await expect(a.dial('ws://127.0.0.1:1', '')).rejects.toMatchObject({ reason: 'unreachable', message: 'no worker answers at ws://127.0.0.1:1 (ECONNREFUSED): check the address, that the worker runs, and that no firewall is between' });
    await expect(a.dial('ws://fe80::1%eth0:1', '')).rejects.toMatchObject({ reason: 'address', message: '"ws://fe80::1%eth0:1" is no address of a worker, expected something like ws://host:7000' });
  });

  it('can’t listen on a port that is taken, nor on an address that is not here', async () => {
    const port = portOf(await network('a', { listen: ANYWHERE }));
    await expect(network('b', { listen: { ...ANYWHERE, port } })).rejects.toMatchObject({ name: 'BusError', reason: 'address', message: `listening for other workers: port ${port} of 127.0.0.1 is taken: choose another one, or 0 for any that is free` });
    await expect(network('b', { listen: { host: '192.0.2.1', port: 0 } })).rejects.toMatchObject({ reason: 'address' });
  });

  it('says goodbye when it closes, from either end', async () => {
    for (const first of [0, 1]) {
      const both = [await network('a'), await network('b', { listen: ANYWHERE })] as const;
      const accepting = acceptedBy(both[1]);
      const links = [await both[0].dial(urlOf(both[1]), both[1].facts!.invitation), await accepting];
      links[first].onFrame = () => undefined;
      const closed = new Promise<string>((resolve) => (links[1 - first].onClose = ({ reason }) => resolve(reason)));
      links[1 - first].onFrame = () => undefined;
      await both[first].close();
      expect(await closed).toBe('peer-closed');
    }
  });
});
