// Certificates out of Secrets: read once per version of a Secret, judged, and kept ready for the workers.
import type { Secret } from '../../api/core.ts';
import { keyOf } from '../../api/meta.ts';
import { readKeyPair } from '../../runtime/key-pair.ts';
import { type CertificateVerdict, certificateKey, readTlsSecret } from '../plan/certificates.ts';
import type { CertificateBundle } from '../plan/routing-table.ts';

export type Inspection =
  | {
      readonly verdict: Extract<CertificateVerdict, { ok: true }>;
      readonly bundle: CertificateBundle;
      readonly expiresAt: number;
    }
  | { readonly verdict: Extract<CertificateVerdict, { ok: false }> };

/** Reads the certificate chain and key of a Secret, or says in a sentence what is wrong with them. Never throws. */
export function inspectCertificate(secret: Secret): Inspection {
  const texts = readTlsSecret(secret);
  if (!texts.ok) return { verdict: texts };
  const pair = readKeyPair(texts);
  if (!pair.ok) return { verdict: pair };
  const { certificatePem, privateKeyPem } = texts;
  return {
    verdict: { ok: true, names: pair.names },
    bundle: { key: certificateKey(keyOf(secret)), certificatePem, privateKeyPem },
    expiresAt: pair.expiresAt,
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
