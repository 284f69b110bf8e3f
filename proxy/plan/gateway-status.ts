// Gateways and their listeners: what was accepted, and what of it can be reached.
import type { DesiredCondition, ObjectKey } from '../../api/meta.ts';
import { parseIpAddress } from '../../net/address.ts';
import { GATEWAY_GROUP } from './attach-gateways.ts';
import { findTlsOverlap } from './listener-conflicts.ts';
import { type SocketKey, socketKey } from './listeners.ts';
import type { GatewayNode, Graph, ListenerNode } from './nodes.ts';
import type { SocketState } from './serving.ts';
import { conditionOf, doesHold, fails, holds, type Verdict } from './verdict.ts';

/** `addresses` is ipam's and not here. */
export interface GatewayStatus {
  readonly conditions: readonly DesiredCondition[];
  readonly listeners: readonly {
    readonly name: string;
    readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
    readonly attachedRoutes: number;
    readonly conditions: readonly DesiredCondition[];
  }[];
}

type SocketsByKey = ReadonlyMap<SocketKey, SocketState>;

/** The status of every Gateway of the graph. */
export function gatewayStatus(
  graph: Graph,
  sockets: readonly SocketState[],
): readonly { readonly key: ObjectKey; readonly status: GatewayStatus }[] {
  const byKey = new Map(sockets.map((state) => [socketKey(state.socket), state]));
  return graph.gateways.map((gateway) => ({ key: gateway.key, status: statusOf(gateway, graph, byKey) }));
}

function statusOf(gateway: GatewayNode, graph: Graph, sockets: SocketsByKey): GatewayStatus {
  const { generation } = gateway.source.metadata;
  const verdicts = [...gateway.verdicts, judgeGateway(gateway, sockets)];
  return {
    conditions: verdicts.map((verdict) => conditionOf(verdict, generation)),
    listeners: gateway.listeners.map((listener) => ({
      name: listener.source.name,
      supportedKinds: listener.routeKinds.map((kind) => ({ group: GATEWAY_GROUP, kind })),
      attachedRoutes: graph.attachments.get(listener.name)?.length ?? 0,
      conditions: listenerVerdicts(gateway, listener, sockets).map((verdict) => conditionOf(verdict, generation)),
    })),
  };
}

function judgeGateway(gateway: GatewayNode, sockets: SocketsByKey): Verdict {
  if (!doesHold(gateway.verdicts, 'Accepted')) {
    return fails('Programmed', { reason: 'Invalid', message: 'the Gateway is not accepted' });
  }
  if (gateway.addresses.length === 0) {
    return fails('Programmed', { reason: 'AddressNotAssigned', message: 'no address has been assigned yet' });
  }
  const missing = missingAddress(gateway);
  if (missing !== undefined) {
    const message = `the requested address ${missing} cannot be used`;
    return fails('Programmed', { reason: 'AddressNotUsable', message });
  }
  const served = gateway.listeners.filter(({ isServed }) => isServed);
  if (served.length === 0) return fails('Programmed', { reason: 'Invalid', message: 'no listener can be served' });
  const obstacles = served.flatMap((listener) => obstaclesOf(gateway, listener, sockets));
  const [first] = obstacles;
  if (first === undefined) return holds('Programmed', `served on ${gateway.addresses.join(', ')}`);
  const reason = obstacles.some(({ isFailure }) => isFailure) ? 'NoResources' : 'Pending';
  return fails('Programmed', { reason, message: messageOf(obstacles) });
}

function missingAddress({ source, addresses }: GatewayNode): string | undefined {
  const assigned = new Set<string | undefined>(addresses);
  const requested = source.spec.addresses.map(({ value }) => value).filter((value) => value !== '');
  return requested.find((value) => !assigned.has(parseIpAddress(value)));
}

function listenerVerdicts(gateway: GatewayNode, listener: ListenerNode, sockets: SocketsByKey): readonly Verdict[] {
  const overlap = listener.protocol === 'HTTPS' ? findTlsOverlap(listener, gateway.listeners) : undefined;
  const overlapping: readonly Verdict[] =
    overlap === undefined ? [] : [{ type: 'OverlappingTLSConfig', holds: true, ...overlap }];
  return [...listener.verdicts, judgeListener(gateway, listener, sockets), ...overlapping];
}

function judgeListener(gateway: GatewayNode, listener: ListenerNode, sockets: SocketsByKey): Verdict {
  if (!listener.isServed) {
    const conflict = listener.verdicts.find(({ type, holds: isSo }) => type === 'Conflicted' && isSo);
    const reason = conflict?.reason ?? 'Invalid';
    return fails('Programmed', { reason, message: whyNotServed(gateway, listener) });
  }
  if (gateway.addresses.length === 0) {
    return fails('Programmed', { reason: 'Pending', message: 'the Gateway has no address yet' });
  }
  const obstacles = obstaclesOf(gateway, listener, sockets);
  if (obstacles.length === 0) return holds('Programmed', 'connections are taken');
  return fails('Programmed', { reason: 'Pending', message: messageOf(obstacles) });
}

/** Why a listener has no socket, in words: the first of its verdicts that says so, else the Gateway's. */
export function whyNotServed(gateway: GatewayNode, listener: ListenerNode): string {
  const amiss = [...listener.verdicts, ...gateway.verdicts].find(
    ({ type, holds: isSo }) => (type === 'Accepted' || type === 'ResolvedRefs') && !isSo,
  );
  return amiss?.message ?? 'the listener cannot be served';
}

interface Obstacle {
  readonly isFailure: boolean;
  readonly message: string;
}

function obstaclesOf(gateway: GatewayNode, listener: ListenerNode, sockets: SocketsByKey): readonly Obstacle[] {
  const { port } = listener.source;
  return gateway.addresses.flatMap((address): readonly Obstacle[] => {
    const state = sockets.get(socketKey({ address, port }));
    if (state === undefined) return [{ isFailure: false, message: `port ${port} of ${address} is being opened` }];
    if (state.kind === 'open') return [];
    return [{ isFailure: true, message: `port ${port} of ${address} cannot be opened: ${state.reason}` }];
  });
}

function messageOf(obstacles: readonly Obstacle[]): string {
  return [...new Set(obstacles.map(({ message }) => message))].join('; ');
}
