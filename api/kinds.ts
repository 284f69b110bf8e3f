// Every kind that Fairlead reads, as one row: the list-watch, the status writer and the CLI work from these.
import { parseEndpointSlice, parseNamespace, parseSecret, parseService } from './core.ts';
import {
  parseBGPAdvertisement,
  parseBGPPeer,
  parseIPAllocation,
  parseLBNode,
  parseLoadBalancerIPPool,
} from './fairlead.ts';
import { parseGateway, parseGatewayClass, parseHttpRoute, parseReferenceGrant } from './gateway.ts';
import { API_VERSION } from './identity.ts';
import { parseIngress, parseIngressClass } from './ingress.ts';
import type { KubeObject } from './meta.ts';
import type { Parsed } from './parsed.ts';

export interface KindRow<T extends KubeObject = KubeObject> {
  readonly kind: string;
  /** `v1` or `group/version`. */
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly parse: (input: unknown) => Parsed<T>;
}

function row<T extends KubeObject>(kind: KindRow<T>): KindRow<T> {
  return kind;
}

const GATEWAY_V1 = 'gateway.networking.k8s.io/v1';
const NETWORKING_V1 = 'networking.k8s.io/v1';

export const KINDS = {
  Service: row({ kind: 'Service', apiVersion: 'v1', plural: 'services', namespaced: true, parse: parseService }),
  EndpointSlice: row({
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    plural: 'endpointslices',
    namespaced: true,
    parse: parseEndpointSlice,
  }),
  Secret: row({ kind: 'Secret', apiVersion: 'v1', plural: 'secrets', namespaced: true, parse: parseSecret }),
  Namespace: row({
    kind: 'Namespace',
    apiVersion: 'v1',
    plural: 'namespaces',
    namespaced: false,
    parse: parseNamespace,
  }),
  GatewayClass: row({
    kind: 'GatewayClass',
    apiVersion: GATEWAY_V1,
    plural: 'gatewayclasses',
    namespaced: false,
    parse: parseGatewayClass,
  }),
  Gateway: row({ kind: 'Gateway', apiVersion: GATEWAY_V1, plural: 'gateways', namespaced: true, parse: parseGateway }),
  HTTPRoute: row({
    kind: 'HTTPRoute',
    apiVersion: GATEWAY_V1,
    plural: 'httproutes',
    namespaced: true,
    parse: parseHttpRoute,
  }),
  ReferenceGrant: row({
    kind: 'ReferenceGrant',
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    plural: 'referencegrants',
    namespaced: true,
    parse: parseReferenceGrant,
  }),
  Ingress: row({
    kind: 'Ingress',
    apiVersion: NETWORKING_V1,
    plural: 'ingresses',
    namespaced: true,
    parse: parseIngress,
  }),
  IngressClass: row({
    kind: 'IngressClass',
    apiVersion: NETWORKING_V1,
    plural: 'ingressclasses',
    namespaced: false,
    parse: parseIngressClass,
  }),
  LoadBalancerIPPool: row({
    kind: 'LoadBalancerIPPool',
    apiVersion: API_VERSION,
    plural: 'loadbalancerippools',
    namespaced: false,
    parse: parseLoadBalancerIPPool,
  }),
  IPAllocation: row({
    kind: 'IPAllocation',
    apiVersion: API_VERSION,
    plural: 'ipallocations',
    namespaced: false,
    parse: parseIPAllocation,
  }),
  BGPPeer: row({
    kind: 'BGPPeer',
    apiVersion: API_VERSION,
    plural: 'bgppeers',
    namespaced: false,
    parse: parseBGPPeer,
  }),
  BGPAdvertisement: row({
    kind: 'BGPAdvertisement',
    apiVersion: API_VERSION,
    plural: 'bgpadvertisements',
    namespaced: false,
    parse: parseBGPAdvertisement,
  }),
  LBNode: row({ kind: 'LBNode', apiVersion: API_VERSION, plural: 'lbnodes', namespaced: false, parse: parseLBNode }),
} as const;

export type KindName = keyof typeof KINDS;
/** The object type of a kind: `ObjectOf<'Gateway'>`. */
export type ObjectOf<K extends KindName> = (typeof KINDS)[K] extends KindRow<infer T> ? T : never;
