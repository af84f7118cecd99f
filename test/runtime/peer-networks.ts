/** How the workers of a test reach each other: over the loopback bus, or over WebSockets of this machine. */
import { BusError } from '../../src/bus/error.js';
import type { Link } from '../../src/bus/link.js';
import { loopback, type Loopback } from '../../src/bus/loopback.js';
import { openPeerNetwork, type OpenPeerNetwork } from '../../src/runtime/peer-network.js';

/** Makes the network of a worker. */
export type Networks = (worker: number) => Promise<OpenPeerNetwork>;

/** Which workers listen. */
type Listens = (worker: number) => boolean;

const TOKEN = 'the token of the peers';

/** Worker i is reached at ws://peer-i:7, in memory. */
export function memoryNetworks(listens: Listens, notices: string[] = []): Networks {
  const buses = new Map<string, Loopback>();
  return async (worker) => {
    const run = 100 + worker;
    const name = `worker-${worker}`;
    const bus = loopback();
    const dialled: Link[] = [];
    const network = {
      onLink: (() => undefined) as (link: Link) => void,
      dial: async (url: string) => {
        const there = buses.get(url);
        if (!there) throw new BusError('unreachable', `nobody answers at ${url}`);
        dialled.push(await there.connect({ token: TOKEN, role: 'worker', hello: { name, facts: {} } }));
        return dialled.at(-1)!;
      },
      notice: (sentence: string) => void notices.push(sentence),
      facts: listens(worker) ? { host: `peer-${worker}`, port: 7, run, invitation: '' } : undefined,
      close: async () => {
        for (const link of dialled) void link.close();
        await listener?.close();
      },
    };
    const listener = listens(worker) ? await bus.listen({ token: TOKEN, run, name: `worker ${name}`, accept: () => null, onLink: (link) => network.onLink(link) }) : null;
    if (listener) buses.set(`ws://peer-${worker}:7`, bus);
    return network;
  };
}

/** Every worker has the token that `tokenOf` gives it. */
export function webSocketNetworks(listens: Listens, notices: string[] = [], tokenOf: (worker: number) => string = () => TOKEN.replaceAll(' ', '-')): Networks {
  return (worker) =>
    openPeerNetwork({ name: `worker-${worker}`, token: tokenOf(worker), listen: listens(worker) ? { host: '127.0.0.1', port: 0 } : undefined, notice: (sentence) => void notices.push(sentence) });
}
