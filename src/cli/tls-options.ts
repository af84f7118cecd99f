/** Options about TLS, the same for schedulers and workers. */
import { Option, type Command } from 'commander';
import type { TlsFiles } from '../runtime/certificates.js';

export interface TlsFlags {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
}

/** `what` says of each file what it is for. */
export function addTlsOptions(command: Command, what: Readonly<Record<keyof TlsFiles, string>>): Command {
  return command
    .addOption(new Option('--tls-cert <file>', what.cert))
    .addOption(new Option('--tls-key <file>', what.key))
    .addOption(new Option('--tls-ca <file>', what.ca));
}

export const tlsFiles = ({ tlsCert, tlsKey, tlsCa }: TlsFlags): TlsFiles => ({ cert: tlsCert, key: tlsKey, ca: tlsCa });
