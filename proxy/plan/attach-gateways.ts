// GatewayClasses that are ours, their Gateways, and which listeners of those can be served.
import type { Gateway, Listener } from '../../api/gateway.ts';
import { GATEWAY_CONTROLLER } from '../../api/identity.ts';
import { keyOf } from '../../api/meta.ts';
import { type IpAddress, parseIpAddress } from '../../net/address.ts';
import { normalizeHostname } from './hostnames.ts';
import { type ListenerCertificates, resolveCertificates } from './listener-certificates.ts';
import { findConflicts, findTakenPorts } from './listener-conflicts.ts';
import type { Lookup } from './lookup.ts';
import type { ClassNode, GatewayNode, ListenerName, ListenerNode } from './nodes.ts';
import { doesHold, fails, holds, type Refusal, type Verdict } from './verdict.ts';

export const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** The protocols that are served, and the route kinds that each takes. */
const ROUTE_KINDS = { HTTP: ['HTTPRoute'], HTTPS: ['HTTPRoute'] } as const;
type ServedProtocol = keyof typeof ROUTE_KINDS;

/** The minor versions of the Gateway API whose fields we read. */
const SUPPORTED_VERSION = /^v1\.[4-7]\./;

/** Every GatewayClass that names our controller. */
export function attachClasses({ snapshot }: Lookup): readonly ClassNode[] {
  return snapshot.gatewayClasses
    .filter((source) => source.spec.controllerName === GATEWAY_CONTROLLER)
    .map((source) => ({
      source,
      verdicts: [
        holds('Accepted', 'Fairlead serves the Gateways of this class'),
        ...judgeVersion(snapshot.gatewayApiVersion),
      ],
    }));
}

function judgeVersion(version: string | undefined): readonly Verdict[] {
  if (version === undefined) return [];
  if (SUPPORTED_VERSION.test(version)) return [holds('SupportedVersion', `Gateway API ${version} is supported`)];
  const message = `Gateway API ${version} is installed, v1.4 to v1.7 are supported; served on a best effort`;
  return [fails('SupportedVersion', { reason: 'UnsupportedVersion', message })];
}

/** Every Gateway of these classes that is not being deleted. */
export function attachGateways(lookup: Lookup, classes: readonly ClassNode[]): readonly GatewayNode[] {
  const ours = new Set(classes.map(({ source }) => source.metadata.name));
  const gateways = lookup.snapshot.gateways
    .filter(({ spec, metadata }) => ours.has(spec.gatewayClassName) && metadata.deletionTimestamp === undefined)
    .map((source) => attachGateway(lookup, source));
  const taken = findTakenPorts(gateways);
  return taken.size === 0 ? gateways : gateways.map((gateway) => withoutPorts(gateway, taken));
}

function attachGateway(lookup: Lookup, source: Gateway): GatewayNode {
  const conflicts = findConflicts(source.spec.listeners, isServable);
  const refusal = refuseGateway(source);
  const listeners = source.spec.listeners.map((listener) =>
    attachListener(listener, {
      gateway: source,
      conflict: conflicts.get(listener),
      certificates: resolveCertificates(lookup, source, listener),
      isBlocked: refusal !== undefined,
    }),
  );
  return {
    key: keyOf(source),
    source,
    addresses: assignedAddresses(source),
    listeners,
    verdicts: [refusal === undefined ? judgeListeners(listeners) : fails('Accepted', refusal)],
  };
}

/** What keeps the Gateway as a whole from being served. An address that cannot be had goes before the rest. */
function refuseGateway({ spec: { addresses, infrastructure } }: Gateway): Refusal | undefined {
  const badAddress = addresses.find(({ type }) => type !== 'IPAddress');
  if (badAddress !== undefined) {
    const message = `addresses of type ${badAddress.type} are not supported; IPAddress is`;
    return { reason: 'UnsupportedAddress', message };
  }
  const { parametersRef } = infrastructure;
  if (parametersRef === undefined) return undefined;
  const message = `spec.infrastructure.parametersRef: no parameters of kind ${parametersRef.kind} are known`;
  return { reason: 'InvalidParameters', message };
}

function assignedAddresses(gateway: Gateway): readonly IpAddress[] {
  const addresses = gateway.status.addresses
    .filter(({ type }) => type === 'IPAddress')
    .map(({ value }) => parseIpAddress(value));
  return [...new Set(addresses.filter((address) => address !== undefined))];
}

