// The certificates of a listener: may it refer to them, are they there, can they be used?
import type { Gateway, Listener, SecretReference } from '../../api/gateway.ts';
import { type ObjectKey, objectKey } from '../../api/meta.ts';
import { certificateKey } from './certificates.ts';
import { isGranted } from './grants.ts';
import type { Lookup } from './lookup.ts';
import type { CertificateKey } from './routing-table.ts';
import type { Refusal } from './verdict.ts';

export interface ListenerCertificates {
  readonly usable: readonly CertificateKey[];
  readonly refusals: readonly Refusal[];
}

const NONE: ListenerCertificates = { usable: [], refusals: [] };

/** What an HTTPS listener can terminate TLS with. Plain HTTP listeners need none. */
export function resolveCertificates(lookup: Lookup, gateway: Gateway, listener: Listener): ListenerCertificates {
  if (listener.protocol !== 'HTTPS') return NONE;
  const references = listener.tls?.certificateRefs ?? [];
  if (references.length === 0) {
    return { usable: [], refusals: [invalid('the listener names no certificate (tls.certificateRefs)')] };
  }
  const results = references.map((reference) => resolveOne(lookup, gateway, reference));
  return {
    usable: [...new Set(results.filter((result) => typeof result === 'string'))],
    refusals: results.filter((result) => typeof result !== 'string'),
  };
}

function resolveOne(lookup: Lookup, gateway: Gateway, reference: SecretReference): CertificateKey | Refusal {
  const { group, kind, name } = reference;
  const from = {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    namespace: gateway.metadata.namespace ?? '',
  };
  const to = { group, kind, namespace: reference.namespace ?? from.namespace, name };
  if (!isGranted(lookup, from, to)) {
    return {
      reason: 'RefNotPermitted',
      message: `no ReferenceGrant in namespace ${to.namespace} lets Gateways of ${from.namespace} use ${kind} ${name}`,
    };
  }
  if (group !== '' || kind !== 'Secret') return invalid(`${kind} ${name} is no Secret of the core group`);
  return inspect(lookup, objectKey(to.namespace, name));
}

function inspect(lookup: Lookup, secret: ObjectKey): CertificateKey | Refusal {
  const refusal = refuseCertificate(lookup, secret);
  return refusal === undefined ? certificateKey(secret) : invalid(refusal);
}

/** Why the Secret cannot be used as a certificate, as a sentence; undefined where it can. */
export function refuseCertificate(lookup: Lookup, secret: ObjectKey): string | undefined {
  if (!lookup.secrets.has(secret)) return `Secret ${secret} is missing, or not of type kubernetes.io/tls`;
  const verdict = lookup.snapshot.certificates.get(certificateKey(secret));
  if (verdict === undefined) return `Secret ${secret} holds no certificate: it has no tls.crt`;
  return verdict.ok ? undefined : `Secret ${secret} holds no usable certificate: ${verdict.reason}`;
}

function invalid(message: string): Refusal {
  return { reason: 'InvalidCertificateRef', message };
}
