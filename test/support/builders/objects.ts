// Objects for tests: what matters is written in the test, the rest has defaults. Each goes through its real parser.

import type { EndpointSlice, Namespace, Secret, Service } from '../../../api/core.ts';
import { parseEndpointSlice, parseNamespace, parseSecret, parseService } from '../../../api/core.ts';
import type { Gateway, GatewayClass, HttpRoute, ReferenceGrant } from '../../../api/gateway.ts';
import { parseGateway, parseGatewayClass, parseHttpRoute, parseReferenceGrant } from '../../../api/gateway.ts';
import type { Ingress, IngressClass } from '../../../api/ingress.ts';
import { parseIngress, parseIngressClass } from '../../../api/ingress.ts';
import { formatFieldErrors, type Parsed } from '../../../api/parsed.ts';

/** Part of an object as YAML would have it. */
export type Fields = Readonly<Record<string, unknown>>;

function parsed<T>(result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw new Error(`bug in a test's object: ${formatFieldErrors(result.errors)}`);
}

/** `namespace/name`, or just `name` in namespace shop; more metadata beside. */
function metadata(key: string, more: Fields = {}): Fields {
  const [space, name] = key.includes('/') ? key.split('/') : ['shop', key];
  return {
    namespace: space,
    name,
    uid: `uid-${key}`,
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...more,
  };
}

export function gatewayClass(name = 'fairlead', spec: Fields = {}): GatewayClass {
  return parsed(
    parseGatewayClass({ metadata: { name }, spec: { controllerName: 'fairlead.dev/gateway-controller', ...spec } }),
  );
}

export interface GatewayOptions {
  readonly metadata?: Fields;
  readonly listeners?: readonly Fields[];
  readonly spec?: Fields;
  readonly status?: Fields;
  readonly addresses?: readonly string[];
}

/** A Gateway of class fairlead at 203.0.113.1 with one HTTP listener for every host. */
export function gateway(key = 'edge', options: GatewayOptions = {}): Gateway {
  const { listeners = [httpListener()], addresses = ['203.0.113.1'], spec, status } = options;
  return parsed(
    parseGateway({
      metadata: metadata(key, options.metadata),
      spec: { gatewayClassName: 'fairlead', listeners, ...spec },
      status: { addresses: addresses.map((value) => ({ type: 'IPAddress', value })), ...status },
    }),
  );
}

export function httpListener(name = 'http', more: Fields = {}): Fields {
  return { name, port: 80, protocol: 'HTTP', ...more };
}

export function httpsListener(name = 'https', more: Fields = {}): Fields {
  return { name, port: 443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] }, ...more };
}

export interface RouteOptions {
  readonly metadata?: Fields;
  readonly parentRefs?: readonly Fields[];
  readonly hostnames?: readonly string[];
  readonly rules?: readonly Fields[];
  readonly status?: Fields;
}

/** A route on Gateway edge that forwards everything to Service `a`, port 80. */
export function httpRoute(key = 'site', options: RouteOptions = {}): HttpRoute {
  const { parentRefs = [{ name: 'edge' }], hostnames = [], rules = [rule()], status } = options;
  return parsed(
    parseHttpRoute({
      metadata: metadata(key, options.metadata),
      spec: { parentRefs, hostnames, rules },
      ...(status && { status }),
    }),
  );
}

/** A rule for one path prefix that forwards to `a:80`; anything else by name. */
export function rule(path = '/', more: Fields = {}): Fields {
  return { matches: [{ path: { type: 'PathPrefix', value: path } }], backendRefs: [{ name: 'a', port: 80 }], ...more };
}

export function service(key = 'a', spec: Fields = {}, status: Fields = {}): Service {
  return parsed(
    parseService({
      metadata: metadata(key),
      spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
      status,
    }),
  );
}

export interface SliceOptions {
  readonly service?: string;
  readonly addressType?: string;
  readonly ports?: unknown;
}

/** The EndpointSlice `<service>-1` of a Service; endpoints are addresses that are ready, or whole endpoints. */
export function endpointSlice(endpoints: readonly (string | Fields)[], options: SliceOptions = {}): EndpointSlice {
  const { service: key = 'shop/a', addressType = 'IPv4', ports = [{ name: 'http', port: 8080 }] } = options;
  const [space, name] = key.split('/');
  return parsed(
    parseEndpointSlice({
      metadata: { namespace: space, name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } },
      addressType,
      endpoints: endpoints.map((endpoint) => (typeof endpoint === 'string' ? { addresses: [endpoint] } : endpoint)),
      ports,
    }),
  );
}

/** A TLS Secret; what is in it is for the inspection to say, which tests replace. */
export function secret(key = 'cert', data: Fields = { 'tls.crt': 'good', 'tls.key': 'good' }): Secret {
  return parsed(parseSecret({ metadata: metadata(key), type: 'kubernetes.io/tls', data }));
}

export function namespace(name: string, labels: Fields = {}): Namespace {
  return parsed(parseNamespace({ metadata: { name, labels } }));
}

export function referenceGrant(key: string, spec: { from: readonly Fields[]; to: readonly Fields[] }): ReferenceGrant {
  return parsed(parseReferenceGrant({ metadata: metadata(key), spec }));
}

export function ingressClass(name = 'fairlead', spec: Fields = {}): IngressClass {
  return parsed(
    parseIngressClass({ metadata: { name }, spec: { controller: 'fairlead.dev/ingress-controller', ...spec } }),
  );
}

/** An Ingress of class fairlead. */
export function ingress(key: string, spec: Fields, more: Fields = {}): Ingress {
  return parsed(parseIngress({ metadata: metadata(key, more), spec: { ingressClassName: 'fairlead', ...spec } }));
}

/** One rule of an Ingress: paths of a host, all to Service `a` unless said otherwise. */
export function ingressRule(host: string, paths: Readonly<Record<string, string>>, pathType = 'Prefix'): Fields {
  return {
    host,
    http: {
      paths: Object.entries(paths).map(([path, name]) => ({
        path,
        pathType,
        backend: { service: { name, port: { number: 80 } } },
      })),
    },
  };
}
