// Objects with defaults, read by the product's own parsers, and a snapshot of them.

import { parseService } from '../../api/core.ts';
import { allocationName, parseIPAllocation, parseLBNode, parseLoadBalancerIPPool } from '../../api/fairlead.ts';
import { parseGateway, parseGatewayClass } from '../../api/gateway.ts';
import { GATEWAY_CONTROLLER, INGRESS_CONTROLLER, LOAD_BALANCER_CLASS } from '../../api/identity.ts';
import { parseIngress, parseIngressClass } from '../../api/ingress.ts';
import type { KindName, ObjectOf } from '../../api/kinds.ts';
import { type ObjectKey, objectKey } from '../../api/meta.ts';
import { formatFieldErrors, type Parsed } from '../../api/parsed.ts';
import type { IpamSnapshot, RefusedObject } from '../../ipam/snapshot.ts';
import { type IpAddress, parseIpAddress } from '../../net/address.ts';

export const NOW = Date.parse('2026-11-21T12:00:00Z');

type Fields = Record<string, unknown>;

/** Metadata; `at` is the age in minutes after midnight. */
interface Meta {
  readonly at?: number;
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly [field: string]: unknown;
}

function metadata(kind: string, name: string, { at = 0, ...rest }: Meta): Fields {
  const creationTimestamp = new Date(Date.parse('2026-11-21T00:00:00Z') + at * 60_000)
    .toISOString()
    .replace('.000', '');
  return { name, uid: `uid-${kind}-${name}`, creationTimestamp, generation: 1, ...rest };
}

function valueOf<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(formatFieldErrors(parsed.errors));
  return parsed.value;
}

/** A Service of type LoadBalancer and of our class in namespace `shop`. */
export function service(name: string, spec: Fields = {}, meta: Meta & { status?: Fields } = {}): ObjectOf<'Service'> {
  const { status, ...rest } = meta;
  return valueOf(
    parseService({
      metadata: metadata('service', name, { namespace: 'shop', ...rest }),
      spec: { type: 'LoadBalancer', loadBalancerClass: LOAD_BALANCER_CLASS, ports: [{ port: 80 }], ...spec },
      status: status ?? {},
    }),
  );
}

/** The status of a Service that shows these addresses. */
export function showing(...ips: readonly string[]): Fields {
  return { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } };
}

/** A pool; blocks as `192.0.2.0/24`, `192.0.2.1-192.0.2.9` or `192.0.2.1`. */
export function pool(
  name: string,
  blocks: string | readonly string[],
  { spec = {}, ...meta }: Meta & { spec?: Fields } = {},
): ObjectOf<'LoadBalancerIPPool'> {
  const read = (text: string): Fields => {
    const [start, stop] = text.split('-');
    return text.includes('/') ? { cidr: text } : stop === undefined ? { start } : { start, stop };
  };
  return valueOf(
    parseLoadBalancerIPPool({
      metadata: metadata('pool', name, meta),
      spec: { blocks: [blocks].flat().map(read), ...spec },
    }),
  );
}

/** The IPAllocation by which a Service holds an address. */
export function allocation(
  text: string,
  owner: ObjectOf<'Service'>,
  {
    pool: poolName = 'main',
    source = 'auto',
    ...meta
  }: Meta & { pool?: string; source?: string; status?: Fields } = {},
): ObjectOf<'IPAllocation'> {
  const { status, ...rest } = meta;
  const { namespace, name, uid } = owner.metadata;
  const spec = { address: text, pool: poolName, owner: { kind: 'Service', namespace, name, uid }, source };
  return valueOf(
    parseIPAllocation({
      metadata: metadata('allocation', allocationName(address(text)), rest),
      spec,
      status: status ?? {},
    }),
  );
}

/** An LB node whose speaker wrote `secondsAgo`, announces these addresses and has `letGo` of those that are released. */
export function lbNode(
  name: string,
  announced: readonly string[],
  { secondsAgo = 1, letGo = [] }: { secondsAgo?: number; letGo?: readonly string[] } = {},
): ObjectOf<'LBNode'> {
  const heartbeatTime = new Date(NOW - secondsAgo * 1000).toISOString();
  return valueOf(
    parseLBNode({
      metadata: metadata('lbnode', name, {}),
      status: {
        heartbeatTime,
        announced: announced.map((text) => ({ address: text })),
        withheld: letGo.map((text) => ({ address: text, reason: 'Releasing', message: '' })),
      },
    }),
  );
}

export function gatewayClass(name: string, controllerName: string = GATEWAY_CONTROLLER): ObjectOf<'GatewayClass'> {
  return valueOf(parseGatewayClass({ metadata: metadata('gatewayclass', name, {}), spec: { controllerName } }));
}

/** A Gateway of class `fairlead` with an HTTP listener on port 80. */
export function gateway(name: string, spec: Fields = {}, meta: Meta & { status?: Fields } = {}): ObjectOf<'Gateway'> {
  const { status, ...rest } = meta;
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
  return valueOf(
    parseGateway({
      metadata: metadata('gateway', name, { namespace: 'shop', ...rest }),
      spec: { gatewayClassName: 'fairlead', listeners, ...spec },
      status: status ?? {},
    }),
  );
}

export function ingressClass(name: string, spec: Fields = {}, meta: Meta = {}): ObjectOf<'IngressClass'> {
  return valueOf(
    parseIngressClass({
      metadata: metadata('ingressclass', name, meta),
      spec: { controller: INGRESS_CONTROLLER, ...spec },
    }),
  );
}

export function ingress(name: string, spec: Fields = {}, meta: Meta = {}): ObjectOf<'Ingress'> {
  return valueOf(parseIngress({ metadata: metadata('ingress', name, { namespace: 'shop', ...meta }), spec }));
}

export function refused(kind: RefusedObject['kind'], name: string, message: string): RefusedObject {
  const reference = { apiVersion: 'v1', kind, namespace: undefined, name, uid: `uid-${kind}-${name}` };
  return { kind, key: name as ObjectKey, reference, resourceVersion: '1', message };
}

type AnyObject = ObjectOf<KindName>;

/** A snapshot of these objects, each in its place. */
export function snapshot(
  objects: readonly AnyObject[],
  rest: Partial<Pick<IpamSnapshot, 'now' | 'defaultClass' | 'refused'>> = {},
): IpamSnapshot {
  const of = <K extends KindName>(kind: K): readonly ObjectOf<K>[] =>
    objects.filter((object) => object.kind === kind) as readonly AnyObject[] as readonly ObjectOf<K>[];
  return {
    now: NOW,
    defaultClass: true,
    refused: [],
    services: of('Service'),
    gateways: of('Gateway'),
    gatewayClasses: of('GatewayClass'),
    ingresses: of('Ingress'),
    ingressClasses: of('IngressClass'),
    pools: of('LoadBalancerIPPool'),
    allocations: of('IPAllocation'),
    lbNodes: of('LBNode'),
    ...rest,
  };
}

export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

/** The key of something in namespace `shop`. */
export function inShop(name: string): ObjectKey {
  return objectKey('shop', name);
}
