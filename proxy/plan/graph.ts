// From the objects to the graph: who is ours, what hangs on what, and a verdict about each.
import type { ProxySnapshot } from '../snapshot.ts';
import { attachClasses, attachGateways } from './attach-gateways.ts';
import { attachIngressClasses, attachIngresses } from './attach-ingresses.ts';
import { attachRoutes } from './attach-routes.ts';
import { compareText } from './compare-text.ts';
import { indexSnapshot } from './lookup.ts';
import type { Graph, ListenerName, RouteNode } from './nodes.ts';

/** Total: whatever the objects hold, every one that is ours has its node and its verdicts. The order of the input is of no account. */
export function buildGraph(snapshot: ProxySnapshot): Graph {
  const lookup = indexSnapshot(snapshot);
  const classes = attachClasses(lookup).toSorted((a, b) => compareText(a.source.metadata.name, b.source.metadata.name));
  const gateways = attachGateways(lookup, classes).toSorted(compareByKey);
  const routes = attachRoutes(lookup, gateways).toSorted(compareByKey);
  const ingressClasses = attachIngressClasses(lookup, gateways).toSorted((a, b) => compareText(a.name, b.name));
  const ingresses = attachIngresses(lookup, { classes: ingressClasses, gateways }).toSorted(compareByKey);
  return { classes, gateways, routes, attachments: attachmentsOf(routes), ingressClasses, ingresses };
}

function compareByKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return compareText(a.key, b.key);
}

/** A route that names a listener twice, by the whole Gateway and by section, hangs on it once. */
function attachmentsOf(routes: readonly RouteNode[]): ReadonlyMap<ListenerName, readonly RouteNode[]> {
  const attachments = new Map<ListenerName, RouteNode[]>();
  for (const route of routes) {
    const listeners = new Set(route.parents.flatMap((parent) => parent.listeners.map(({ name }) => name)));
    for (const name of listeners) {
      const attached = attachments.get(name);
      if (attached === undefined) attachments.set(name, [route]);
      else attached.push(route);
    }
  }
  return attachments;
}
