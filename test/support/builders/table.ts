// Reads of a routing table for assertions.
import { compileTable } from '../../../proxy/plan/compile-table.ts';
import { buildGraph } from '../../../proxy/plan/graph.ts';
import type { ListenerTable, PortTable, RoutingTable, Rule } from '../../../proxy/plan/routing-table.ts';
import type { ProxySnapshot } from '../../../proxy/snapshot.ts';

export function tableOf(snapshot: ProxySnapshot): RoutingTable {
  return compileTable(buildGraph(snapshot));
}

export function portOf(table: RoutingTable, port: number): PortTable {
  const found = table.ports.find((candidate) => candidate.port === port);
  if (found === undefined)
    throw new Error(`no port ${port} in ${table.ports.map((candidate) => candidate.port).join()}`);
  return found;
}

export function listenerOf(table: RoutingTable, port: number, hostname = ''): ListenerTable {
  const { listeners } = portOf(table, port);
  const found = listeners.find((candidate) => candidate.hostname === hostname);
  if (found === undefined) throw new Error(`no listener ${hostname} in ${listeners.map((one) => one.hostname).join()}`);
  return found;
}

export interface Place {
  readonly port?: number;
  /** Of the host table. */
  readonly host?: string;
  /** Of the listener. */
  readonly listener?: string;
}

/** The rules of one host of one listener, by precedence. */
export function rulesOf(table: RoutingTable, { port = 80, host = '', listener = '' }: Place = {}): readonly Rule[] {
  return listenerOf(table, port, listener).hosts.find(({ hostname }) => hostname === host)?.rules ?? [];
}

/** A rule in a few words: path, and what it does. */
export function summary({ match, action }: Rule): string {
  const path = match.path.type === 'Prefix' ? `${match.path.value}*` : match.path.value;
  switch (action.kind) {
    case 'forward':
      return `${path} -> ${action.backends.map(({ backend, reason }) => backend ?? `500 ${reason}`).join(', ')}`;
    case 'redirect':
      return `${path} -> ${action.redirect.status}`;
    case 'fail':
      return `${path} -> ${action.status} ${action.reason}`;
    default:
      return action satisfies never;
  }
}
