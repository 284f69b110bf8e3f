// The Service that carries the address of a Gateway.
import { ADDRESSES_ANNOTATION } from '../../api/annotations.ts';
import type { Service } from '../../api/core.ts';
import type { Gateway, Listener } from '../../api/gateway.ts';
import { GATEWAY_CONTROLLER, GATEWAY_NAME_LABEL } from '../../api/identity.ts';
import { keyOf, type ObjectKey, type ObjectReference, objectKey } from '../../api/meta.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import {
  INHERITED,
  isManaged,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  type ManagedPort,
  SERVICE_NAME,
  type ServiceVerdict,
} from './managed-services.ts';
import { compareText } from './order.ts';

/** Added to the Gateway's name where a Service of that name is somebody else's. */
const FALLBACK_SUFFIX = '-fairlead';

/** The Gateways whose class is ours, those on their way out excepted. */
export function ourGateways({ gateways, gatewayClasses }: IpamSnapshot): readonly Gateway[] {
  const ours = new Set(
    gatewayClasses
      .filter(({ spec }) => spec.controllerName === GATEWAY_CONTROLLER)
      .map(({ metadata }) => metadata.name),
  );
  return gateways.filter(
    ({ metadata, spec }) => ours.has(spec.gatewayClassName) && metadata.deletionTimestamp === undefined,
  );
}

/** For each Gateway of ours with a usable listener: its Service, or why it has none. */
export function planGatewayServices(snapshot: IpamSnapshot): ReadonlyMap<ObjectKey, ServiceVerdict> {
  const existing = new Map(snapshot.services.map((service) => [keyOf(service), service]));
  const unreadable = new Set(snapshot.refused.filter(({ kind }) => kind === 'Service').map(({ key }) => key));
  const isFree = (gateway: Gateway) => (name: string) => {
    const key = objectKey(gateway.metadata.namespace, name);
    const service = existing.get(key);
    return service === undefined ? !unreadable.has(key) : standsFor(service, gateway);
  };
  return new Map(
    ourGateways(snapshot)
      .filter(({ spec }) => portsOf(spec.listeners).length > 0)
      .map((gateway) => [keyOf(gateway), verdictOf(gateway, nameFor(gateway, existing, isFree(gateway)))]),
  );
}

/** Whether we made this Service for a Gateway of that name, this one or one that it replaces. */
function standsFor(service: Service, { metadata }: Gateway): boolean {
  return (
    isManaged(service) &&
    service.metadata.namespace === metadata.namespace &&
    service.metadata.labels[GATEWAY_NAME_LABEL] === labelValueOf(metadata.name)
  );
}

/** The name stays what it was once the Service is there, also when a better one becomes free. */
function nameFor(
  gateway: Gateway,
  existing: ReadonlyMap<ObjectKey, Service>,
  isFree: (name: string) => boolean,
): string | undefined {
  const candidates = candidateNames(gateway.metadata.name);
  const own = candidates.find((name) => {
    const service = existing.get(objectKey(gateway.metadata.namespace, name));
    return service !== undefined && standsFor(service, gateway);
  });
  return own ?? candidates.find(isFree);
}

/** A Gateway's name may be longer than a Service's, begin with a digit, and contain dots. */
function candidateNames(gatewayName: string): readonly string[] {
  const fits = SERVICE_NAME.test(gatewayName) && gatewayName.length + FALLBACK_SUFFIX.length <= 63;
  const base = fits ? gatewayName : `gw-${gatewayName.replaceAll('.', '-').slice(0, 40)}-${hashOf(gatewayName)}`;
  return [base, `${base}${FALLBACK_SUFFIX}`];
}

/** A label's value has at most 63 characters. */
function labelValueOf(gatewayName: string): string {
  return gatewayName.length <= 63 ? gatewayName : `${gatewayName.slice(0, 54)}-${hashOf(gatewayName)}`;
}

/** FNV-1a, 32 bits, in hexadecimal: tells long names apart that begin alike. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function verdictOf(gateway: Gateway, name: string | undefined): ServiceVerdict {
  const { metadata, spec } = gateway;
  const owner = referenceTo(gateway);
  if (name === undefined) {
    const taken = candidateNames(metadata.name).join(' and ');
    const message = `Services ${taken} exist and are not ours: there is no name left for the Service of this Gateway`;
    return { kind: 'refused', because: { regarding: owner, reason: 'ServiceNameTaken', message } };
  }
  const requested = spec.addresses.filter(({ type, value }) => type === 'IPAddress' && value !== '');
  const service = {
    namespace: metadata.namespace ?? '',
    name,
    owner,
    labels: {
      ...spec.infrastructure.labels,
      [GATEWAY_NAME_LABEL]: labelValueOf(metadata.name),
      [MANAGED_BY_LABEL]: MANAGED_BY,
    },
    annotations: {
      ...spec.infrastructure.annotations,
      ...noteInherited(spec.infrastructure),
      ...(requested.length > 0 && { [ADDRESSES_ANNOTATION]: requested.map(({ value }) => value).join(',') }),
    },
    ports: portsOf(spec.listeners),
  };
  return { kind: 'wanted', service };
}

function noteInherited({ labels, annotations }: Gateway['spec']['infrastructure']): Readonly<Record<string, string>> {
  const notes = { [INHERITED.labels]: Object.keys(labels), [INHERITED.annotations]: Object.keys(annotations) };
  const filled = Object.entries(notes).filter(([, names]) => names.length > 0);
  return Object.fromEntries(filled.map(([note, names]) => [note, names.toSorted(compareText).join(',')]));
}

/** Listeners that differ in host name only share a port. */
function portsOf(listeners: readonly Listener[]): readonly ManagedPort[] {
  const ports = listeners.map(({ port, protocol }): ManagedPort => {
    const transport = protocol === 'UDP' ? 'UDP' : 'TCP';
    return { name: `${transport.toLowerCase()}-${port}`, port, protocol: transport };
  });
  return [...new Map(ports.map((port) => [port.name, port])).values()];
}

function referenceTo({ metadata }: Gateway): ObjectReference {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
  };
}
