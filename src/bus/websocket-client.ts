/**
 * A worker's link to a scheduler or to another worker over a WebSocket (Node, `ws`). In: the address and the join
 * token. Out: a link, or a BusError that says what to do.
 */
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { connect } from './connect.js';
import type { ConnectOptions } from './connect.js';
import { BusError, tokenRefused } from './error.js';
import type { Role } from './error.js';
import type { Link } from './link.js';
import { linkOptions } from './options.js';
import { nodeWire } from './node-wire.js';
import { clientSettings, handshakeRefusal } from './tls.js';
import type { TlsIdentity } from './tls.js';
import { isToken } from './websocket-wire.js';
import { MAX_MESSAGE_BYTES } from './wire.js';
import type { Dial } from './wire.js';

export interface WebSocketConnectOptions extends ConnectOptions {
  readonly url: string;
  readonly token: string;
  /** For wss: whom to trust, and what to show where a certificate is demanded. */
  readonly tls?: TlsIdentity | undefined;
}

export function connectWebSocket(options: WebSocketConnectOptions): Promise<Link> {
  return connect(dialWebSocket(options), options.url, options);
}

export function dialWebSocket(options: Pick<WebSocketConnectOptions, 'url' | 'token' | 'role' | 'timeoutMs' | 'tls'>): Dial {
  const { url, token, role = 'scheduler', tls = {} } = options;
  const settings: ClientOptions = {
    ...clientSettings(tls),
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handshakeTimeout: linkOptions(options).timeoutMs,
    // Masking protects proxies from web pages. A token has authenticated both ends here, and a zero mask costs nothing.
    generateMask: (mask) => void mask.fill(0),
  };
  return () =>
    new Promise((resolve, reject) => {
      if (!isToken(token)) throw tokenRefused(url, role);
      const socket = openSocket(url, role, settings);
      socket.on('error', (error: NodeJS.ErrnoException) => reject(handshakeRefusal(url, role, error) ?? unreachable(url, role, error.code ?? error.message)));
      socket.on('unexpected-response', (request, response) => {
        request.destroy();
        reject(refusedUpgrade(url, role, response.statusCode ?? 0));
      });
      socket.on('upgrade', (response) => {
        socket.on('open', () => resolve(nodeWire(socket, response.socket, 'client')));
      });
    });
}

/** What a listener that speaks TLS, or doubts a certificate, does without a word. */
const HUNG_UP: Readonly<Record<string, string>> = {
  'ws:': '; it hung up: if it was started with --tls-cert, its address begins with wss://',
  'wss:': '; it hung up: it may not trust the authority of this certificate (--tls-cert)',
};

function openSocket(url: string, role: Role, settings: ClientOptions): WebSocket {
  try {
    return new WebSocket(url, settings);
  } catch {
    throw new BusError('address', `"${url}" is no address of a ${role}, expected something like ws://host:7000`);
  }
}

function unreachable(url: string, role: Role, code: string): BusError {
  const advice = `check the address, that the ${role} runs, and that no firewall is between`;
  return new BusError('unreachable', `no ${role} answers at ${url} (${code}): ${advice}${code === 'ECONNRESET' ? HUNG_UP[new URL(url).protocol] : ''}`);
}

function refusedUpgrade(url: string, role: Role, status: number): BusError {
  if (status === 401) return tokenRefused(url, role);
  return new BusError('refused', `${url} answered HTTP ${status} where a strads ${role} was expected: check the address`);
}