function isServable(listener: Listener): listener is Listener & { protocol: ServedProtocol } {
  return Object.hasOwn(ROUTE_KINDS, listener.protocol);
}

interface ListenerContext {
  readonly gateway: Gateway;
  readonly conflict: Refusal | undefined;
  readonly certificates: ListenerCertificates;
  /** The Gateway as a whole cannot be served. */
  readonly isBlocked: boolean;
}

function attachListener(source: Listener, context: ListenerContext): ListenerNode {
  const { gateway, conflict, certificates, isBlocked } = context;
  const { served, refused } = routeKindsOf(source);
  const accepted = judgeAcceptance(source, conflict);
  const isUsable = source.protocol !== 'HTTPS' || certificates.usable.length > 0;
  return {
    name: `${keyOf(gateway)}/${source.name}` as ListenerName,
    source,
    protocol: isServable(source) ? source.protocol : undefined,
    hostname: normalizeHostname(source.hostname),
    routeKinds: served,
    certificates: certificates.usable,
    verdicts: [accepted, judgeReferences(refused, certificates), judgeConflict(conflict)],
    isServed: accepted.holds && isUsable && !isBlocked,
  };
}

function routeKindsOf(listener: Listener): { readonly served: readonly string[]; readonly refused: readonly string[] } {
  if (!isServable(listener)) return { served: [], refused: [] };
  const possible: readonly string[] = ROUTE_KINDS[listener.protocol];
  const wanted = listener.allowedRoutes.kinds;
  if (wanted.length === 0) return { served: possible, refused: [] };
  const [served, refused] = partition(wanted, ({ group, kind }) => group === GATEWAY_GROUP && possible.includes(kind));
  return { served: [...new Set(served.map(({ kind }) => kind))], refused: refused.map(({ kind }) => kind) };
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

function judgeAcceptance(listener: Listener, conflict: Refusal | undefined): Verdict {
  if (!isServable(listener)) {
    const message = `protocol ${listener.protocol} is not supported; HTTP and HTTPS are`;
    return fails('Accepted', { reason: 'UnsupportedProtocol', message });
  }
  if (conflict !== undefined) return fails('Accepted', conflict);
  if (listener.protocol === 'HTTPS' && listener.tls?.mode === 'Passthrough') {
    const message = 'a HTTPS listener terminates TLS; mode Passthrough is not possible on it';
    return fails('Accepted', { reason: 'UnsupportedValue', message });
  }
  return holds('Accepted', 'the listener is valid');
}

function judgeReferences(refusedKinds: readonly string[], certificates: ListenerCertificates): Verdict {
  const [first] = certificates.refusals;
  if (first !== undefined) {
    return fails('ResolvedRefs', {
      reason: first.reason,
      message: certificates.refusals.map((r) => r.message).join('; '),
    });
  }
  if (refusedKinds.length > 0) {
    const message = `the listener does not take routes of kind ${refusedKinds.join(', ')}`;
    return fails('ResolvedRefs', { reason: 'InvalidRouteKinds', message });
  }
  return holds('ResolvedRefs', 'every reference is resolved');
}

function judgeConflict(conflict: Refusal | undefined): Verdict {
  if (conflict === undefined)
    return fails('Conflicted', { reason: 'NoConflicts', message: 'no listener is in the way' });
  return { type: 'Conflicted', holds: true, ...conflict };
}

function judgeListeners(listeners: readonly ListenerNode[]): Verdict {
  const refused = listeners.filter(({ verdicts }) => !doesHold(verdicts, 'Accepted')).map(({ source }) => source.name);
  if (refused.length === 0) return holds('Accepted', 'the Gateway is valid');
  const message = `listeners that are not valid: ${refused.join(', ')}`;
  return { type: 'Accepted', holds: refused.length < listeners.length, reason: 'ListenersNotValid', message };
}

/** The same Gateway, with the listeners on ports that an older Gateway holds taken back. */
function withoutPorts(gateway: GatewayNode, taken: ReadonlyMap<ListenerName, Refusal>): GatewayNode {
  if (!gateway.listeners.some(({ name }) => taken.has(name))) return gateway;
  const listeners = gateway.listeners.map((listener) => {
    const refusal = taken.get(listener.name);
    if (refusal === undefined) return listener;
    const others = listener.verdicts.filter(({ type }) => type !== 'Accepted');
    return { ...listener, isServed: false, verdicts: [fails('Accepted', refusal), ...others] };
  });
  return { ...gateway, listeners, verdicts: [judgeListeners(listeners)] };
}
