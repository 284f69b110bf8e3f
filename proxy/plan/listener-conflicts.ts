// Listeners that stand in each other's way: within a Gateway all of them lose, between Gateways the younger one does.
import type { Gateway, Listener } from '../../api/gateway.ts';
import { compareText } from './compare-text.ts';
import { covers, normalizeHostname } from './hostnames.ts';
import type { GatewayNode, ListenerName, ListenerNode } from './nodes.ts';
import type { Refusal } from './verdict.ts';

/**
 * The listeners of one Gateway that conflict, each with the reason. One port takes one protocol, and each hostname on it once
 * (GatewaySpec.listeners, "distinct"). "If a listener conflicts, none of the conflicting ones is accepted."
 */
export function findConflicts(
  listeners: readonly Listener[],
  isServable: (listener: Listener) => boolean,
): ConflictMap {
  const conflicts = new Map<Listener, Refusal>();
  const byPort = Map.groupBy(listeners.filter(isServable), (listener) => listener.port);
  for (const [port, sharing] of byPort) {
    const protocols = [...new Set(sharing.map((listener) => listener.protocol))];
    const byHostname = Map.groupBy(sharing, (listener) => normalizeHostname(listener.hostname));
    for (const [hostname, same] of byHostname) {
      if (same.length < 2) continue;
      for (const listener of same) conflicts.set(listener, hostnameConflict(port, hostname, same));
    }
    if (protocols.length < 2) continue;
    for (const listener of sharing) conflicts.set(listener, protocolConflict(port, protocols));
  }
  return conflicts;
}

export type ConflictMap = ReadonlyMap<Listener, Refusal>;

function hostnameConflict(port: number, hostname: string, listeners: readonly Listener[]): Refusal {
  const names = listeners.map((listener) => listener.name).join(', ');
  const what = hostname === '' ? 'all hostnames' : `hostname ${hostname}`;
  return { reason: 'HostnameConflict', message: `listeners ${names} all claim ${what} on port ${port}` };
}

function protocolConflict(port: number, protocols: readonly string[]): Refusal {
  return { reason: 'ProtocolConflict', message: `port ${port} cannot carry ${protocols.join(' and ')} at once` };
}

/** Older before younger, then by name: who was there first keeps what both want. */
export function compareByAge(a: Aged, b: Aged): number {
  return (
    compareText(a.source.metadata.creationTimestamp, b.source.metadata.creationTimestamp) || compareText(a.key, b.key)
  );
}

interface Aged {
  readonly key: string;
  readonly source: { readonly metadata: Gateway['metadata'] };
}

/** Listeners whose port is taken, on an address of theirs, by an older Gateway; and by which one. */
export function findTakenPorts(gateways: readonly GatewayNode[]): ReadonlyMap<ListenerName, Refusal> {
  const owners = new Map<string, GatewayNode>();
  const taken = new Map<ListenerName, Refusal>();
  for (const gateway of gateways.toSorted(compareByAge)) {
    for (const listener of gateway.listeners.filter((candidate) => candidate.isServed)) {
      for (const address of gateway.addresses) {
        const place = `${address} ${listener.source.port}`;
        const owner = owners.get(place) ?? gateway;
        owners.set(place, owner);
        if (owner === gateway) continue;
        const message = `port ${listener.source.port} of ${address} already belongs to Gateway ${owner.key}`;
        taken.set(listener.name, { reason: 'PortUnavailable', message });
      }
    }
  }
  return taken;
}

/** What a client might send to the wrong listener over one TLS connection (GEP-3567), for a HTTPS listener. */
export function findTlsOverlap(listener: ListenerNode, others: readonly ListenerNode[]): Refusal | undefined {
  const overlapping = others.find(
    (other) =>
      other !== listener &&
      other.isServed &&
      other.protocol === 'HTTPS' &&
      other.source.port === listener.source.port &&
      (covers(other.hostname, listener.hostname) || covers(listener.hostname, other.hostname)),
  );
  if (overlapping === undefined) return undefined;
  return {
    reason: 'OverlappingHostnames',
    message: `listener ${overlapping.source.name} on the same port answers for some of the same hostnames`,
  };
}
