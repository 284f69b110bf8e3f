// Certificates out of Secrets: read once per version of a Secret, judged, and kept ready for the workers.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Secret } from '../../api/core.ts';
import { keyOf } from '../../api/meta.ts';
import { type CertificateVerdict, certificateKey } from '../plan/certificates.ts';
import type { CertificateBundle } from '../plan/routing-table.ts';

export type Inspection =
  | {
      readonly verdict: Extract<CertificateVerdict, { ok: true }>;
      readonly bundle: CertificateBundle;
      readonly expiresAt: number;
    }
  | { readonly verdict: Extract<CertificateVerdict, { ok: false }> };

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads the certificate chain and key of a Secret, or says in a sentence what is wrong with them. Never throws. */
export function inspectCertificate(secret: Secret): Inspection {
  const refuse = (reason: string): Inspection => ({ verdict: { ok: false, reason } });
  if (secret.type !== 'kubernetes.io/tls') return refuse(`its type is ${secret.type}, not kubernetes.io/tls`);
  const certificatePem = decode(secret, 'tls.crt');
  const privateKeyPem = decode(secret, 'tls.key');
  if (certificatePem === undefined) return refuse('it has no tls.crt');
  if (privateKeyPem === undefined) return refuse('it has no tls.key');
  const chain = attempt(() => (certificatePem.match(PEM_CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem)));
  const leaf = chain?.[0];
  if (leaf === undefined) return refuse('tls.crt holds no certificate in PEM');
  const key = attempt(() => createPrivateKey(privateKeyPem));
  if (key === undefined) return refuse('tls.key holds no private key in PEM');
  if (!belongsTo(leaf, key)) return refuse('tls.key does not belong to the certificate in tls.crt');
  return {
    verdict: { ok: true, names: dnsNamesOf(leaf) },
    bundle: { key: certificateKey(keyOf(secret)), certificatePem, privateKeyPem },
    expiresAt: leaf.validToDate.getTime(),
  };
}

/** Remembers what was found in each Secret for as long as that version of it is the present one. */
export class CertificateStore {
  readonly #inspections = new WeakMap<Secret, Inspection>();

  inspect(secret: Secret): Inspection {
    const known = this.#inspections.get(secret);
    if (known !== undefined) return known;
    const inspection = inspectCertificate(secret);
    this.#inspections.set(secret, inspection);
    return inspection;
  }
}

function decode(secret: Secret, field: string): string | undefined {
  const value = secret.data[field];
  return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64').toString('latin1');
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

/** The DNS names of the subject alternative name, in lower case. */
function dnsNamesOf(leaf: X509Certificate): readonly string[] {
  const entries = leaf.subjectAltName?.split(', ') ?? [];
  return entries.flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4).toLowerCase()] : []));
}
