// EndpointSlices of the Services that select Pods, as Kubernetes' own controller writes them.
import type { EndpointSlice, Service, ServicePort } from '../../api/core.ts';
import { keyOf, type ObjectKey, objectKey } from '../../api/meta.ts';
import { isReady, isTerminating, type Pod } from './kinds.ts';

export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const SERVICE_NAME = 'kubernetes.io/service-name';
const CONTROLLER = 'endpointslice-controller.k8s.io';
/** As many as Kubernetes puts into one slice. */
const MAX_ENDPOINTS = 100;

export interface SliceManifest {
  readonly apiVersion: 'discovery.k8s.io/v1';
  readonly kind: 'EndpointSlice';
  readonly metadata: Readonly<Record<string, unknown>> & { readonly namespace: string; readonly name: string };
  readonly addressType: 'IPv4';
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly SlicePort[];
}

interface SlicePort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
  readonly nodeName: string;
  readonly targetRef: Readonly<Record<string, string>>;
}

export interface SliceChanges {
  /** To be created, or replaced where one of that name exists. */
  readonly put: readonly SliceManifest[];
  readonly remove: readonly ObjectKey[];
}

export interface SliceInput {
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  /** Those that exist; slices that people wrote themselves are left alone. */
  readonly slices: readonly EndpointSlice[];
}

/** The difference between the slices that are and those that should be. */
export function planSliceChanges({ services, pods, slices }: SliceInput): SliceChanges {
  const wanted = services.flatMap((service) => slicesOf(service, pods));
  const names = new Set(wanted.map(({ metadata }) => objectKey(metadata.namespace, metadata.name)));
  const own = new Map(slices.filter(isOurs).map((slice) => [keyOf(slice), slice]));
  return {
    put: wanted.filter((slice) => {
      const present = own.get(objectKey(slice.metadata.namespace, slice.metadata.name));
      return present === undefined || contentOf(present) !== contentOf(slice);
    }),
    remove: [...own.keys()].filter((key) => !names.has(key)),
  };
}

/** Slices of one Service: one for each set of port numbers, because a named port may differ from pod to pod. */
export function slicesOf(service: Service, pods: readonly Pod[]): readonly SliceManifest[] {
  const { selector, ports } = service.spec;
  if (Object.keys(selector).length === 0 || service.spec.type === 'ExternalName') return [];
  const selected = pods.filter(
    (pod) => pod.metadata.namespace === service.metadata.namespace && isSelected(pod, selector),
  );
  const groups = Map.groupBy(
    selected.filter(({ status }) => status.podIP !== undefined && status.phase === 'Running'),
    (pod) => JSON.stringify(ports.flatMap((port) => portOf(port, pod))),
  );
  const sorted = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted
    .flatMap(([key, members]) => chunked(members).map((chunk) => ({ key, chunk })))
    .map(({ key, chunk }, i) =>
      sliceManifest(service, { index: i, ports: JSON.parse(key) as readonly SlicePort[], pods: chunk }),
    );
}

function sliceManifest(
  service: Service,
  {
    index,
    ports,
    pods,
  }: { readonly index: number; readonly ports: readonly SlicePort[]; readonly pods: readonly Pod[] },
): SliceManifest {
  const { name, namespace = 'default', uid } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-lab${index + 1}`,
      namespace,
      labels: { [SERVICE_NAME]: name, [MANAGED_BY]: CONTROLLER },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => endpointOf(pod, service)),
    ports,
  };
}

function endpointOf(pod: Pod, { spec }: Service): Endpoint {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  return {
    addresses: [pod.status.podIP ?? ''],
    conditions: { ready: spec.publishNotReadyAddresses || (serving && !terminating), serving, terminating },
    nodeName: pod.spec.nodeName,
    targetRef: {
      kind: 'Pod',
      name: pod.metadata.name,
      namespace: pod.metadata.namespace ?? 'default',
      uid: pod.metadata.uid,
    },
  };
}

/** A port that the pod does not have (a name it does not know) is left out. */
function portOf({ name, protocol, port, targetPort, appProtocol }: ServicePort, pod: Pod): readonly SlicePort[] {
  const target = targetPort ?? port;
  const named = pod.spec.containers
    .flatMap(({ ports }) => ports)
    .find((one) => one.name === target && one.protocol === protocol);
  const number = typeof target === 'number' ? target : named?.containerPort;
  if (number === undefined) return [];
  return [{ name, protocol, port: number, ...(appProtocol === undefined ? {} : { appProtocol }) }];
}

function isSelected(pod: Pod, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => pod.metadata.labels[key] === value);
}

function isOurs({ metadata }: EndpointSlice): boolean {
  return metadata.labels[MANAGED_BY] === CONTROLLER;
}

/** What decides whether a slice has to be written, in one spelling for what is and what should be. */
function contentOf({ endpoints, ports }: Pick<EndpointSlice, 'endpoints' | 'ports'> | SliceManifest): string {
  return JSON.stringify([
    endpoints.map(({ addresses, conditions, nodeName, targetRef }) => [
      addresses,
      [conditions.ready, conditions.serving, conditions.terminating],
      nodeName,
      targetRef?.['name'],
    ]),
    ports.map(({ name, protocol, port, appProtocol }) => [name, protocol, port, appProtocol ?? null]),
  ]);
}

function chunked(pods: readonly Pod[]): readonly (readonly Pod[])[] {
  const chunks = Math.ceil(pods.length / MAX_ENDPOINTS);
  return Array.from({ length: chunks }, (_, i) => pods.slice(i * MAX_ENDPOINTS, (i + 1) * MAX_ENDPOINTS));
}
