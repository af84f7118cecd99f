/** Where to listen, as a person writes it: host:port. */
import { UsageError } from './worker-request.js';

export interface ListenAddress {
  /** Name or address of an interface of this machine; IPv6 without brackets. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** `option` is what the text was given to, for the message. Throws UsageError. */
export function parseListenAddress(option: string, text: string): ListenAddress {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65535) throw new UsageError(`${option} ${text}: expected host:port, as in 0.0.0.0:7070`);
  return { host: match[1]!.replace(/^\[(.*)\]$/, '$1'), port: Number(match[2]) };
}
