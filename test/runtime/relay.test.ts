/** How much of a worker's parcels may wait at the scheduler, link by link. */
import { describe, expect, it } from 'vitest';
import { deferred, type Deferred } from '../../src/bus/deferred.js';
import type { Frame, Link } from '../../src/bus/link.js';
import { OutgoingParcels } from '../../src/runtime/outgoing-parcels.js';
import { parcelFrame, passedOnOf, Verb } from '../../src/runtime/protocol.js';
import { Relay } from '../../src/runtime/relay.js';
import { seatOf } from '../../src/runtime/seat.js';
import { retainedBytes } from './retained.js';

const MIB = 1 << 20;
const parcelOf = (bytes: number, { shard = 0, to = 1 } = {}) => parcelFrame({ round: 2, task: 5 }, { shard, to, parcel: [new Uint8Array(bytes)] });

/** A link that keeps what is sent, and is drained when the test says so. */
class FakeLink {
  readonly sent: Frame[] = [];
  room: Deferred | null = null;

  send(one: Frame): void {
    this.sent.push(one);
  }

  drained(): Promise<void> {
    return this.room?.promise ?? Promise.resolve();
  }
}

/** Everything goes by the scheduler. */
const NO_PEERS = { send: () => Promise.resolve(false) };
const asLink = (link: FakeLink) => link as unknown as Link;
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('Relay', () => {
  function twoHosts() {
    const links = [new FakeLink(), new FakeLink()];
    const hosts = links.map((link, shard) => Object.assign(seatOf({ name: `worker-${shard}`, kind: 'wasm', software: false, adapter: 'test', link: asLink(link) }), { shards: [shard] }));
    return { links, hosts, relay: new Relay(hosts.length, (shard) => hosts[shard]) };
  }

  it('passes the frame itself on, at once', () => {
    const { links, hosts, relay } = twoHosts();
    const parcel = parcelOf(100);
    relay.forward(hosts[0], parcel);
    expect(links[1].sent).toEqual([parcel]);
    expect(links[1].sent[0]).toBe(parcel);
    expect(relay.bytes).toBe(100);
  });

  it('lets the sender know once the receiver’s link has room', async () => {
    const { links, hosts, relay } = twoHosts();
    links[1].room = deferred();
    relay.forward(hosts[0], parcelOf(70));
    relay.forward(hosts[0], parcelOf(30));
    await settle();
    expect(links[0].sent).toEqual([]);
    links[1].room.resolve();
    await settle();
    expect(links[0].sent.map(({ kind }) => kind)).toEqual([Verb.PassedOn, Verb.PassedOn]);
    expect(links[0].sent.map(passedOnOf)).toEqual([70, 30]);
  });

  it('sends nothing on where the addresses make no sense', () => {
    const { links, hosts, relay } = twoHosts();
    expect(() => relay.forward(hosts[0], parcelOf(1, { shard: 1 }))).toThrow(RangeError);
    expect(() => relay.forward(hosts[0], parcelOf(1, { to: 0 }))).toThrow(RangeError);
    expect(() => relay.forward(hosts[0], parcelOf(1, { to: 2 }))).toThrow(RangeError);
    expect(links.map(({ sent }) => sent.length)).toEqual([0, 0]);
    expect(relay.bytes).toBe(0);
  });
});

describe('OutgoingParcels', () => {
  it('waits with the next parcel while 8 MiB have not gone on, whatever their order', async () => {
    const link = new FakeLink();
    const parcels = new OutgoingParcels(asLink(link), NO_PEERS);
    let sent = 0;
    const sending = (async () => {
      for (const mib of [3, 4, 3, 20, 1]) {
        await parcels.send(parcelOf(mib * MIB));
        sent++;
      }
    })();
    await settle();
    expect([link.sent.length, sent]).toEqual([3, 2]);
    parcels.passedOn(3 * MIB);
    await settle();
    expect([link.sent.length, sent]).toEqual([4, 3]);
    parcels.passedOn(4 * MIB);
    parcels.passedOn(3 * MIB);
    await settle();
    expect([link.sent.length, sent]).toEqual([4, 3]);
    parcels.passedOn(20 * MIB);
    await sending;
    expect(link.sent.length).toBe(5);
  });

  it('lets what is small go without waiting', async () => {
    const link = new FakeLink();
    const parcels = new OutgoingParcels(asLink(link), NO_PEERS);
    for (let i = 0; i < 100; i++) await parcels.send(parcelOf(1000));
    expect(link.sent.length).toBe(100);
  });

  it('keeps nothing of a parcel that is gone, however long a run sends', async () => {
    let sent = 0;
    const link = { send: () => void sent++ } as unknown as Link;
    const parcels = new OutgoingParcels(link, NO_PEERS);
    const parcel = parcelOf(0);
    await parcels.send(parcel);
    const retained = await retainedBytes(async () => {
      for (let i = 0; i < 50_000; i++) await parcels.send(parcel);
    });
    expect(sent).toBe(50_001);
    expect(retained).toBeLessThan(50_000 * 10);
  });

  it('lets go whoever sends when what is under way is abandoned, and sends nothing of it later', async () => {
    const link = new FakeLink();
    const way = deferred();
    const parcels = new OutgoingParcels(asLink(link), { send: () => way.promise.then(() => false) });
    const sending = parcels.send(parcelOf(10));
    parcels.abandon();
    await sending;
    way.resolve();
    await settle();
    expect(link.sent).toEqual([]);
    await parcels.send(parcelOf(20));
    expect(link.sent.length).toBe(1);
  });
});
