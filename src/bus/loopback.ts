/**
 * A transport inside one process: the same handshake, token and sessions as over a network, on wires in memory.
 * A message is copied when it is sent and delivered in a later turn of the event loop.
 */
import { connect } from './connect.js';
import type { ConnectOptions } from './connect.js';
import { BusError, tokenRefused } from './error.js';
import type { Link } from './link.js';
import { Reception } from './reception.js';
import type { Listener, ReceptionOptions } from './reception.js';
import { afterThisTurn } from './turn.js';
import type { Dial, Wire, WireEnding } from './wire.js';

export interface LoopbackListenOptions extends ReceptionOptions {
  readonly token: string;
}

export interface LoopbackConnectOptions extends ConnectOptions {
  readonly token: string;
}

export interface Loopback {
  listen(options: LoopbackListenOptions): Promise<Listener>;
  connect(options: LoopbackConnectOptions): Promise<Link>;
  dial(token: string): Dial;
}

const URL = 'loopback:';

/** A place where one listener and any number of clients of this process meet. */
export function loopback(): Loopback {
  let open: { readonly token: string; readonly reception: Reception } | null = null;

  const dial = (token: string): Dial => () => {
    if (open === null) return Promise.reject(new BusError('unreachable', `nobody listens at ${URL}: start the scheduler first`));
    if (token !== open.token) return Promise.reject(tokenRefused(URL, 'scheduler'));
    const [near, far] = wirePair();
    open.reception.receive(far, null);
    return Promise.resolve(near);
  };

  return {
    dial,
    connect: (options) => connect(dial(options.token), URL, options),
    listen: (options) => {
      if (open !== null) return Promise.reject(new BusError('address', `${URL} has a listener: close it first`));
      const reception = new Reception(options);
      open = { token: options.token, reception };
      const close = async (): Promise<void> => {
        await reception.close();
        open = null;
      };
      return Promise.resolve({ url: URL, port: 0, close });
    },
  };
}

/** Two wires that are each other's ends. */
export function wirePair(): readonly [Wire, Wire] {
  const near = new MemoryWire();
  const far = new MemoryWire();
  near.peer = far;
  far.peer = near;
  return [near, far];
}

class MemoryWire implements Wire {
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (ending: WireEnding | null) => void = () => undefined;
  peer!: MemoryWire;
  private arrivals: Uint8Array[] = [];
  private waitingBytes = 0;
  private scheduled = false;
  private closed = false;
  /** Set when the other end has closed; it counts once the arrivals are delivered. */
  private ending: { readonly told: WireEnding | null } | null = null;

  get bufferedBytes(): number {
    return this.peer.waitingBytes;
  }

  send(message: Uint8Array): void {
    if (this.closed || this.peer.closed) return;
    this.peer.arrivals.push(message.slice());
    this.peer.waitingBytes += message.length;
    this.peer.schedule();
  }

  close(ending: WireEnding | null): void {
    if (this.closed) return;
    this.closed = true;
    this.arrivals = [];
    this.peer.ending = { told: ending };
    this.peer.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    afterThisTurn(() => this.deliver());
  }

  private deliver(): void {
    this.scheduled = false;
    const { arrivals } = this;
    this.arrivals = [];
    this.waitingBytes = 0;
    for (const message of arrivals) if (!this.closed) this.onMessage(message);
    if (this.ending === null || this.closed) return;
    this.closed = true;
    this.onClose(this.ending.told);
  }
}
