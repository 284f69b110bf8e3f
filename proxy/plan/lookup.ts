// The snapshot's objects by key, made once per plan: what refers to something finds it in constant time.
import type { Service } from '../../api/core.ts';
import type { ReferenceGrant } from '../../api/gateway.ts';
import { keyOf, type ObjectKey } from '../../api/meta.ts';
import type { ProxySnapshot } from '../snapshot.ts';

export interface Lookup {
  readonly snapshot: ProxySnapshot;
  readonly services: ReadonlyMap<ObjectKey, Service>;
  readonly secrets: ReadonlySet<ObjectKey>;
  readonly namespaceLabels: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** By the namespace that they stand in, which is that of what they open. */
  readonly grants: ReadonlyMap<string, readonly ReferenceGrant[]>;
}

export function indexSnapshot(snapshot: ProxySnapshot): Lookup {
  return {
    snapshot,
    services: new Map(snapshot.services.map((service) => [keyOf(service), service])),
    secrets: new Set(snapshot.secrets.map(keyOf)),
    namespaceLabels: new Map(snapshot.namespaces.map(({ metadata }) => [metadata.name, metadata.labels])),
    grants: Map.groupBy(snapshot.referenceGrants, (grant) => grant.metadata.namespace ?? ''),
  };
}

/** The labels of a namespace, with its name, which every namespace carries since Kubernetes 1.21. */
export function labelsOfNamespace(lookup: Lookup, namespace: string): Readonly<Record<string, string>> {
  return { 'kubernetes.io/metadata.name': namespace, ...lookup.namespaceLabels.get(namespace) };
}
