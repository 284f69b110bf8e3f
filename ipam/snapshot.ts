// What ipam knows when it plans: one picture of the world, never changed.
import type { KindName, ObjectOf } from '../api/kinds.ts';
import type { ObjectKey, ObjectReference } from '../api/meta.ts';

/** The kinds that ipam watches. */
export const IPAM_KINDS = [
  'Service',
  'Gateway',
  'GatewayClass',
  'Ingress',
  'IngressClass',
  'LoadBalancerIPPool',
  'IPAllocation',
  'LBNode',
] as const satisfies readonly KindName[];
export type IpamKind = (typeof IPAM_KINDS)[number];

/** An object that is there but does not parse. Nothing is known of it but who it is and what is wrong. */
export interface RefusedObject {
  readonly kind: IpamKind;
  readonly key: ObjectKey;
  readonly reference: ObjectReference;
  readonly resourceVersion: string;
  readonly message: string;
}

export interface IpamSnapshot {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether Services without a loadBalancerClass are ours. */
  readonly defaultClass: boolean;
  readonly services: readonly ObjectOf<'Service'>[];
  readonly gateways: readonly ObjectOf<'Gateway'>[];
  readonly gatewayClasses: readonly ObjectOf<'GatewayClass'>[];
  readonly ingresses: readonly ObjectOf<'Ingress'>[];
  readonly ingressClasses: readonly ObjectOf<'IngressClass'>[];
  readonly pools: readonly ObjectOf<'LoadBalancerIPPool'>[];
  readonly allocations: readonly ObjectOf<'IPAllocation'>[];
  readonly lbNodes: readonly ObjectOf<'LBNode'>[];
  readonly refused: readonly RefusedObject[];
}

/** The watched objects, as far as a snapshot needs them. */
export interface IpamWorld {
  list<K extends IpamKind>(kind: K): readonly ObjectOf<K>[];
  refused(): readonly RefusedObject[];
}

/** Takes the picture. `now` in milliseconds since the epoch. */
export function takeIpamSnapshot(
  world: IpamWorld,
  { now, defaultClass }: Pick<IpamSnapshot, 'now' | 'defaultClass'>,
): IpamSnapshot {
  return {
    now,
    defaultClass,
    services: world.list('Service'),
    gateways: world.list('Gateway'),
    gatewayClasses: world.list('GatewayClass'),
    ingresses: world.list('Ingress'),
    ingressClasses: world.list('IngressClass'),
    pools: world.list('LoadBalancerIPPool'),
    allocations: world.list('IPAllocation'),
    lbNodes: world.list('LBNode'),
    refused: world.refused(),
  };
}
