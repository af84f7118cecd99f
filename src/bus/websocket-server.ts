/**
 * The WebSocket server of a scheduler, or of a worker that others of its run dial (Node). In: an address, a join token.
 * Out: a link for each worker that knows the token and is accepted. Nothing but the upgrade to a WebSocket is served, and nobody gets further than a
 * small, short-lived HTTP request without the token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { BusError } from './error.js';
import { Reception } from './reception.js';
import type { Listener, ReceptionOptions } from './reception.js';
import { nodeWire } from './node-wire.js';
import { serverSettings } from './tls.js';
import type { TlsIdentity } from './tls.js';
import { isToken, SUBPROTOCOL, tokenSubprotocol } from './websocket-wire.js';
import { MAX_MESSAGE_BYTES } from './wire.js';

export interface WebSocketListenOptions extends ReceptionOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly token: string;
  /** Origins of web pages whose workers may join; none by default. */
  readonly allowedOrigins?: readonly string[];
  /** Speaks TLS with this certificate and key; where an authority is given too, peers must show a certificate of it. */
  readonly tls?: TlsIdentity | undefined;
}

const MAX_HEADER_BYTES = 8 << 10;
const MAX_STRANGERS = 64;
const REQUEST_MS = 10_000;
const FAREWELL_MS = 1000;

/** Of `ws`: how long it waits for a peer to end a connection that was said goodbye to. */
const CLOSING = { closeTimeout: FAREWELL_MS };

const HTTP: ServerOptions = {
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: REQUEST_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: REQUEST_MS / 2,
  noDelay: true,
};

/** Listens for workers. Rejects with BusError when the address cannot be had. */
export async function listenWebSocket(options: WebSocketListenOptions): Promise<Listener> {
  if (!isToken(options.token)) {
    throw new BusError('address', 'the join token is empty or has spaces or characters beyond ASCII: give one that cannot be guessed, of letters and digits');
  }
  const reception = new Reception(options);
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    ...CLOSING,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });
  const server = options.tls ? createTlsServer({ ...HTTP, ...serverSettings(options.tls), handshakeTimeout: REQUEST_MS }) : createServer(HTTP);
  const strangers = limitStrangers(server);
  server.on('request', (_request, response) => {
    response.writeHead(426, { connection: 'close', upgrade: 'websocket' }).end('A strads run: it speaks WebSocket only.\n');
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const refusal = refusalOf(request, options);
    if (refusal !== null) {
      refuse(socket, refusal);
      return;
    }
    strangers.delete(originOf(socket));
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => undefined);
      reception.receive(nodeWire(webSocket, socket, 'server'), addressOf(socket));
    });
  });
  const port = await listen(server, options);
  return { url: `${options.tls ? 'wss' : 'ws'}://${dialableHost(options.host)}:${port}`, port, close: () => shutDown(reception, sockets, server, strangers) };
}

/** Sockets that have shown no token yet; beyond a number of them, new ones are turned away unheard. */
function limitStrangers(server: Server): Map<string, Duplex> {
  const strangers = new Map<string, Duplex>();
  server.on('connection', (socket: Socket) => {
    if (strangers.size >= MAX_STRANGERS) {
      socket.destroy();
      return;
    }
    const origin = originOf(socket);
    strangers.set(origin, socket);
    socket.once('close', () => {
      if (strangers.get(origin) === socket) strangers.delete(origin);
    });
  });
  return strangers;
}

/** Tells connections apart, also where TLS has put a socket of its own on the one that was accepted. */
function originOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function refusalOf(request: IncomingMessage, { token, allowedOrigins = [] }: WebSocketListenOptions): string | null {
  const { origin } = request.headers;
  if (origin !== undefined && !allowedOrigins.includes(origin)) return '403 Forbidden';
  return showsToken(request, token) ? null : '401 Unauthorized';
}

/** Workers show the token in the Authorization header; browsers, which cannot, as a subprotocol. */
function showsToken({ headers }: IncomingMessage, token: string): boolean {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
  const byHeader = sameSecret(headers.authorization ?? '', `Bearer ${token}`);
  const expected = tokenSubprotocol(token);
  return offered.reduce((known, protocol) => sameSecret(protocol, expected) || known, byHeader);
}

/** Takes the same time whatever is shown. */
export function sameSecret(shown: string, expected: string): boolean {
  return timingSafeEqual(digest(shown), digest(expected));
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function refuse(socket: Socket, status: string): void {
  socket.on('error', () => undefined);
  const challenge = status.startsWith('401') ? 'WWW-Authenticate: Bearer\r\n' : '';
  socket.end(`HTTP/1.1 ${status}\r\n${challenge}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listen(server: Server, { host, port }: WebSocketListenOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new BusError('address', listenFailure(host, port, error))));
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

function listenFailure(host: string, port: number, error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return `port ${port} of ${host} is taken: choose another one, or 0 for any that is free`;
  if (error.code === 'EACCES') return `port ${port} of ${host} may not be used by this user: choose one from 1024 up`;
  return `cannot listen on ${host}, port ${port}: ${error.message}; give an address of this machine`;
}

/** Where the other end is; an IPv4 address as such, also on a socket of both families. */
function addressOf({ remoteAddress }: Socket): string | null {
  return remoteAddress?.replace(/^::ffff:/, '') ?? null;
}

/** The wildcard addresses are for listening; workers of this machine dial its loopback interface instead. */
function dialableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

async function shutDown(reception: Reception, sockets: WebSocketServer, server: Server, strangers: ReadonlyMap<string, Duplex>): Promise<void> {
  await reception.close();
  const closed = new Promise((resolve) => server.close(resolve));
  for (const stranger of strangers.values()) stranger.destroy();
  await Promise.all([...sockets.clients].map(ended));
  await closed;
}

/** Gives the closing handshake a moment, so that the peer learns that this was a goodbye. */
function ended(socket: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.terminate(), FAREWELL_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
