// The backends and certificates that a table leads to: what has to be sent along with it.
import type { BackendKey, CertificateKey, RoutingTable, Rule } from './routing-table.ts';

/** Every backend that some rule forwards to, once, sorted. */
export function backendsOf(table: RoutingTable): readonly BackendKey[] {
  const backends = rulesIn(table).flatMap(({ action }) => (action.kind === 'forward' ? action.backends : []));
  return [...new Set(backends.flatMap(({ backend }) => backend ?? []))].toSorted();
}

/** Every rule, once for each host that it stands under; addresses that share listeners count once. */
export function rulesIn(table: RoutingTable): readonly Rule[] {
  return listenersOf(table).flatMap(({ hosts }) => hosts.flatMap((host) => host.rules));
}

/** Every certificate that some listener answers with, once, sorted. */
export function certificatesOf(table: RoutingTable): readonly CertificateKey[] {
  return [...new Set(listenersOf(table).flatMap(({ certificates }) => certificates))].toSorted();
}

function listenersOf({ ports }: RoutingTable): RoutingTable['ports'][number]['listeners'] {
  return [...new Set(ports.map(({ listeners }) => listeners))].flat();
}
