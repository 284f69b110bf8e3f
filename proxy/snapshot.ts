// What the proxy's plans work on: the objects as they are at one moment, and what only effects can know about them.
import type { EndpointSlice, Namespace, Secret, Service } from '../api/core.ts';
import type { Gateway, GatewayClass, HttpRoute, ReferenceGrant } from '../api/gateway.ts';
import type { Ingress, IngressClass } from '../api/ingress.ts';
import type { KindName, ObjectOf } from '../api/kinds.ts';
import { keyOf, type ObjectKey } from '../api/meta.ts';
import type { FieldError } from '../api/parsed.ts';
import { type CertificateVerdict, certificateKey } from './plan/certificates.ts';
import type { CertificateKey } from './plan/routing-table.ts';

/** An object that could not be read, and every reason why. */
export interface ObjectRefusal {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly errors: readonly FieldError[];
}

export interface ProxySnapshot {
  readonly gatewayClasses: readonly GatewayClass[];
  readonly gateways: readonly Gateway[];
  readonly httpRoutes: readonly HttpRoute[];
  readonly ingressClasses: readonly IngressClass[];
  readonly ingresses: readonly Ingress[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly secrets: readonly Secret[];
  readonly namespaces: readonly Namespace[];
  readonly referenceGrants: readonly ReferenceGrant[];
  readonly refusals: readonly ObjectRefusal[];
  /** What is known of the certificate in each Secret that holds one. */
  readonly certificates: ReadonlyMap<CertificateKey, CertificateVerdict>;
  readonly isValidRegex: (pattern: string) => boolean;
  /** The bundle version of the installed Gateway API CRDs, such as `v1.7.0`; undefined while unknown. */
  readonly gatewayApiVersion: string | undefined;
  /** In ms since the epoch. */
  readonly now: number;
}

/** The kinds that the proxy watches. */
export const PROXY_KINDS = [
  'GatewayClass',
  'Gateway',
  'HTTPRoute',
  'ReferenceGrant',
  'IngressClass',
  'Ingress',
  'Service',
  'EndpointSlice',
  'Secret',
  'Namespace',
] as const satisfies readonly KindName[];
export type ProxyKind = (typeof PROXY_KINDS)[number];

/** Where the objects come from: the stores of the watches, or files. */
export interface ProxyWorld {
  list<K extends ProxyKind>(kind: K): readonly ObjectOf<K>[];
  refusals(kind: ProxyKind): readonly ObjectRefusal[];
}

export interface SnapshotContext {
  readonly now: number;
  /** Called for each Secret on each snapshot: keep what was found, by the Secret's identity. */
  readonly inspectCertificate: (secret: Secret) => CertificateVerdict;
  readonly isValidRegex: (pattern: string) => boolean;
  readonly gatewayApiVersion?: string | undefined;
}

/** All objects of one moment. The lists are those of the world, not copies. */
export function takeProxySnapshot(world: ProxyWorld, context: SnapshotContext): ProxySnapshot {
  const secrets = world.list('Secret');
  return {
    gatewayClasses: world.list('GatewayClass'),
    gateways: world.list('Gateway'),
    httpRoutes: world.list('HTTPRoute'),
    ingressClasses: world.list('IngressClass'),
    ingresses: world.list('Ingress'),
    services: world.list('Service'),
    endpointSlices: world.list('EndpointSlice'),
    secrets,
    namespaces: world.list('Namespace'),
    referenceGrants: world.list('ReferenceGrant'),
    refusals: PROXY_KINDS.flatMap((kind) => world.refusals(kind)),
    certificates: new Map(
      secrets
        .filter((secret) => 'tls.crt' in secret.data)
        .map((secret) => [certificateKey(keyOf(secret)), context.inspectCertificate(secret)]),
    ),
    isValidRegex: context.isValidRegex,
    gatewayApiVersion: context.gatewayApiVersion,
    now: context.now,
  };
}
