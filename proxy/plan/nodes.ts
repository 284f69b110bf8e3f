// The graph: every object that concerns the proxy, what it leads to, and the verdicts about it.
import type { Service } from '../../api/core.ts';
import type {
  Gateway,
  GatewayClass,
  HttpBackendRef,
  HttpRoute,
  HttpRouteMatch,
  HttpRouteRule,
  Listener,
  ParentReference,
} from '../../api/gateway.ts';
import type { Ingress, IngressClass } from '../../api/ingress.ts';
import type { ObjectKey } from '../../api/meta.ts';
import type { IpAddress } from '../../net/address.ts';
import type { BackendKey, CertificateKey } from './routing-table.ts';
import type { Refusal, Verdict } from './verdict.ts';

/** `namespace/gateway/listener`. */
export type ListenerName = string & { readonly __brand: 'ListenerName' };

export interface Graph {
  /** Sorted by key, like every list of nodes here. */
  readonly classes: readonly ClassNode[];
  readonly gateways: readonly GatewayNode[];
  /** Routes that name one of our Gateways, and those that still carry our status. */
  readonly routes: readonly RouteNode[];
  /** The accepted routes of each listener. */
  readonly attachments: ReadonlyMap<ListenerName, readonly RouteNode[]>;
  readonly ingressClasses: readonly IngressClassNode[];
  readonly ingresses: readonly IngressNode[];
}

export interface ClassNode {
  readonly source: GatewayClass;
  readonly verdicts: readonly Verdict[];
}

export interface GatewayNode {
  readonly key: ObjectKey;
  readonly source: Gateway;
  /** Those that ipam has assigned. */
  readonly addresses: readonly IpAddress[];
  readonly listeners: readonly ListenerNode[];
  readonly verdicts: readonly Verdict[];
}

export interface ListenerNode {
  readonly name: ListenerName;
  readonly source: Listener;
  /** Undefined: a protocol that is not served. */
  readonly protocol: 'HTTP' | 'HTTPS' | undefined;
  /** Lower case; '' for every host. */
  readonly hostname: string;
  readonly routeKinds: readonly string[];
  /** Those of its certificates that can be used. */
  readonly certificates: readonly CertificateKey[];
  readonly verdicts: readonly Verdict[];
  /** Whether it gets a socket once there is an address. */
  readonly isServed: boolean;
}

export interface RouteNode {
  readonly key: ObjectKey;
  readonly source: HttpRoute;
  /** Lower case, without those that are no hostnames; [''] where the route names none. */
  readonly hostnames: readonly string[];
  readonly rules: readonly RuleNode[];
  readonly parents: readonly ParentNode[];
}

export interface ParentNode {
  readonly reference: ParentReference;
  readonly gateway: ObjectKey;
  readonly listeners: readonly ListenerNode[];
  readonly verdicts: readonly Verdict[];
}

export interface RuleNode {
  /** From 1, as users count. */
  readonly number: number;
  readonly source: HttpRouteRule;
  /** Those that can be read; a rule that names none matches every path. */
  readonly matches: readonly NumberedMatch[];
  /** Set: the rule answers 500, whatever its backends. */
  readonly refusal: Refusal | undefined;
  readonly backends: readonly BackendNode[];
}

export interface NumberedMatch {
  readonly number: number;
  readonly source: HttpRouteMatch;
}

export type BackendNode =
  | { readonly source: HttpBackendRef; readonly resolved: ResolvedBackend }
  | { readonly source: HttpBackendRef; readonly resolved: undefined; readonly refusal: Refusal };

export interface ResolvedBackend {
  readonly key: BackendKey;
  readonly service: Service;
}

export interface IngressClassNode {
  readonly name: string;
  readonly source: IngressClass;
  /** Whose address its Ingresses are served on. */
  readonly front: IngressFront;
  readonly addresses: readonly IpAddress[];
}

export type IngressFront =
  | { readonly kind: 'Gateway'; readonly key: ObjectKey }
  | { readonly kind: 'Service'; readonly key: ObjectKey }
  | { readonly kind: 'refused'; readonly because: Refusal };

export interface IngressNode {
  readonly key: ObjectKey;
  readonly source: Ingress;
  readonly class: IngressClassNode;
  readonly paths: readonly IngressPathNode[];
  readonly tls: readonly IngressTlsNode[];
  /** Everything that is amiss; the rest is served. */
  readonly refusals: readonly Refusal[];
}

export interface IngressPathNode {
  /** From 1, over all rules; the default backend has none. */
  readonly number: number | undefined;
  readonly host: string;
  readonly path: string;
  readonly type: 'Exact' | 'Prefix';
  readonly backend: IngressBackendNode;
}

export type IngressBackendNode =
  | { readonly resolved: ResolvedBackend }
  | { readonly resolved: undefined; readonly refusal: Refusal };

export interface IngressTlsNode {
  readonly hosts: readonly string[];
  readonly certificate: CertificateKey;
}
