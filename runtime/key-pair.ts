// A certificate chain and its private key as PEM: can they be used together, and for whom?
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';

export interface KeyPairTexts {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** `names` are the DNS names of the leaf in lower case; `expiresAt` is its end in ms since the epoch. */
export type KeyPair =
  | { readonly ok: true; readonly names: readonly string[]; readonly expiresAt: number }
  | { readonly ok: false; readonly reason: string };

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads both texts, or says in a sentence about `tls.crt` and `tls.key` what is wrong with them. Never throws. */
export function readKeyPair({ certificatePem, privateKeyPem }: KeyPairTexts): KeyPair {
  const refuse = (reason: string): KeyPair => ({ ok: false, reason });
  const chain = attempt(() => (certificatePem.match(PEM_CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem)));
  const leaf = chain?.[0];
  if (leaf === undefined) return refuse('tls.crt holds no certificate in PEM');
  const key = attempt(() => createPrivateKey(privateKeyPem));
  if (key === undefined) return refuse('tls.key holds no private key in PEM');
  if (!belongsTo(leaf, key)) return refuse('tls.key does not belong to the certificate in tls.crt');
  const refusal = refusalOfTls({ certificatePem, privateKeyPem });
  if (refusal !== undefined) return refuse(`TLS cannot use it: ${refusal}`);
  return { ok: true, names: dnsNamesOf(leaf), expiresAt: leaf.validToDate.getTime() };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function belongsTo(leaf: X509Certificate, key: KeyObject): boolean {
  return attempt(() => leaf.checkPrivateKey(key)) ?? false;
}

/** What OpenSSL has against a certificate that can be read: a key that is too short, a hash that is too weak. */
function refusalOfTls({ certificatePem, privateKeyPem }: KeyPairTexts): string | undefined {
  try {
    createSecureContext({ cert: certificatePem, key: privateKeyPem });
    return undefined;
  } catch (error) {
    const text = Error.isError(error) ? error.message : String(error);
    return text.split(':').at(-1);
  }
}

/** The DNS names of the subject alternative name, in lower case. */
function dnsNamesOf(leaf: X509Certificate): readonly string[] {
  const entries = leaf.subjectAltName?.split(', ') ?? [];
  return entries.flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4).toLowerCase()] : []));
}
