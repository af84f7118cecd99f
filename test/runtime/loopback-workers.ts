/** Workers inside the test's process, each with an engine and a link of its own over the loopback bus or a WebSocket. */
import type { Link } from '../../src/bus/link.js';
import { loopback, type Loopback } from '../../src/bus/loopback.js';
import { connectWebSocket } from '../../src/bus/websocket-client.js';
import { listenWebSocket } from '../../src/bus/websocket-server.js';
import type { Engine } from '../../src/engine/engine.js';
import { createWasmEngine } from '../../src/engine/wasm.js';
import type { WorkerProgram } from '../../src/program.js';
import type { Member } from '../../src/runtime/cluster.js';
import type { LocalData } from '../../src/runtime/local-data.js';
import type { PeerFacts } from '../../src/runtime/peer-addresses.js';
import type { OpenPeerNetwork } from '../../src/runtime/peer-network.js';
import { serve } from '../../src/runtime/worker.js';

export type Programs = ReadonlyMap<string, WorkerProgram>;

type Networks = (worker: number) => Promise<OpenPeerNetwork | null>;

export interface LoopbackWorkers {
  /** The scheduler's ends, in the order of the workers. */
  readonly members: readonly Member[];
  /** The workers' ends. */
  readonly links: readonly Link[];
  /** One more of them comes. */
  join(): Promise<Member>;
  close(): Promise<void>;
}

const NO_NETWORK: Networks = () => Promise.resolve(null);

const TOKEN = 'test';
const ENGINE_BYTES = 1 << 26;

const wasmEngine = () => createWasmEngine({ memoryBytes: ENGINE_BYTES });

/** `count` workers named worker-0, worker-1, …; `programs` gives each its own, `localData` its files and `networks` its links to others, if it has any. */
export async function loopbackWorkers(
  count: number,
  programs: (worker: number) => Programs,
  localData: (worker: number) => LocalData | null = () => null,
  makeEngine: () => Promise<Engine> = wasmEngine,
  bus: Pick<Loopback, 'listen' | 'connect'> = loopback(),
  networks: Networks = NO_NETWORK,
): Promise<LoopbackWorkers> {
  const members: Member[] = [];
  const listener = await bus.listen({
    token: TOKEN,
    run: 1,
    accept: () => null,
    onLink: (link, { name, facts }, seenAt) => members.push({ name, kind: 'wasm', software: false, adapter: 'test', dataRoot: facts['dataRoot'] as string | undefined, peer: facts['peer'] as PeerFacts | undefined, seenAt, link }),
  });
  const links: Link[] = [];
  const engines: Engine[] = [];
  const opened: OpenPeerNetwork[] = [];
  const join = async (): Promise<Member> => {
    const worker = links.length;
    const local = localData(worker);
    const network = await networks(worker);
    if (network) opened.push(network);
    const facts = { ...(local && { dataRoot: '/data' }), ...(network && { peer: network.facts }) };
    const link = await bus.connect({ token: TOKEN, hello: { name: `worker-${worker}`, facts } });
    const engine = await makeEngine();
    void serve(link, engine, programs(worker), { localData: local, network });
    links.push(link);
    engines.push(engine);
    return members.at(-1)!;
  };
  while (links.length < count) await join();
  return {
    members,
    links,
    join,
    close: async () => {
      await listener.close();
      await Promise.all(opened.map((network) => network.close()));
      for (const engine of engines) await engine.close();
    },
  };
}

/** The same over WebSockets of this machine. */
export function webSocketWorkers(count: number, programs: (worker: number) => Programs, networks: Networks = NO_NETWORK): Promise<LoopbackWorkers> {
  let url = '';
  return loopbackWorkers(count, programs, undefined, undefined, {
    listen: async (options) => {
      const listener = await listenWebSocket({ ...options, host: '127.0.0.1', port: 0 });
      url = listener.url;
      return listener;
    },
    connect: (options) => connectWebSocket({ ...options, url }),
  }, networks);
}
