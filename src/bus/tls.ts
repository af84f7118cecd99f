/**
 * TLS under a WebSocket (Node). In: what one end shows and whom it trusts. Out: the settings of a server or a client, and what a failed
 * handshake means, in a sentence that says what to do.
 */
import { constants } from 'node:crypto';
import type { SecureVersion } from 'node:tls';
import { BusError } from './error.js';
import type { Role } from './error.js';

/** PEM text. A listener needs `cert` and `key`; with `ca` it lets in only those whose certificate that authority has signed. */
export interface TlsIdentity {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Who may have signed the other end's certificate; a client trusts the authorities of its Node unless told. */
  readonly ca?: string | undefined;
}

const OLDEST: SecureVersion = 'TLSv1.2';

const given = ({ cert, key, ca }: TlsIdentity) => ({ minVersion: OLDEST, ...(cert !== undefined && { cert }), ...(key !== undefined && { key }), ...(ca !== undefined && { ca }) });

/** Who shows no certificate of the authority is gone before a byte of HTTP is read. */
export function serverSettings(identity: TlsIdentity) {
  const isMutual = identity.ca !== undefined;
  return { ...given(identity), requestCert: isMutual, rejectUnauthorized: isMutual, secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}

export function clientSettings(identity: TlsIdentity) {
  return { ...given(identity), rejectUnauthorized: true };
}

const UNKNOWN_AUTHORITY = ['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_SIGNATURE_FAILURE', 'INVALID_CA', 'CERT_UNTRUSTED'];
const OUT_OF_DATE = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'];
const CERTIFICATE_DEMANDED = /certificate required|alert handshake failure/;
const CERTIFICATE_REFUSED = /alert (bad certificate|unknown ca|certificate (unknown|expired|revoked)|unsupported certificate)/;
const NO_TLS = /wrong version number|packet length too long|record layer failure/;

/** What a client is told whose handshake failed for good; null where the error speaks of something else. */
export function handshakeRefusal(url: string, role: Role, { code = '', message }: NodeJS.ErrnoException): BusError | null {
  const refused = (sentence: string) => new BusError('refused', sentence);
  const whose = `the certificate of the ${role} at ${url}`;
  if (UNKNOWN_AUTHORITY.includes(code)) return refused(`${whose} is not signed by an authority that is trusted here (${code}): give the certificate of its authority (--tls-ca)`);
  if (OUT_OF_DATE.includes(code)) return refused(`${whose} is out of date (${code}): start the ${role} with one that is valid now, or set the clock of this machine`);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return refused(`${whose} is for another host (${message}): connect by a name that it has, or make one with this name among its subjectAltName`);
  if (CERTIFICATE_DEMANDED.test(message)) return refused(`the ${role} at ${url} demands a certificate: give one that its authority has signed (--tls-cert, --tls-key)`);
  if (CERTIFICATE_REFUSED.test(message)) return refused(`the ${role} at ${url} refused this certificate: give one that its authority has signed and that is valid now (--tls-cert, --tls-key)`);
  if (NO_TLS.test(message)) return refused(`the ${role} at ${url} does not speak TLS: start it with a certificate (--tls-cert, --tls-key), or connect to ws:// where the network is trusted`);
  return null;
}
