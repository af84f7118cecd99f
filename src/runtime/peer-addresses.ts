/**
 * Where workers reach each other. In: what a worker says of its listener, and where the scheduler sees the worker.
 * Out: the addresses that each of the others is told.
 */

/** A worker's listener for others of its run, as the worker tells of it when it joins. */
export interface PeerFacts {
  /** As it was asked for; null where it listens on all addresses: then the one that the scheduler sees is announced. */
  readonly host: string | null;
  readonly port: number;
  /** Drawn for this listener: who answers with another number there is another worker. */
  readonly run: number;
}

/** A worker that others may send parcels to. */
export interface PeerAddress {
  readonly worker: string;
  /** The shards that it hosts. */
  readonly shards: readonly number[];
  /** ws://host:port */
  readonly url: string;
  readonly run: number;
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

/** A loopback address means something else on every machine: it is told to those who come from where its owner comes from. */
function addressFor({ member: { seenAt } }: Neighbour, { member, shards }: Neighbour): PeerAddress | null {
  const host = member.peer?.host ?? member.seenAt;
  if (!member.peer || !host) return null;
  if (isLoopback(host) && seenAt !== member.seenAt) return null;
  const { port, run } = member.peer;
  return { worker: member.name, shards, url: `ws://${host.includes(':') ? `[${host}]` : host}:${port}`, run };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
