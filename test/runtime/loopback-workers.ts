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
import { serve } from '../../src/runtime/worker.js';

export type Programs = ReadonlyMap<string, WorkerProgram>;

export interface LoopbackWorkers {
  /** The scheduler's ends, in the order of the workers. */
  readonly members: readonly Member[];
  /** The workers' ends. */
  readonly links: readonly Link[];
  close(): Promise<void>;
}

const TOKEN = 'test';
const ENGINE_BYTES = 1 << 26;

const wasmEngine = () => createWasmEngine({ memoryBytes: ENGINE_BYTES });

/** `count` workers named worker-0, worker-1, …; `programs` gives each its own, `localData` its files, if it has any. */
export async function loopbackWorkers(
  count: number,
  programs: (worker: number) => Programs,
  localData: (worker: number) => LocalData | null = () => null,
  makeEngine: () => Promise<Engine> = wasmEngine,
  bus: Pick<Loopback, 'listen' | 'connect'> = loopback(),
): Promise<LoopbackWorkers> {
  const members: Member[] = [];
  const listener = await bus.listen({
    token: TOKEN,
    run: 1,
    accept: () => null,
    onLink: (link, { name, facts }) => members.push({ name, kind: 'wasm', software: false, adapter: 'test', dataRoot: facts['dataRoot'] as string | undefined, link }),
  });
  const links: Link[] = [];
  const engines: Engine[] = [];
  for (let worker = 0; worker < count; worker++) {
    const local = localData(worker);
    const link = await bus.connect({ token: TOKEN, hello: { name: `worker-${worker}`, facts: local ? { dataRoot: '/data' } : {} } });
    const engine = await makeEngine();
    void serve(link, engine, programs(worker), local);
    links.push(link);
    engines.push(engine);
  }
  return {
    members,
    links,
    close: async () => {
      await listener.close();
      for (const engine of engines) await engine.close();
    },
  };
}

/** The same over WebSockets of this machine. */
export function webSocketWorkers(count: number, programs: (worker: number) => Programs): Promise<LoopbackWorkers> {
  let url = '';
  return loopbackWorkers(count, programs, undefined, undefined, {
    listen: async (options) => {
      const listener = await listenWebSocket({ ...options, host: '127.0.0.1', port: 0 });
      url = listener.url;
      return listener;
    },
    connect: (options) => connectWebSocket({ ...options, url }),
  });
}
