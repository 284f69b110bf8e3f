// From the graph to what the objects' status shall say. Objects that are not ours are not mentioned.
import type { Gateway, GatewayClass, HttpRoute, ParentReference } from '../../api/gateway.ts';
import { GATEWAY_CONTROLLER } from '../../api/identity.ts';
import type { Ingress } from '../../api/ingress.ts';
import { KINDS, type KindRow } from '../../api/kinds.ts';
import { type DesiredCondition, keyOf, type ObjectKey } from '../../api/meta.ts';
import { compareText } from './compare-text.ts';
import { type GatewayStatus, gatewayStatus } from './gateway-status.ts';
import type { ClassNode, Graph, IngressNode, RouteNode } from './nodes.ts';
import type { SocketState } from './serving.ts';
import { SUPPORTED_FEATURES } from './supported-features.ts';
import { conditionOf } from './verdict.ts';

/** Our own part of one object's status; what others wrote there is merged in by whoever writes it. */
export type ProxyStatusPatch =
  | Patch<GatewayClass, ClassStatus>
  | Patch<Gateway, GatewayStatus>
  | Patch<HttpRoute, RouteStatus>
  | Patch<Ingress, IngressStatus>;

interface Patch<T extends GatewayClass | Gateway | HttpRoute | Ingress, S> {
  readonly kind: KindRow<T>;
  readonly key: ObjectKey;
  readonly status: S;
  /** Condition types that only stand while something is wrong: they go where `status` does not have them. */
  readonly retired: readonly string[];
}

export interface ClassStatus {
  readonly conditions: readonly DesiredCondition[];
  readonly supportedFeatures: readonly { readonly name: string }[];
}

export interface RouteStatus {
  readonly parents: readonly {
    readonly parentRef: ParentReference;
    readonly controllerName: string;
    readonly conditions: readonly DesiredCondition[];
  }[];
}

export interface IngressStatus {
  readonly loadBalancer: { readonly ingress: readonly { readonly ip: string }[] };
}

/**
 * The status of every object of the graph, sorted by kind and key. `sockets` says how the data path stands: plan the
 * status after the workers have answered, or Gateways go through `Pending` for no reason.
 */
export function planProxyStatus(graph: Graph, sockets: readonly SocketState[]): readonly ProxyStatusPatch[] {
  return [
    ...graph.classes.map((node) => ({
      kind: KINDS.GatewayClass,
      key: keyOf(node.source),
      status: classStatus(node),
      retired: ['SupportedVersion'],
    })),
    ...gatewayStatus(graph, sockets).map(({ key, status }) => ({
      kind: KINDS.Gateway,
      key,
      status,
      retired: ['OverlappingTLSConfig'],
    })),
    ...graph.routes.map((node) => ({
      kind: KINDS.HTTPRoute,
      key: node.key,
      status: routeStatus(node),
      retired: ['PartiallyInvalid'],
    })),
    ...graph.ingresses.map((node) => ({
      kind: KINDS.Ingress,
      key: node.key,
      status: ingressStatus(node),
      retired: [],
    })),
  ];
}

function classStatus({ source, verdicts }: ClassNode): ClassStatus {
  return {
    conditions: verdicts.map((verdict) => conditionOf(verdict, source.metadata.generation)),
    supportedFeatures: SUPPORTED_FEATURES.map((name) => ({ name })),
  };
}

/** A route that has left our Gateways has no parents of ours any more, and says so. */
function routeStatus({ source, parents }: RouteNode): RouteStatus {
  return {
    parents: parents.map((parent) => ({
      parentRef: parent.reference,
      controllerName: GATEWAY_CONTROLLER,
      conditions: parent.verdicts.map((verdict) => conditionOf(verdict, source.metadata.generation)),
    })),
  };
}

function ingressStatus({ class: { addresses }, paths }: IngressNode): IngressStatus {
  const served = paths.length === 0 ? [] : addresses.toSorted(compareText);
  return { loadBalancer: { ingress: served.map((ip) => ({ ip })) } };
}
