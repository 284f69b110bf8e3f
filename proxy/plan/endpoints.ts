// Who answers for each backend: pods that are ready, by the port's name. A path of its own, faster than the table's.
import type { EndpointSlice, Service, ServicePort } from '../../api/core.ts';
import { keyOf, type ObjectKey, objectKey } from '../../api/meta.ts';
import { parseIpAddress } from '../../net/address.ts';
import { compareText } from './compare-text.ts';
import type { BackendKey, Endpoint, EndpointSet } from './routing-table.ts';

/** Label of an EndpointSlice: the Service that it belongs to. */
const SERVICE_NAME = 'kubernetes.io/service-name';

export interface EndpointInput {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly backends: readonly BackendKey[];
}

export interface EndpointPlan {
  readonly sets: ReadonlyMap<BackendKey, EndpointSet>;
  /** What each Service's sets were made of. */
  readonly inputs: ReadonlyMap<ObjectKey, ServiceInput>;
}

interface ServiceInput {
  readonly service: Service | undefined;
  readonly slices: readonly EndpointSlice[];
}

/**
 * The endpoints of every backend; one whose Service or port is missing has none. With the plan before, sets whose
 * Service and slices are still the same objects are taken over as they are, so that one changed slice costs one Service.
 */
export function planEndpoints(input: EndpointInput, previous?: EndpointPlan): EndpointPlan {
  const services = new Map(input.services.map((service) => [keyOf(service), service]));
  const slices = Map.groupBy(input.endpointSlices, serviceOfSlice);
  const inputs = new Map<ObjectKey, ServiceInput>();
  const sets = new Map<BackendKey, EndpointSet>();
  for (const backend of new Set(input.backends)) {
    const { serviceKey, port } = splitBackend(backend);
    const known = inputs.get(serviceKey) ?? { service: services.get(serviceKey), slices: slices.get(serviceKey) ?? [] };
    inputs.set(serviceKey, known);
    const before = isSame(previous?.inputs.get(serviceKey), known) ? previous?.sets.get(backend) : undefined;
    sets.set(backend, before ?? { backend, endpoints: endpointsOf(known, port) });
  }
  return { sets, inputs };
}

export interface EndpointChanges {
  /** New or changed sets, whole. */
  readonly changed: readonly EndpointSet[];
  readonly removed: readonly BackendKey[];
}

/** What workers that have the plan before must be told. */
export function diffEndpoints(previous: EndpointPlan | undefined, next: EndpointPlan): EndpointChanges {
  const before = previous?.sets ?? new Map<BackendKey, EndpointSet>();
  return {
    changed: [...next.sets.values()].filter((set) => !areEqual(before.get(set.backend), set)),
    removed: [...before.keys()].filter((backend) => !next.sets.has(backend)),
  };
}

/** The parts of `namespace/service:port`. */
function splitBackend(backend: BackendKey): { readonly serviceKey: ObjectKey; readonly port: number } {
  const colon = backend.lastIndexOf(':');
  return { serviceKey: backend.slice(0, colon) as ObjectKey, port: Number(backend.slice(colon + 1)) };
}

function serviceOfSlice({ metadata }: EndpointSlice): ObjectKey {
  return objectKey(metadata.namespace, metadata.labels[SERVICE_NAME] ?? '');
}

function isSame(before: ServiceInput | undefined, now: ServiceInput): boolean {
  return (
    before !== undefined &&
    before.service === now.service &&
    before.slices.length === now.slices.length &&
    now.slices.every((slice) => before.slices.includes(slice))
  );
}

function areEqual(before: EndpointSet | undefined, now: EndpointSet): boolean {
  return (
    before === now ||
    (before !== undefined &&
      before.endpoints.length === now.endpoints.length &&
      before.endpoints.every(({ address, port }, index) => {
        const other = now.endpoints[index];
        return other?.address === address && other.port === port;
      }))
  );
}

function endpointsOf({ service, slices }: ServiceInput, port: number): readonly Endpoint[] {
  const servicePort = service?.spec.ports.find((candidate) => candidate.protocol === 'TCP' && candidate.port === port);
  if (service === undefined || servicePort === undefined) return [];
  const candidates = slices.flatMap((slice) => candidatesOf(slice, servicePort));
  const ready = candidates.filter(({ isReady }) => isReady || service.spec.publishNotReadyAddresses);
  return distinct(ready.length > 0 ? ready : candidates.filter(({ isServing }) => isServing));
}

interface Candidate extends Endpoint {
  /** "nil should be interpreted as true" (EndpointConditions). */
  readonly isReady: boolean;
  /** On its way out, and still answering: better than nobody (KEP-1669). */
  readonly isServing: boolean;
}

/** FQDN slices have no addresses that could be dialled, and are left out. */
function candidatesOf(slice: EndpointSlice, servicePort: ServicePort): readonly Candidate[] {
  const port = portIn(slice, servicePort);
  if (port === undefined || slice.addressType === 'FQDN') return [];
  return slice.endpoints.flatMap(({ addresses, conditions }) => {
    const isReady = conditions.ready !== false;
    const isServing = conditions.terminating === true && conditions.serving === true;
    // "consumers should only use the first address" (Endpoint.addresses)
    const address = parseIpAddress(addresses[0] ?? '');
    return address === undefined ? [] : [{ address, port, isReady, isServing }];
  });
}

/** By the name of the Service's port. A slice without ports, or a port without a number, leaves it to the Service. */
function portIn(slice: EndpointSlice, { name, port, targetPort }: ServicePort): number | undefined {
  const fallback = typeof targetPort === 'number' ? targetPort : port;
  if (slice.ports.length === 0) return fallback;
  const match = slice.ports.find((candidate) => candidate.name === name && candidate.protocol === 'TCP');
  return match === undefined ? undefined : (match.port ?? fallback);
}

function distinct(candidates: readonly Candidate[]): readonly Endpoint[] {
  const byPlace = new Map(candidates.map(({ address, port }) => [`${address} ${port}`, { address, port }]));
  return [...byPlace.values()].toSorted((a, b) => compareText(a.address, b.address) || a.port - b.port);
}
