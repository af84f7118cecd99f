/**
 * Where workers reach each other. In: what a worker says of its listener, and where the scheduler sees the worker.
 * Out: the addresses that each of the others is told.
 */
import { isLoopback } from './listen-address.js';

/** A worker's listener for others of its run, as the worker tells of it when it joins. */
export type PeerFacts = NetworkPeer | ThreadPeer;

/** A listener that only threads of the same process can call. */
export interface ThreadPeer {
  /** thread:name */
  readonly thread: string;
  readonly run: number;
  readonly invitation: string;
}

/** A listener on a network. */
export interface NetworkPeer {
  /** As it was asked for; null where it listens on all addresses: then the one that the scheduler sees is announced. */
  readonly host: string | null;
  readonly port: number;
  /** Drawn for this listener: who answers with another number there is another worker. */
  readonly run: number;
  /** Drawn for this listener and told to workers of the run alone: the join token by itself opens no link to a worker. */
  readonly invitation: string;
  /** Whether it speaks TLS. */
  readonly tls?: boolean | undefined;
}

/** A worker that others may send parcels to. */
export interface PeerAddress {
  readonly worker: string;
  /** The shards that it hosts. */
  readonly shards: readonly number[];
  /** ws://host:port, wss://host:port, or thread:name */
  readonly url: string;
  readonly run: number;
  readonly invitation: string;
}

/** What is known of a worker, and what it hosts. */
export interface Neighbour {
  readonly member: {
    readonly name: string;
    /** Address from which it came; null where there is none, as inside one process. */
    readonly seenAt?: string | null;
    readonly peer?: PeerFacts | undefined;
  };
  readonly shards: readonly number[];
}

/** Those of `all` that listen, host shards, and can be reached from where `one` is. */
export function peersOf(one: Neighbour, all: readonly Neighbour[]): PeerAddress[] {
  return all.filter((other) => other !== one && other.shards.length > 0).flatMap((other) => addressFor(one, other) ?? []);
}

/**
 * A loopback address means something else on every machine: it is told to those who come from where its owner comes from. All
 * threads are of the scheduler's process.
 */
function addressFor({ member: { seenAt, peer: own } }: Neighbour, { member: { name: worker, seenAt: theirs, peer }, shards }: Neighbour): PeerAddress | null {
  if (!peer) return null;
  if ('thread' in peer) return own && 'thread' in own ? { worker, shards, url: peer.thread, run: peer.run, invitation: peer.invitation } : null;
  const host = peer.host ?? theirs;
  if (!host || (isLoopback(host) && seenAt !== theirs)) return null;
  return { worker, shards, url: `${peer.tls ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${peer.port}`, run: peer.run, invitation: peer.invitation };
}
