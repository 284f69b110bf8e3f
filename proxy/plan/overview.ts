// One line for each address: what it serves, how well, and what is wrong.
import type { ObjectKey } from '../../api/meta.ts';
import { formatFieldErrors } from '../../api/parsed.ts';
import type { IpAddress } from '../../net/address.ts';
import type { ObjectRefusal, ProxySnapshot } from '../snapshot.ts';
import { compareText } from './compare-text.ts';
import { type Explanation, explain } from './explanation.ts';
import type { GatewayNode, IngressClassNode } from './nodes.ts';
import { problemsOfGateway, problemsOfIngress, problemsOfRoute } from './problems.ts';
import { reportedProblems } from './reported-problems.ts';
import { backendsOf } from './table-needs.ts';

export interface OverviewRow {
  /** Undefined: none has been assigned. */
  readonly address: IpAddress | undefined;
  /** `Gateway namespace/name`, `IngressClass name`, or an object that cannot be read. */
  readonly owner: string;
  /** `http:80`, `https:443`. */
  readonly listeners: readonly string[];
  /** HTTPRoutes and Ingresses. */
  readonly routes: number;
  /** Distinct ready endpoints that its rules lead to. */
  readonly readyPods: number;
  /** Sentences. */
  readonly problems: readonly string[];
}

/** The rows of `fairlead status`, by owner, then address. */
export function planOverview(snapshot: ProxySnapshot): readonly OverviewRow[] {
  const explanation = explain(snapshot);
  const { gateways, ingressClasses, ingresses } = explanation.graph;
  const classesInUse = ingressClasses.filter((node) => ingresses.some((ingress) => ingress.class === node));
  return [
    ...gateways.flatMap((gateway) => rowsOfGateway(explanation, gateway)),
    ...classesInUse.filter(({ front }) => front.kind !== 'Gateway').flatMap((node) => rowsOfClass(explanation, node)),
    ...snapshot.refusals.map(rowOfUnreadable),
  ].toSorted((a, b) => compareText(a.owner, b.owner) || compareText(a.address ?? '', b.address ?? ''));
}

function rowsOfGateway(explanation: Explanation, gateway: GatewayNode): readonly OverviewRow[] {
  const { routes, ingresses } = explanation.graph;
  const attached = routes.filter(({ parents }) => parents.some((parent) => parent.gateway === gateway.key));
  const served = ingresses.filter(({ class: { front } }) => front.kind === 'Gateway' && front.key === gateway.key);
  const problems = [
    ...[...problemsOfGateway(gateway), ...reportedProblems(gateway)].map(({ message }) => message),
    ...attached.flatMap((route) => problemsOfRoute(route).map(({ message }) => `HTTPRoute ${route.key}: ${message}`)),
    ...served.flatMap((node) => problemsOfIngress(node).map(({ message }) => `Ingress ${node.key}: ${message}`)),
  ];
  const row = {
    owner: `Gateway ${gateway.key}`,
    listeners: gateway.listeners
      .filter(({ isServed }) => isServed)
      .map(({ source }) => `${source.name}:${source.port}`),
    routes: attached.filter((route) => isAttachedTo(route.parents, gateway.key)).length + served.length,
  };
  return onEachAddress(gateway.addresses).map((address) => ({
    ...row,
    address,
    readyPods: readyPodsAt(explanation, address),
    problems: address === undefined ? ['no address has been assigned yet', ...problems] : problems,
  }));
}

function isAttachedTo(
  parents: readonly { readonly gateway: ObjectKey; readonly listeners: readonly unknown[] }[],
  gateway: ObjectKey,
): boolean {
  return parents.some((parent) => parent.gateway === gateway && parent.listeners.length > 0);
}

function rowsOfClass(explanation: Explanation, node: IngressClassNode): readonly OverviewRow[] {
  const own = explanation.graph.ingresses.filter((ingress) => ingress.class === node);
  const problems = own.flatMap((ingress) =>
    problemsOfIngress(ingress).map(({ message }) => `Ingress ${ingress.key}: ${message}`),
  );
  return onEachAddress(node.addresses).map((address) => ({
    address,
    owner: `IngressClass ${node.name}`,
    listeners: explanation.table.ports
      .filter((port) => port.address === address)
      .map(({ protocol, port }) => `${protocol.toLowerCase()}:${port}`),
    routes: own.length,
    readyPods: readyPodsAt(explanation, address),
    problems: address === undefined ? ['no address has been assigned yet', ...problems] : problems,
  }));
}

/** Nobody knows what address it would have; that it is there and not served must not go unseen. */
function rowOfUnreadable({ kind, key, errors }: ObjectRefusal): OverviewRow {
  const problems = [`it cannot be read: ${formatFieldErrors(errors)}`];
  return { address: undefined, owner: `${kind} ${key}`, listeners: [], routes: 0, readyPods: 0, problems };
}

function onEachAddress(addresses: readonly IpAddress[]): readonly (IpAddress | undefined)[] {
  return addresses.length === 0 ? [undefined] : addresses;
}

function readyPodsAt({ table, endpoints }: Explanation, address: IpAddress | undefined): number {
  const backends = backendsOf({ ports: table.ports.filter((port) => port.address === address) });
  const places = backends.flatMap((backend) => endpoints.sets.get(backend)?.endpoints ?? []);
  return new Set(places.map((endpoint) => endpoint.address)).size;
}
