// The backends and certificates that a table leads to: what has to be sent along with it.
import type { BackendKey, CertificateKey, RoutingTable } from './routing-table.ts';

/** Every backend that some rule forwards to, once, sorted. */
export function backendsOf(table: RoutingTable): readonly BackendKey[] {
  const rules = listenersOf(table).flatMap(({ hosts }) => hosts.flatMap((host) => host.rules));
  const backends = rules.flatMap(({ action }) => (action.kind === 'forward' ? action.backends : []));
  return [...new Set(backends.flatMap(({ backend }) => backend ?? []))].toSorted();
}

/** Every certificate that some listener answers with, once, sorted. */
export function certificatesOf(table: RoutingTable): readonly CertificateKey[] {
  return [...new Set(listenersOf(table).flatMap(({ certificates }) => certificates))].toSorted();
}

function listenersOf({ ports }: RoutingTable): RoutingTable['ports'][number]['listeners'] {
  return [...new Set(ports.map(({ listeners }) => listeners))].flat();
}
