/** How a worker from elsewhere reaches its run, as a person writes it. In: address, listener and PEM files. Out: the same, checked and read. */
import { isPeerName } from '../bus/handshake.js';
import { readCertificates, type TlsFiles, type TlsNames } from './certificates.js';
import type { JoinRequest } from './join.js';
import { isLoopback, parseListenAddress } from './listen-address.js';
import { UsageError } from './worker-request.js';

export interface JoinOptions extends TlsFiles {
  /** The worker's, in reports and messages. */
  readonly name: string;
  /** ws://host:port or wss://host:port of the scheduler. */
  readonly connect: string;
  /** host:port where it listens for other workers, if it does. */
  readonly peerListen?: string | undefined;
}

/** What the options were given by, for messages. */
export interface JoinNames extends TlsNames {
  readonly connect: string;
  readonly peerListen: string;
  readonly name: string;
}

/** Throws UsageError, before anything is dialled. */
export async function joinOptions(given: JoinOptions, names: JoinNames): Promise<Pick<JoinRequest, 'url' | 'name' | 'peerListen' | 'tls'>> {
  const { connect, name, cert, key, ca } = given;
  if (!/^wss?:\/\/[^/]+/.test(connect)) throw new UsageError(`${names.connect} ${String(connect)}: expected ws://host:port or wss://host:port`);
  if (!isPeerName(name)) throw new UsageError(`${names.name}: expected 1 to 128 printable characters, as in gpu-box-1`);
  const isSecure = connect.startsWith('wss:');
  if (!isSecure && (cert ?? key ?? ca) !== undefined) throw new UsageError(`${names.connect} ${connect}: certificates are for wss://: connect to wss://…, or leave them out`);
  const peerListen = given.peerListen === undefined ? undefined : parseListenAddress(names.peerListen, given.peerListen);
  if (isSecure && peerListen && !isLoopback(peerListen.host) && cert === undefined) throw new UsageError(`${names.peerListen} ${given.peerListen}: workers of a run with TLS link by TLS: give ${names.cert} and ${names.key} too`);
  return { url: connect, name, peerListen, tls: await readCertificates({ cert, key, ca }, names) };
}
