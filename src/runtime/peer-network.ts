/**
 * A worker's links to others of its run, in Node: over WebSockets, and between threads of one process over message ports. In: the
 * run's join token, and where to listen if at all. Out: links from peers that know the token and were told of this listener, links to those that listen, and
 * what the scheduler is to tell them.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { BusError } from '../bus/error.js';
import type { Hello, Link } from '../bus/link.js';
import { HEARTBEAT_SECONDS, paceOf, type Pace } from '../bus/options.js';
import type { Listener } from '../bus/reception.js';
import { isThreadUrl, type ThreadBus } from '../bus/threads.js';
import type { TlsIdentity } from '../bus/tls.js';
import { connectWebSocket } from '../bus/websocket-client.js';
import { listenWebSocket, sameSecret } from '../bus/websocket-server.js';
import { inTheClear, isLoopback, type ListenAddress } from './listen-address.js';
import type { PeerFacts } from './peer-addresses.js';
import type { PeerNetwork } from './peers.js';

export interface PeerNetworkOptions {
  /** Name of this worker. */
  readonly name: string;
  readonly token: string;
  /** Absent where this worker does not listen: it dials those that do. */
  readonly listen?: ListenAddress | undefined;
  /** How often the links that it takes say that they are alive, s. */
  readonly heartbeat?: number | undefined;
  /** What it shows and whom it trusts; without a certificate of its own it listens without TLS. */
  readonly tls?: TlsIdentity | undefined;
  /** Whether it joined its scheduler by TLS: then the token does not leave this machine without. */
  readonly isSecure?: boolean | undefined;
  /** Its end of the line to the other threads of its process, if it is one of them: then it listens there. */
  readonly threads?: ThreadBus | null;
  readonly notice: (sentence: string) => void;
}

export interface OpenPeerNetwork extends PeerNetwork {
  /** The listener; absent where there is none. */
  readonly facts: PeerFacts | undefined;
  /** Says goodbye to peers and stops listening. */
  close(): Promise<void>;
}

const INVITATION_BYTES = 16;
const EVERYWHERE = ['0.0.0.0', '::'];

/** Rejects with BusError when the address can't be listened on. */
export async function openPeerNetwork(options: PeerNetworkOptions): Promise<OpenPeerNetwork> {
  const network = new Network(options);
  if (options.listen) await network.listen(options.listen);
  return network;
}

class Network implements OpenPeerNetwork {
  readonly notice: (sentence: string) => void;
  readonly #name: string;
  readonly #token: string;
  readonly #threads: ThreadBus | null;
  readonly #tls: TlsIdentity;
  readonly #isSecure: boolean;
  readonly #pace: Pace;
  readonly #accepted: Link[] = [];
  readonly #dialled: Link[] = [];
  #listener: Listener | null = null;
  #handler: (link: Link) => void = () => undefined;
  facts: PeerFacts | undefined;

  constructor({ name, token, threads = null, tls = {}, isSecure = false, heartbeat = HEARTBEAT_SECONDS, notice }: PeerNetworkOptions) {
    this.#name = name;
    this.#token = token;
    this.#threads = threads;
    this.#tls = tls;
    this.#isSecure = isSecure;
    this.#pace = paceOf(heartbeat);
    this.notice = notice;
  }

  get onLink(): (link: Link) => void {
    return this.#handler;
  }

  set onLink(handler: (link: Link) => void) {
    this.#handler = handler;
    this.#accepted.forEach(handler);
  }

  async listen({ host, port }: ListenAddress): Promise<void> {
    const run = randomInt(1, 2 ** 32);
    const invitation = randomBytes(INVITATION_BYTES).toString('hex');
    const accept = ({ facts }: Hello) => (sameSecret(String(facts['invitation']), invitation) ? null : 'this worker was not told of by the scheduler of its run');
    const onLink = (link: Link) => {
      this.#accepted.push(link);
      this.#handler(link);
    };
    const reception = { ...this.#pace, token: this.#token, run, name: `worker ${this.#name}`, accept, onLink };
    if (this.#threads) {
      this.#listener = await this.#threads.listen(reception);
      this.facts = { thread: this.#listener.url, run, invitation };
      return;
    }
    const tls = this.#tls.cert === undefined ? undefined : this.#tls;
    this.#listener = await listenWebSocket({ ...reception, host, port, tls }).catch((error: Error) => {
      throw error instanceof BusError ? new BusError(error.reason, `listening for other workers: ${error.message}`) : error;
    });
    if (!tls && !isLoopback(host)) this.notice(inTheClear({ host, port: this.#listener.port }));
    this.facts = { host: EVERYWHERE.includes(host) ? null : host, port: this.#listener.port, run, invitation, ...(tls && { tls: true }) };
  }

  async dial(url: string, invitation: string): Promise<Link> {
    this.#assertSecure(url);
    const options = { url, token: this.#token, role: 'worker', tls: this.#tls, hello: { name: this.#name, facts: { invitation } } } as const;
    const link = await (this.#threads && isThreadUrl(url) ? this.#threads.connect(options) : connectWebSocket(options));
    this.#dialled.push(link);
    return link;
  }

  #assertSecure(url: string): void {
    if (!this.#isSecure || isThreadUrl(url) || !url.startsWith('ws:') || isLoopback(hostIn(url))) return;
    throw new BusError('refused', `${url} does not speak TLS, and this run does: start that worker with --tls-cert and --tls-key`);
  }

  /** A peer that is gone already is not waited for. */
  async close(): Promise<void> {
    for (const link of this.#dialled) void link.close();
    await this.#listener?.close();
  }
}

/** Without the brackets of IPv6. */
function hostIn(url: string): string {
  return /^\w+:\/\/\[?([^\]/]*?)\]?(:\d+)?$/.exec(url)?.[1] ?? '';
}
