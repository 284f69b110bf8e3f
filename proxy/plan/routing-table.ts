// What the supervisor plans and the workers serve: plain data only, safe to clone between processes.
// A request walks it from the outside in: port -> listener (most specific hostname) -> host -> rule -> backend.
import type { ObjectKey } from '../../api/meta.ts';
import type { IpAddress } from '../../net/address.ts';

/** `namespace/service:port`; the endpoints behind it change without a new table. */
export type BackendKey = string & { readonly __brand: 'BackendKey' };
/** `namespace/secret` of a TLS Secret; the bytes behind it change without a new table. */
export type CertificateKey = string & { readonly __brand: 'CertificateKey' };

export interface RoutingTable {
  readonly ports: readonly PortTable[];
}

/** Everything that one listening socket serves. Several Gateways never share a port of one address. */
export interface PortTable {
  readonly address: IpAddress;
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  /** Sorted: exact hostnames, then wildcards by falling length, then the one without a hostname (''). */
  readonly listeners: readonly ListenerTable[];
}

export interface ListenerTable {
  /** For logs and metrics: `namespace/gateway/listener`, or `ingress/<class>`. */
  readonly name: string;
  /** `shop.example.test`, `*.example.test`, or '' for all. Lower case. */
  readonly hostname: string;
  /** HTTPS only: in order of preference, for the server names that this listener answers. Empty: no handshake. */
  readonly certificates: readonly CertificateKey[];
  /** Sorted like listeners; a host without a matching rule falls through to the next that matches. */
  readonly hosts: readonly HostTable[];
}

/** Hosts of one listener lie within its hostname: a request whose host the listener does not cover finds none here. */
export interface HostTable {
  /** As in ListenerTable: exact, `*.` for one or more labels, or ''. */
  readonly hostname: string;
  /** By precedence: the first that matches wins. */
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** For the access log: `HTTPRoute shop/site rule 1`. */
  readonly name: string;
  readonly source: { readonly kind: 'HTTPRoute' | 'Ingress'; readonly key: ObjectKey };
  readonly match: RuleMatch;
  readonly filters: readonly Filter[];
  readonly action: Action;
  /** Whole request, from the head's arrival to the last byte of the answer; 0 or undefined: no limit. */
  readonly requestTimeoutMs: number | undefined;
  /** One attempt at a backend, until the answer's head. */
  readonly backendTimeoutMs: number | undefined;
}

export interface RuleMatch {
  /** How many labels the request's host must have: the star of an Ingress stands for exactly one. Absent: any. */
  readonly hostLabels?: number | undefined;
  readonly path: PathMatch;
  readonly method: string | undefined;
  /** Names in lower case. All must match. */
  readonly headers: readonly ValueMatch[];
  readonly queryParams: readonly ValueMatch[];
}

/** Prefix works by path element: `/a` matches `/a` and `/a/b`, not `/ab`; its value has no trailing slash but for `/`. */
export interface PathMatch {
  readonly type: 'Exact' | 'Prefix' | 'Regex';
  readonly value: string;
}

export interface ValueMatch {
  readonly name: string;
  readonly type: 'Exact' | 'Regex';
  readonly value: string;
}

export type Filter =
  | { readonly kind: 'requestHeaders'; readonly edit: HeaderEdit }
  | { readonly kind: 'responseHeaders'; readonly edit: HeaderEdit }
  | { readonly kind: 'rewrite'; readonly hostname: string | undefined; readonly path: PathEdit | undefined };

export interface HeaderEdit {
  readonly set: readonly HeaderValue[];
  readonly add: readonly HeaderValue[];
  readonly remove: readonly string[];
}

export interface HeaderValue {
  readonly name: string;
  readonly value: string;
}

export type PathEdit =
  | { readonly kind: 'full'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string };

export type Action =
  | { readonly kind: 'forward'; readonly backends: readonly WeightedBackend[] }
  | { readonly kind: 'redirect'; readonly redirect: Redirect }
  | { readonly kind: 'fail'; readonly status: number; readonly reason: string };

/** A share of the traffic. Without `backend` the share is answered with 500 and the reason stands in the log. */
export interface WeightedBackend {
  readonly weight: number;
  readonly backend: BackendKey | undefined;
  readonly reason: string | undefined;
  readonly filters: readonly Filter[];
}

export interface Redirect {
  readonly scheme: 'http' | 'https' | undefined;
  readonly hostname: string | undefined;
  readonly port: number | undefined;
  readonly path: PathEdit | undefined;
  readonly status: number;
}

/** Who answers for a backend now. Sent apart from the table, and much more often. */
export interface EndpointSet {
  readonly backend: BackendKey;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly address: IpAddress;
  readonly port: number;
}

/** A certificate chain and its key as PEM, already checked to belong together. */
export interface CertificateBundle {
  readonly key: CertificateKey;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}
