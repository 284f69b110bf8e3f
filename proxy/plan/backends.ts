// References to Services: may they be followed, and what do they lead to?
import type { Service, ServicePort } from '../../api/core.ts';
import type { HttpBackendRef } from '../../api/gateway.ts';
import type { IngressBackend } from '../../api/ingress.ts';
import { keyOf, type ObjectKey, objectKey } from '../../api/meta.ts';
import type { ProxyReason } from '../../api/reasons.ts';
import { isGranted } from './grants.ts';
import type { Lookup } from './lookup.ts';
import type { BackendNode, IngressBackendNode, ResolvedBackend } from './nodes.ts';
import type { BackendKey } from './routing-table.ts';
import type { Refusal } from './verdict.ts';

/** Application protocols (KEP-2433) that plain HTTP/1.1 to the pod can serve. */
const SPOKEN_PROTOCOLS = new Set(['', 'http', 'kubernetes.io/ws']);

type Resolution = { readonly resolved: ResolvedBackend } | { readonly resolved: undefined; readonly refusal: Refusal };

/** A backend of an HTTPRoute: grant, then kind, then the Service, its port and what it speaks. */
export function resolveRouteBackend(lookup: Lookup, namespace: string, source: HttpBackendRef): BackendNode {
  const { group, kind, name, port } = source;
  const from = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace };
  const to = { group, kind, namespace: source.namespace ?? namespace, name };
  if (!isGranted(lookup, from, to)) {
    const message = `no ReferenceGrant in namespace ${to.namespace} lets HTTPRoutes of ${namespace} use ${kind} ${name}`;
    return { source, resolved: undefined, refusal: { reason: 'RefNotPermitted', message } };
  }
  if (group !== '' || kind !== 'Service') {
    const message = `a backend must be a Service, not ${kind} ${name}`;
    return { source, resolved: undefined, refusal: { reason: 'InvalidKind', message } };
  }
  const key = objectKey(to.namespace, name);
  if (port === undefined) {
    const message = `the reference to Service ${key} names no port`;
    return { source, resolved: undefined, refusal: { reason: 'UnsupportedValue', message } };
  }
  return { source, ...resolveService(lookup, key, { number: port, speaksHttp: true }) };
}

/** A backend of an Ingress: a Service of its own namespace, the port by name or number. */
export function resolveIngressBackend(
  lookup: Lookup,
  namespace: string,
  { service, resource }: IngressBackend,
): IngressBackendNode {
  if (service === undefined) {
    const what = resource === undefined ? 'nothing' : `${resource.kind} ${resource.name}`;
    const message = `a backend must be a Service, and this one names ${what}`;
    return { resolved: undefined, refusal: { reason: 'InvalidKind', message } };
  }
  return resolveService(lookup, objectKey(namespace, service.name), service.port);
}

interface WantedPort {
  readonly name?: string | undefined;
  readonly number?: number | undefined;
  /** The Service must say nothing else about what it speaks. */
  readonly speaksHttp?: boolean;
}

function resolveService(lookup: Lookup, key: ObjectKey, wanted: WantedPort): Resolution {
  const service = lookup.services.get(key);
  if (service === undefined) return refuse('BackendNotFound', `Service ${key} does not exist`);
  if (service.spec.type === 'ExternalName') {
    return refuse('InvalidKind', `Service ${key} is of type ExternalName, which is not followed`);
  }
  const port = findPort(service, wanted);
  if (port === undefined) {
    return refuse(
      'BackendNotFound',
      `Service ${key} has no TCP port ${wanted.name ?? wanted.number ?? '(none named)'}`,
    );
  }
  if (wanted.speaksHttp && !SPOKEN_PROTOCOLS.has((port.appProtocol ?? '').toLowerCase())) {
    return refuse('UnsupportedProtocol', `port ${port.port} of Service ${key} speaks ${port.appProtocol}`);
  }
  return { resolved: { key: backendKey(service, port), service } };
}

function findPort(service: Service, { name, number }: WantedPort): ServicePort | undefined {
  return service.spec.ports.find(
    (port) => port.protocol === 'TCP' && (name === undefined ? port.port === number : port.name === name),
  );
}

function backendKey(service: Service, { port }: ServicePort): BackendKey {
  return `${keyOf(service)}:${port}` as BackendKey;
}

function refuse(reason: ProxyReason, message: string): Resolution {
  return { resolved: undefined, refusal: { reason, message } };
}
