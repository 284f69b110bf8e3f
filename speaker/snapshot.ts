// Everything that the speaker's plans may know, as one value.
import type { Secret } from '../api/core.ts';
import type { BGPAdvertisement, BGPPeer, IPAllocation, LBNode, NodePhase } from '../api/fairlead.ts';
import { keyOf, type ObjectKey } from '../api/meta.ts';
import type { IpAddress } from '../net/address.ts';
import type { Served } from './plan/served.ts';

/** How far this node is on its way into service or out of it. `since` in ms since the epoch. */
export interface PhaseState {
  readonly name: NodePhase;
  readonly since: number;
}

/** An address that is local to this node, with the TCP ports that are served on it. */
export interface HeldAddress {
  readonly address: IpAddress;
  readonly ports: readonly number[];
  /** No longer served: goes at this time (ms since the epoch), when no packet can still be on its way here. */
  readonly until: number | undefined;
}

/** The objects that matter, as the stores hold them. */
export interface SpeakerObjects {
  readonly allocations: readonly IPAllocation[];
  readonly peers: readonly BGPPeer[];
  readonly advertisements: readonly BGPAdvertisement[];
  readonly nodes: readonly LBNode[];
  readonly secrets: readonly Secret[];
}

/** What this node knows by itself. */
export interface SpeakerSite {
  readonly node: string;
  /** Addresses of this node in its network: next hops, and where second chances are sent. */
  readonly nodeAddresses: readonly IpAddress[];
  readonly routerId: IpAddress | undefined;
  readonly listenPort: number | undefined;
  readonly served: Served;
  readonly phase: PhaseState;
  /** Addresses whose routes the BGP engine holds; undefined while it is out of reach. */
  readonly announced: readonly IpAddress[] | undefined;
  readonly held: readonly HeldAddress[];
  readonly now: number;
}

export interface SpeakerSnapshot extends SpeakerSite {
  readonly allocations: ReadonlyMap<IpAddress, IPAllocation>;
  /** By name, ascending. */
  readonly peers: readonly BGPPeer[];
  /** By name, ascending. */
  readonly advertisements: readonly BGPAdvertisement[];
  readonly nodes: readonly LBNode[];
  readonly secrets: ReadonlyMap<ObjectKey, Secret>;
  /** Labels of this node's LBNode; none while that object does not exist. */
  readonly nodeLabels: Readonly<Record<string, string>>;
}

export function takeSpeakerSnapshot(objects: SpeakerObjects, site: SpeakerSite): SpeakerSnapshot {
  const self = objects.nodes.find((node) => node.metadata.name === site.node);
  return {
    ...site,
    allocations: new Map(objects.allocations.map((allocation) => [allocation.spec.address, allocation])),
    peers: objects.peers.toSorted(byName),
    advertisements: objects.advertisements.toSorted(byName),
    nodes: objects.nodes,
    secrets: new Map(objects.secrets.map((secret) => [keyOf(secret), secret])),
    nodeLabels: self?.metadata.labels ?? {},
  };
}

function byName(a: BGPPeer | BGPAdvertisement, b: BGPPeer | BGPAdvertisement): number {
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}
