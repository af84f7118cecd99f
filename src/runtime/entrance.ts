/** Where the workers of a run join. In: where to listen, and who decides. Out: a way to start workers here that find the scheduler. */
import type { Listener, ReceptionOptions } from '../bus/reception.js';
import { Exchange, ThreadBus } from '../bus/threads.js';
import type { TlsIdentity } from '../bus/tls.js';
import { listenWebSocket } from '../bus/websocket-server.js';
import type { JoinRequest } from './join.js';
import { inTheClear, isLoopback, type ListenAddress } from './listen-address.js';
import type { Seat } from './seats.js';
import type { StartedWorker } from './worker-outcome.js';
import { startWorkerProcess } from './worker-process.js';
import { startWorkerThread } from './worker-thread.js';

/** Where workers from elsewhere join, and what they must show. */
export interface GuestEntrance extends ListenAddress {
  readonly token: string;
  /** How many to wait for before the run begins. */
  readonly expect: number;
  readonly tls?: TlsIdentity | undefined;
  /** Origins of web pages whose workers may join; none unless told. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

export interface EntranceOptions {
  /** Module that calls `runWorkerProcess` with the programs. */
  readonly workerModule: URL;
  readonly seats: readonly Seat[];
  /** Where workers from elsewhere may join, if they may. */
  readonly listen?: GuestEntrance | undefined;
  readonly notice: (sentence: string) => void;
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

/** Processes join on the loopback interface, threads over their lines, workers from elsewhere where they are listened for; what nobody uses is not opened. */
export async function openEntrance({ workerModule, seats, listen, notice, reception }: EntranceOptions): Promise<Entrance> {
  const exchange = new Exchange();
  const bus = new ThreadBus(SCHEDULER, exchange.line(SCHEDULER));
  const lines = await bus.listen(reception);
  const server = seats.some(({ isThread }) => !isThread) ? await listenWebSocket({ ...reception, host: '127.0.0.1', port: 0 }) : null;
  const guests = listen ? await openToGuests(listen, reception, notice) : null;
  return {
    url: guests?.url ?? null,
    start({ isThread, env }, request) {
      if (isThread) return startWorkerThread({ module: workerModule, request: { ...request, url: lines.url }, exchange });
      return startWorkerProcess({ module: workerModule, env, request: { ...request, url: server!.url } });
    },
    async close() {
      await Promise.all([lines.close(), server?.close(), guests?.close()]);
      bus.hangUp();
    },
  };
}

async function openToGuests({ host, port, tls, allowedOrigins = [] }: GuestEntrance, reception: EntranceOptions['reception'], notice: (sentence: string) => void): Promise<Listener> {
  const guests = await listenWebSocket({ ...reception, host, port, tls, allowedOrigins });
  if (!tls && !isLoopback(host)) notice(inTheClear({ host, port: guests.port }));
  return guests;
}
