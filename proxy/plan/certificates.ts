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

/** What a Secret holds for TLS, as text, or why it holds nothing. */
export type TlsTexts =
  | { readonly ok: true; readonly certificatePem: string; readonly privateKeyPem: string }
  | { readonly ok: false; readonly reason: string };

/** Takes the two texts out of a Secret of type kubernetes.io/tls. Whether they fit together is for others to judge. */
export function readTlsSecret(secret: Secret): TlsTexts {
  if (secret.type !== 'kubernetes.io/tls') {
    return { ok: false, reason: `its type is ${secret.type}, not kubernetes.io/tls` };
  }
  const certificatePem = decodeBase64(secret.data['tls.crt']);
  const privateKeyPem = decodeBase64(secret.data['tls.key']);
  if (certificatePem === '') return { ok: false, reason: 'it has no tls.crt' };
  if (privateKeyPem === '') return { ok: false, reason: 'it has no tls.key' };
  return { ok: true, certificatePem, privateKeyPem };
}

/** PEM is ASCII: one character for each byte. Text that is no base64 holds nothing. */
function decodeBase64(text = ''): string {
  try {
    return atob(text);
  } catch {
    return '';
  }
}
