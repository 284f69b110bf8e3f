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
import type { Served } from '../../../speaker/plan/served.ts';
import {
  type SpeakerObjects,
  type SpeakerSite,
  type SpeakerSnapshot,
  takeSpeakerSnapshot,
} from '../../../speaker/snapshot.ts';
import { NODE_ASN, ROUTER_ASN } from './frr.ts';

export function ip(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

export function allocation(address: string, { pool = 'public', state = 'Bound' } = {}): IPAllocation {
  const owner = { kind: 'Service', namespace: 'shop', name: 'web', uid: 'u1' };
  const metadata = { name: address.replaceAll(':', '-') };
  return ipAllocationSchema.parse({ metadata, spec: { address, pool, owner }, status: { state } });
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

export const NOW = Date.parse('2026-11-21T00:00:00Z');
/** A heartbeat of this moment. */
export const HEARTBEAT = new Date(NOW).toISOString();

/** Everything in place for lb1 to announce 203.0.113.10; `overrides` change the objects and the site. */
export function snapshotOf(overrides: Partial<SpeakerObjects & SpeakerSite> = {}): SpeakerSnapshot {
  const {
    allocations = [allocation('203.0.113.10')],
    peers = [bgpPeer('tor')],
    advertisements = [advertisement('all')],
    nodes = [lbNode('lb1')],
    secrets = [],
    ...site
  } = overrides;
  return takeSpeakerSnapshot(
    { allocations, peers, advertisements, nodes, secrets },
    {
      node: 'lb1',
      nodeAddresses: [ip('10.10.0.11'), ip('fd10::11')],
      routerId: undefined,
      listenPort: 179,
      served: reporting([served('203.0.113.10')]),
      phase: { name: 'Serving', since: NOW },
      announced: [ip('203.0.113.10')],
      held: [],
      now: NOW,
      ...site,
    },
  );
}

export function reporting(addresses: readonly ServedAddress[], { connections = 0 } = {}): Served {
  return {
    kind: 'fresh',
    report: { type: 'report', node: 'lb1', sequence: 1, addresses: [...addresses], connections },
  };
}
