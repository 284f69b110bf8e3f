// What plans know about certificates. Reading one takes cryptography, so the verdict comes from outside.
import type { Secret } from '../../api/core.ts';
import type { ObjectKey } from '../../api/meta.ts';
import type { CertificateKey } from './routing-table.ts';

/** `names` are the DNS names that the leaf is valid for, in lower case, wildcards as they stand. */
export type CertificateVerdict =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** The key of the certificate that a Secret holds. */
export function certificateKey(secret: ObjectKey): CertificateKey {
  return secret as string as CertificateKey;
}

/** Whether a certificate with these names is valid for a host; its star stands for one label (RFC 9525 §6.3). */
export function isNamedFor(names: readonly string[], host: string): boolean {
  const parent = host.slice(host.indexOf('.') + 1);
  return names.includes(host) || (host.includes('.') && names.includes(`*.${parent}`));
}

/** `-----BEGIN` in base64, up to where the next letters matter. */
const PEM_START = 'LS0tLS1CRUdJTi';

/** The verdict of those who cannot read certificates (the command line): both halves are there and look like PEM. */
export function looksLikeCertificate(secret: Secret): CertificateVerdict {
  for (const field of ['tls.crt', 'tls.key']) {
    const value = secret.data[field];
    if (value === undefined) return { ok: false, reason: `it has no ${field}` };
    if (!value.startsWith(PEM_START)) return { ok: false, reason: `${field} is not PEM` };
  }
  return { ok: true, names: [] };
}
