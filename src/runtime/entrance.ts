/** Where the workers of a run join. In: where to listen, and who decides. Out: a way to start workers here that find the scheduler. */
import type { Listener, ReceptionOptions } from '../bus/reception.js';
import { Exchange, ThreadBus } from '../bus/threads.js';
import { listenWebSocket } from '../bus/websocket-server.js';
import type { JoinRequest } from './join.js';
import type { ListenAddress } from './listen-address.js';
import type { Seat } from './seats.js';
import type { StartedWorker } from './worker-outcome.js';
import { startWorkerProcess } from './worker-process.js';
import { startWorkerThread } from './worker-thread.js';

export interface EntranceOptions {
  /** Module that calls `runWorkerProcess` with the programs. */
  readonly workerModule: URL;
  readonly seats: readonly Seat[];
  /** Where workers from elsewhere may join, if they may. */
  readonly listen?: ListenAddress | undefined;
  readonly reception: ReceptionOptions & { readonly token: string };
}

export interface Entrance {
  /** Where workers from elsewhere join; null where they don't. */
  readonly url: string | null;
  start(seat: Seat, request: Omit<JoinRequest, 'url'>): StartedWorker;
  /** Says goodbye to all, and takes nobody in any more. */
  close(): Promise<void>;
}

/** The scheduler's name among the threads. */
const SCHEDULER = 'scheduler';

/** Processes and workers from elsewhere join over WebSockets, threads over their lines; what nobody uses is not opened. */
export async function openEntrance({ workerModule, seats, listen, reception }: EntranceOptions): Promise<Entrance> {
  const exchange = new Exchange();
  const bus = new ThreadBus(SCHEDULER, exchange.line(SCHEDULER));
  const lines = await bus.listen(reception);
  const isNetworked = listen !== undefined || seats.some(({ isThread }) => !isThread);
  const server = isNetworked ? await listenWebSocket({ ...reception, host: listen?.host ?? '127.0.0.1', port: listen?.port ?? 0 }) : null;
  return {
    url: listen ? server!.url : null,
    start({ isThread, env }, request) {
      if (isThread) return startWorkerThread({ module: workerModule, request: { ...request, url: lines.url }, exchange });
      return startWorkerProcess({ module: workerModule, env, request: { ...request, url: localUrl(server!) } });
    },
    async close() {
      await Promise.all([lines.close(), server?.close()]);
      bus.hangUp();
    },
  };
}

function localUrl({ url, port }: Listener): string {
  return /\/\/(0\.0\.0\.0|\[::\])/.test(url) ? `ws://127.0.0.1:${port}` : url;
}
