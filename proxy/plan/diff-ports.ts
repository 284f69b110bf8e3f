// What of a new routing table workers that have the one before must be told.
import { socketKey } from './listeners.ts';
import type { ListenerTable, PortTable, RoutingTable } from './routing-table.ts';

export interface PortChanges {
  /** New or changed ports, whole. */
  readonly changed: readonly PortTable[];
  readonly removed: readonly PortTable[];
}

/** The ports that differ. Listeners that several addresses share are compared once. */
export function diffPorts(before: RoutingTable, after: RoutingTable): PortChanges {
  const known = new Map(before.ports.map((port) => [socketKey(port), port]));
  const wanted = new Set(after.ports.map(socketKey));
  const texts = new Map<readonly ListenerTable[], string>();
  const textOf = (listeners: readonly ListenerTable[]): string => {
    const text = texts.get(listeners) ?? JSON.stringify(listeners);
    texts.set(listeners, text);
    return text;
  };
  return {
    changed: after.ports.filter((port) => {
      const old = known.get(socketKey(port));
      return old?.protocol !== port.protocol || textOf(old.listeners) !== textOf(port.listeners);
    }),
    removed: before.ports.filter((port) => !wanted.has(socketKey(port))),
  };
}
