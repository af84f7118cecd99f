/** Where to listen, as a person writes it: host:port. */
import { UsageError } from './worker-request.js';

export interface ListenAddress {
  /** Name or address of an interface of this machine; IPv6 without brackets. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Whether only processes of this machine reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** What a person is told who listens for other machines without TLS. */
export function inTheClear({ host, port }: ListenAddress): string {
  return `listening on ${host.includes(':') ? `[${host}]` : host}:${port} without TLS: the token, data and model travel in the clear, and whoever reads the token may join; give --tls-cert and --tls-key unless every machine on the way is trusted`;
}

/** `option` is what the text was given to, for the message. Throws UsageError. */
export function parseListenAddress(option: string, text: string): ListenAddress {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65535) throw new UsageError(`${option} ${text}: expected host:port, as in 0.0.0.0:7070`);
  return { host: match[1]!.replace(/^\[(.*)\]$/, '$1'), port: Number(match[2]) };
}
