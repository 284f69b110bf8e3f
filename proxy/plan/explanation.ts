// Everything that an explanation draws on, planned once.
import type { ProxySnapshot } from '../snapshot.ts';
import { compileTable } from './compile-table.ts';
import { type EndpointPlan, planEndpoints } from './endpoints.ts';
import { buildGraph } from './graph.ts';
import type { Graph } from './nodes.ts';
import type { BackendKey, RoutingTable } from './routing-table.ts';
import { backendsOf } from './table-needs.ts';
import type { Refusal } from './verdict.ts';

export interface Explanation {
  readonly snapshot: ProxySnapshot;
  readonly graph: Graph;
  readonly table: RoutingTable;
  readonly endpoints: EndpointPlan;
}

/** Plans a snapshot just as a proxy would. */
export function explain(snapshot: ProxySnapshot): Explanation {
  const graph = buildGraph(snapshot);
  const table = compileTable(graph);
  const { services, endpointSlices } = snapshot;
  const endpoints = planEndpoints({ services, endpointSlices, backends: backendsOf(table) });
  return { snapshot, graph, table, endpoints };
}

/** `shop/a:80 with 2 ready endpoints`. */
export function describeBackend({ endpoints }: Explanation, backend: BackendKey): string {
  return `${backend} with ${counted(endpoints.sets.get(backend)?.endpoints.length ?? 0, 'ready endpoint')}`;
}

/** A reason as every sentence ends with it: `Service shop/a does not exist (BackendNotFound)`. */
export function withReason({ reason, message }: Refusal): string {
  return `${message} (${reason})`;
}

/** `1 route`, `2 routes`, `no routes`. */
export function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count === 0 ? 'no' : count} ${noun}s`;
}
