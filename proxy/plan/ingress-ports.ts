// The two ports that Ingresses are served on, and Gateways of the same address that speak something else there.
import type { IpAddress } from '../../net/address.ts';
import type { GatewayNode, IngressClassNode, ListenerNode } from './nodes.ts';
import type { Refusal } from './verdict.ts';

export const HTTP_PORT = 80;
export const HTTPS_PORT = 443;

/** Ports of the class's addresses on which its Ingresses have no place, because a Gateway speaks the other protocol. */
export function findBlockedPorts(
  { addresses }: Pick<IngressClassNode, 'addresses'>,
  gateways: readonly GatewayNode[],
): ReadonlyMap<number, Refusal> {
  const blocked = new Map<number, Refusal>();
  for (const gateway of gateways) {
    const shared = gateway.addresses.filter((address) => addresses.includes(address));
    if (shared.length === 0) continue;
    for (const listener of gateway.listeners.filter(standsInTheWay)) {
      blocked.set(listener.source.port, refusePort(gateway, listener, shared));
    }
  }
  return blocked;
}

function standsInTheWay({ isServed, protocol, source: { port } }: ListenerNode): boolean {
  return isServed && ((port === HTTP_PORT && protocol !== 'HTTP') || (port === HTTPS_PORT && protocol !== 'HTTPS'));
}

function refusePort(gateway: GatewayNode, { source }: ListenerNode, addresses: readonly IpAddress[]): Refusal {
  const place = `port ${source.port} of ${addresses.join(', ')}`;
  const message = `${place} carries ${source.protocol} for Gateway ${gateway.key}; Ingress rules are not served on it`;
  return { reason: 'ProtocolConflict', message };
}
