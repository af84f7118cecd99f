/** Certificates and keys from files. In: names of PEM files. Out: their text, checked, so that a mistake is told before data are read. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { clientSettings, type TlsIdentity } from '../bus/tls.js';
import { UsageError } from './worker-request.js';

/** PEM files of one end of a link. */
export interface TlsFiles {
  /** Its certificate, with those between it and the authority behind it. */
  readonly cert?: string | undefined;
  /** The private key of the certificate, unencrypted. */
  readonly key?: string | undefined;
  /** Certificates of the authorities that may have signed the other end's. */
  readonly ca?: string | undefined;
}

/** What the three files were given by, for messages. */
export type TlsNames = Readonly<Record<keyof TlsFiles, string>>;

export const TLS_FLAGS: TlsNames = { cert: '--tls-cert', key: '--tls-key', ca: '--tls-ca' };

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads and checks the files that are given. Throws UsageError that names the file and what to do. */
export async function readCertificates({ cert, key, ca }: TlsFiles, names: TlsNames): Promise<TlsIdentity> {
  if ((cert === undefined) !== (key === undefined)) throw new UsageError(`${names.cert} and ${names.key} belong together: give both`);
  const authority = ca === undefined ? undefined : await readPem(`${names.ca} ${ca}`, ca);
  if (authority !== undefined) certificatesIn(`${names.ca} ${ca}`, authority);
  if (cert === undefined || key === undefined) return { ca: authority };
  const identity = { cert: await readPem(`${names.cert} ${cert}`, cert), key: await readPem(`${names.key} ${key}`, key), ca: authority };
  const [own] = certificatesIn(`${names.cert} ${cert}`, identity.cert);
  if (!own!.checkPrivateKey(privateKey(`${names.key} ${key}`, identity.key))) throw new UsageError(`${names.key} ${key}: is not the key of ${names.cert} ${cert}: give the key that the certificate was made with`);
  assertUsable(`${names.cert} ${cert}`, identity);
  return identity;
}

function readPem(what: string, file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`${what}: can't be read (${error.message}): give a PEM file that this user may read; SECURITY.md says how to make one`);
  });
}

/** All of a file, none of them out of date. */
function certificatesIn(what: string, pem: string): X509Certificate[] {
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new UsageError(`${what}: has no certificate, expected PEM text from "-----BEGIN CERTIFICATE-----" on`);
  return found.map((text) => {
    const certificate = parsed(what, text);
    const now = Date.now();
    if (Date.parse(certificate.validTo) < now) throw new UsageError(`${what}: expired on ${certificate.validTo}: make a new one, as in SECURITY.md`);
    if (Date.parse(certificate.validFrom) > now) throw new UsageError(`${what}: is not valid before ${certificate.validFrom}: wait, or set the clock of this machine`);
    return certificate;
  });
}

function parsed(what: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new UsageError(`${what}: is no certificate (${(error as Error).message}): copy the file anew, or make another one, as in SECURITY.md`);
  }
}

function privateKey(what: string, pem: string): KeyObject {
  if (pem.includes('ENCRYPTED')) throw new UsageError(`${what}: is encrypted: write it without a passphrase (openssl pkey -in ${what.split(' ').at(-1)} -out FILE) and keep others from reading it (chmod 600)`);
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new UsageError(`${what}: is no private key in PEM (${(error as Error).message}): give the file that was made together with the certificate`);
  }
}

/** What else OpenSSL has against a certificate: a key too short, a digest too old. */
function assertUsable(what: string, identity: TlsIdentity): void {
  try {
    createSecureContext(clientSettings(identity));
  } catch (error) {
    throw new UsageError(`${what}: can't be used (${(error as Error).message}): make another one, as in SECURITY.md`);
  }
}
