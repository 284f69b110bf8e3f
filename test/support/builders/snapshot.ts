// Snapshots for tests, with the effects' answers replaced by simple ones.
import type { Secret } from '../../../api/core.ts';
import { keyOf } from '../../../api/meta.ts';
import { type CertificateVerdict, certificateKey } from '../../../proxy/plan/certificates.ts';
import type { ProxySnapshot } from '../../../proxy/snapshot.ts';
import { gateway, gatewayClass, service } from './objects.ts';

/** A Gateway of ours and Service shop/a, unless said otherwise. A Secret is good when its tls.crt is `good`. */
export function proxySnapshot(parts: Partial<ProxySnapshot> = {}): ProxySnapshot {
  const secrets = parts.secrets ?? [];
  return {
    gatewayClasses: [gatewayClass()],
    gateways: [gateway()],
    httpRoutes: [],
    ingressClasses: [],
    ingresses: [],
    services: [service('a')],
    endpointSlices: [],
    secrets,
    namespaces: [],
    referenceGrants: [],
    refusals: [],
    certificates: new Map(secrets.map((secret) => [certificateKey(keyOf(secret)), inspect(secret)])),
    isValidRegex: isRegex,
    gatewayApiVersion: undefined,
    now: 1_780_272_000_000,
    ...parts,
  };
}

function inspect(secret: Secret): CertificateVerdict {
  return secret.data['tls.crt'] === 'good' ? { ok: true, names: [] } : { ok: false, reason: 'tls.crt is garbage' };
}

function isRegex(pattern: string): boolean {
  try {
    return new RegExp(pattern).source !== '';
  } catch {
    return false;
  }
}
