/**
 * A transport between threads of one process (Node): the same handshake, token and sessions as over a network, on wires over
 * message ports. A message is copied once, when it is sent, and its memory changes hands. A small one is copied into shared memory,
 * which no heap counts as its own; memory that is transferred makes the collectors of both threads run, which large messages need:
 * without that a gigabyte of them may lie about before anyone collects it.
 *
 * Threads find each other by name through an exchange, which lives in the thread that starts them: it gives each a line,
 * and passes calls on. What is said after a call does not go by the exchange.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { connect } from './connect.js';
import type { ConnectOptions } from './connect.js';
import { BusError, tokenRefused } from './error.js';
import type { Role } from './error.js';
import type { Link } from './link.js';
import { linkOptions } from './options.js';
import { Reception } from './reception.js';
import type { Listener, ReceptionOptions } from './reception.js';
import type { Dial, Wire, WireEnding } from './wire.js';

export interface ThreadListenOptions extends ReceptionOptions {
  readonly token: string;
}

export interface ThreadConnectOptions extends ConnectOptions {
  /** thread:name */
  readonly url: string;
  readonly token: string;
}

/** What goes over a line: who is called, the token, and the caller's end of the wire to be. */
interface Call {
  readonly to: string;
  readonly token: string;
  readonly port: MessagePort;
}

/** The first message on a wire: whether the call was taken. */
type Answer = 'taken' | 'nobody' | 'token';

/** Messages up to here go in shared memory. */
const LARGEST_SHARED = 1 << 17;

const SCHEME = 'thread:';

const nameIn = (url: string): string => url.slice(SCHEME.length);

/** Whether an address is one of a thread. */
export const isThreadUrl = (url: string): boolean => url.startsWith(SCHEME);

/** Passes calls from line to line. */
export class Exchange {
  private readonly lines = new Map<string, MessagePort>();

  /** The far end of a new line, for the thread that is called `name` from now on, in place of one before; it may be transferred. */
  line(name: string): MessagePort {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (call: Call) => this.pass(call));
    port1.on('close', () => {
      if (this.lines.get(name) === port1) this.lines.delete(name);
    });
    port1.unref();
    this.lines.set(name, port1);
    return port2;
  }

  private pass(call: Call): void {
    const line = this.lines.get(call.to);
    if (line) line.postMessage(call, [call.port]);
    else answer(call.port, 'nobody');
  }
}

/** A thread's end of its line: it calls others, and takes calls once it listens. */
export class ThreadBus {
  private open: { readonly token: string; readonly reception: Reception } | null = null;

  constructor(
    private readonly name: string,
    private readonly line: MessagePort,
  ) {
    line.on('message', (call: Call) => this.called(call));
    line.unref();
  }

  /** Takes calls. Rejects with BusError when it does so already. */
  async listen(options: ThreadListenOptions): Promise<Listener> {
    const url = SCHEME + this.name;
    if (this.open !== null) throw new BusError('address', `${url} has a listener: close it first`);
    const reception = new Reception(options);
    this.open = { token: options.token, reception };
    const close = async (): Promise<void> => {
      await reception.close();
      this.open = null;
    };
    return { url, port: 0, close };
  }

  /** Joins whoever listens at `url`. Rejects with BusError. */
  connect(options: ThreadConnectOptions): Promise<Link> {
    return connect(this.dial(options), options.url, options);
  }

  dial({ url, token, role = 'scheduler', timeoutMs }: Pick<ThreadConnectOptions, 'url' | 'token' | 'role' | 'timeoutMs'>): Dial {
    const patience = linkOptions({ ...(timeoutMs !== undefined && { timeoutMs }) }).timeoutMs;
    return () =>
      new Promise((resolve, reject) => {
        const { port1, port2 } = new MessageChannel();
        const call: Call = { to: nameIn(url), token, port: port2 };
        const giveUp = (error: BusError): void => {
          clearTimeout(timer);
          port1.removeAllListeners();
          port1.close();
          reject(error);
        };
        const timer = setTimeout(() => giveUp(unreachable(url, role)), patience);
        port1.once('close', () => giveUp(unreachable(url, role)));
        port1.once('message', (taken: Answer) => {
          if (taken !== 'taken') return giveUp(taken === 'token' ? tokenRefused(url, role) : unreachable(url, role));
          clearTimeout(timer);
          port1.removeAllListeners();
          resolve(new PortWire(port1));
        });
        this.line.postMessage(call, [port2]);
      });
  }

  /** Ends the line: nobody is called or calls any more. */
  hangUp(): void {
    this.line.close();
  }

  private called({ token, port }: Call): void {
    if (this.open === null) answer(port, 'nobody');
    else if (token !== this.open.token) answer(port, 'token');
    else {
      answer(port, 'taken');
      this.open.reception.receive(new PortWire(port), null);
    }
  }
}

function answer(port: MessagePort, taken: Answer): void {
  port.postMessage(taken);
  if (taken !== 'taken') port.close();
}

function unreachable(url: string, role: Role): BusError {
  return new BusError('unreachable', `no ${role} listens at ${url}: start it first`);
}

/** Messages are bytes; anything else is the ending that the peer tells. */
class PortWire implements Wire {
  /** The session's window bounds what is under way. */
  readonly bufferedBytes = 0;
  onMessage: (message: Uint8Array) => void = () => undefined;
  onClose: (ending: WireEnding | null) => void = () => undefined;
  private closed = false;

  constructor(private readonly port: MessagePort) {
    port.on('message', (said: Uint8Array | WireEnding) => {
      if (this.closed) return;
      if (said instanceof Uint8Array) this.onMessage(said);
      else this.end(said);
    });
    port.on('close', () => this.end(null));
  }

  send(message: Uint8Array): void {
    if (this.closed) return;
    const isLarge = message.length > LARGEST_SHARED;
    const copy = new Uint8Array(isLarge ? new ArrayBuffer(message.length) : new SharedArrayBuffer(message.length));
    copy.set(message);
    this.port.postMessage(copy, isLarge ? [copy.buffer as ArrayBuffer] : []);
  }

  close(ending: WireEnding | null): void {
    if (this.closed) return;
    this.closed = true;
    if (ending !== null) this.port.postMessage(ending);
    this.port.close();
  }

  private end(ending: WireEnding | null): void {
    if (this.closed) return;
    this.closed = true;
    this.port.close();
    this.onClose(ending);
  }
}
