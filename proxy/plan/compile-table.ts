// From the graph to what the workers serve: address and port, listener, host, rules by precedence.
import type { IpAddress } from '../../net/address.ts';
import { compareText } from './compare-text.ts';
import { compileHosts, type RuleSource, ruleSourceOf } from './compile-hosts.ts';
import { draftPorts, type ListenerDraft, type PortDraft } from './draft-listeners.ts';
import { compareHostnames } from './hostnames.ts';
import { compareByAge } from './listener-conflicts.ts';
import type { GatewayNode, Graph, IngressNode } from './nodes.ts';
import type { ListenerTable, PortTable, RoutingTable } from './routing-table.ts';

/** The table of everything that is served; the same graph gives the same table, to the byte. */
export function compileTable(graph: Graph): RoutingTable {
  const source = ruleSourceOf(graph);
  const compiled = new Map<string, readonly CompiledPort[]>();
  const ports = [...groupByAddress(graph)].flatMap(([address, tenants]) => {
    const name = nameOf(tenants);
    const known = compiled.get(name) ?? draftPorts(tenants).map((draft) => compilePort(draft, source));
    compiled.set(name, known);
    return known.map(({ port, protocol, listeners }) => ({ address, port, protocol, listeners }));
  });
  return { ports: ports.toSorted((a, b) => compareText(a.address, b.address) || a.port - b.port) };
}

type CompiledPort = Omit<PortTable, 'address'>;

/** Who is served on one address. */
export interface Tenants {
  readonly gateways: readonly GatewayNode[];
  /** Oldest first. */
  readonly ingresses: readonly IngressNode[];
}

/** Two addresses with the same tenants have the same table, and share it. */
function nameOf({ gateways, ingresses }: Tenants): string {
  return [...gateways.map(({ key }) => key), ...new Set(ingresses.map((node) => `class ${node.class.name}`))].join(' ');
}

function groupByAddress(graph: Graph): ReadonlyMap<IpAddress, Tenants> {
  const gateways = groupByEach(graph.gateways, ({ addresses }) => addresses);
  const ingresses = groupByEach(graph.ingresses.toSorted(compareByAge), (node) => node.class.addresses);
  const addresses = new Set([...gateways.keys(), ...ingresses.keys()]);
  return new Map(
    [...addresses].map((address) => [
      address,
      { gateways: gateways.get(address) ?? [], ingresses: ingresses.get(address) ?? [] },
    ]),
  );
}

function groupByEach<T, K>(items: readonly T[], keysOf: (item: T) => readonly K[]): ReadonlyMap<K, readonly T[]> {
  const pairs = items.flatMap((item) => keysOf(item).map((key) => ({ key, item })));
  const groups = Map.groupBy(pairs, ({ key }) => key);
  return new Map([...groups].map(([key, group]) => [key, group.map(({ item }) => item)]));
}

function compilePort({ port, protocol, listeners }: PortDraft, source: RuleSource): CompiledPort {
  return {
    port,
    protocol,
    listeners: listeners
      .map((draft) => compileListener(draft, source))
      .toSorted((a, b) => compareHostnames(a.hostname, b.hostname)),
  };
}

function compileListener(draft: ListenerDraft, source: RuleSource): ListenerTable {
  const { name, hostname, certificates } = draft;
  return { name, hostname, certificates, hosts: compileHosts(draft, source) };
}
