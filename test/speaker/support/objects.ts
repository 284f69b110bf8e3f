// Objects as manifests have them, with defaults: everything that a speaker's plans look at.

import { type Secret, secretSchema } from '../../../api/core.ts';
import {
  type BGPAdvertisement,
  type BGPPeer,
  bgpAdvertisementSchema,
  bgpPeerSchema,
  type IPAllocation,
  ipAllocationSchema,
  type LBNode,
  lbNodeSchema,
} from '../../../api/fairlead.ts';
import type { ServedAddress } from '../../../api/serving-report.ts';
import { type IpAddress, parseIpAddress } from '../../../net/address.ts';
import { NODE_ASN, ROUTER_ASN } from './frr.ts';

export function ip(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

export function allocation(address: string, { pool = 'public' } = {}): IPAllocation {
  const owner = { kind: 'Service', namespace: 'shop', name: 'web', uid: 'u1' };
  return ipAllocationSchema.parse({ metadata: { name: address.replaceAll(':', '-') }, spec: { address, pool, owner } });
}

export function bgpPeer(name: string, spec: object = {}): BGPPeer {
  const defaults = {
    localASN: NODE_ASN,
    peerASN: ROUTER_ASN,
    peerAddress: '10.10.0.1',
    holdTimeSeconds: 9,
    keepaliveSeconds: 3,
  };
  return bgpPeerSchema.parse({ metadata: { name }, spec: { ...defaults, ...spec } });
}

export function advertisement(name: string, spec: object = {}): BGPAdvertisement {
  return bgpAdvertisementSchema.parse({ metadata: { name }, spec });
}

export function lbNode(
  name: string,
  { spec = {}, status = {}, labels = {} }: { spec?: object; status?: object; labels?: Record<string, string> } = {},
): LBNode {
  return lbNodeSchema.parse({ metadata: { name, labels }, spec, status });
}

export function secret(key: string, data: Record<string, string>): Secret {
  const [namespace, name] = key.split('/');
  const encoded = Object.entries(data).map(([field, text]) => [field, Buffer.from(text).toString('base64')]);
  return secretSchema.parse({ metadata: { namespace, name }, data: Object.fromEntries(encoded) });
}

export function served(
  address: string,
  {
    state = 'serving',
    ports = [80],
  }: { readonly state?: ServedAddress['state']; readonly ports?: readonly number[] } = {},
): ServedAddress {
  return { address: ip(address), state, ports: ports.map((port) => ({ port, protocol: 'TCP' as const })) };
}
