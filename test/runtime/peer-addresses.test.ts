/** Who is told of whom, and by which address. */
import { describe, expect, it } from 'vitest';
import { parseListenAddress } from '../../src/runtime/listen-address.js';
import { peersOf, type Neighbour, type PeerFacts } from '../../src/runtime/peer-addresses.js';

const LAN = '192.168.1.5';

/** A worker that the scheduler sees at `seenAt`. */
const worker = (name: string, seenAt: string | null, peer?: Partial<PeerFacts>, shards = [0]): Neighbour => ({ member: { name, seenAt, peer: peer && { host: null, port: 7071, run: 9, invitation: 'come in', ...peer } }, shards });

const told = (one: Neighbour, other: Neighbour) => peersOf(one, [one, other]).map(({ url }) => url)[0];

describe('peersOf', () => {
  const asker = worker('asker', '192.168.1.9');

  it.each<[string, string | null, Partial<PeerFacts> | undefined, string | undefined]>([
    ['the address that the scheduler sees where it listens on all', LAN, {}, `ws://${LAN}:7071`],
    ['one of IPv6 in brackets', 'fd00::5', {}, 'ws://[fd00::5]:7071'],
    ['the name that was asked for', LAN, { host: 'box.lan', port: 80 }, 'ws://box.lan:80'],
    ['nothing of one that does not listen', LAN, undefined, undefined],
    ['nothing of one that listens on all and is seen nowhere', null, {}, undefined],
    ['nothing of one that is reached on its own machine alone', LAN, { host: '127.0.0.1' }, undefined],
    ['nothing of one that is seen on the scheduler’s machine', '127.0.0.1', {}, undefined],
  ])('tells %s', (_what, seenAt, peer, url) => expect(told(asker, worker('other', seenAt, peer))).toBe(url));

  it.each([['127.0.0.1', '127.0.0.1'], ['::1', '[::1]'], ['localhost', 'localhost'], ['127.1.2.3', '127.1.2.3']])('tells %s to those who come from where its owner comes from', (host, inUrl) => {
    for (const seenAt of ['127.0.0.1', LAN]) {
      const owner = worker('owner', seenAt, { host });
      expect(told(worker('neighbour', seenAt), owner)).toBe(`ws://${inUrl}:7071`);
      expect(told(asker, owner)).toBe(undefined);
    }
  });

  it('tells of shards and the number of the listener, and leaves out oneself and those without shards', () => {
    const all = [asker, worker('a', LAN, { run: 3 }, [1, 2]), worker('b', LAN, {}, []), worker('c', LAN, { run: 4 }, [3])];
    expect(peersOf(asker, all).map(({ worker: name, shards, run }) => [name, shards, run])).toEqual([['a', [1, 2], 3], ['c', [3], 4]]);
    expect(peersOf(all[1], all).map(({ worker: name }) => name)).toEqual(['c']);
  });
});

describe('parseListenAddress', () => {
  it.each([
    ['0.0.0.0:7071', { host: '0.0.0.0', port: 7071 }],
    ['[::]:0', { host: '::', port: 0 }],
    ['box.lan:65535', { host: 'box.lan', port: 65535 }],
  ])('takes %s', (text, address) => expect(parseListenAddress('--peer-listen', text)).toEqual(address));

  it.each(['7071', 'box.lan', 'box.lan:', ':7071', 'box.lan:65536', 'box.lan:http', ''])('refuses "%s"', (text) => {
    expect(() => parseListenAddress('--peer-listen', text)).toThrow(`--peer-listen ${text}: expected host:port, as in 0.0.0.0:7070`);
  });
});
