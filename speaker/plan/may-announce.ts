// Whether the network shall send an address to this node.
import type { BGPAdvertisement } from '../../api/fairlead.ts';
import { selects } from '../../api/labels.ts';
import type { WithholdReason } from '../../api/reasons.ts';
import type { ServedAddress } from '../../api/serving-report.ts';
import { familyOf, type IpAddress } from '../../net/address.ts';
import type { SpeakerSnapshot } from '../snapshot.ts';
import { parseCommunity } from './communities.ts';
import { planPeers, usedPeers } from './peers.ts';
import type { Verdict } from './verdict.ts';

/** Phases in which a node has nothing to announce any more. */
const WITHDRAWN_PHASES: readonly string[] = ['Draining', 'Drained'];

/**
 * Open before announce: only what has an owner, is served here, is asked for by an advertisement and has a peer to hear
 * it is announced. The first obstacle on that list is the reason.
 */
export function mayAnnounce(address: IpAddress, snapshot: SpeakerSnapshot): Verdict {
  const withhold = (reason: WithholdReason, message: string): Verdict => ({
    kind: 'withhold',
    address,
    reason,
    message,
  });
  const allocation = snapshot.allocations.get(address);
  if (allocation === undefined) return withhold('NoAllocation', 'no IPAllocation exists for it');
  // Said in the LBNode before anything else, even by a draining node: ipam waits for it before it gives the address on.
  if (allocation.status.state === 'Releasing') return withhold('Releasing', 'nobody owns it any more');
  if (WITHDRAWN_PHASES.includes(snapshot.phase.name))
    return withhold('NodeDraining', `node ${snapshot.node} is ${snapshot.phase.name.toLowerCase()}`);
  const obstacle = servingObstacle(address, snapshot);
  if (obstacle !== undefined) return withhold(...obstacle);
  const advertisements = advertisementsFor(allocation.spec.pool, snapshot);
  if (advertisements.length === 0)
    return withhold('NoAdvertisement', `no BGPAdvertisement for this node covers pool ${allocation.spec.pool}`);
  const peers = peersOf(advertisements, snapshot);
  if (peers.length === 0) return withhold('NoPeer', 'this node has no usable BGPPeer that its advertisements name');
  if (!snapshot.nodeAddresses.some((own) => familyOf(own) === familyOf(address)))
    return withhold('NoNodeAddress', `this node has no ${familyOf(address)} address to be the next hop`);
  if (snapshot.routerId === undefined && !snapshot.nodeAddresses.some((own) => familyOf(own) === 'IPv4'))
    return withhold('NoNodeAddress', 'this node has no IPv4 address to be its BGP router id; give one by --router-id');
  if (snapshot.phase.name === 'Joining')
    return withhold('NodeJoining', 'the other nodes are getting ready to pass on what the router will move');
  const names = advertisements.map((advertisement) => advertisement.metadata.name);
  return { kind: 'announce', address, pool: allocation.spec.pool, advertisements: names, peers };
}

/** The sound advertisements that select this node and the pool, by name. */
export function advertisementsFor(pool: string, snapshot: SpeakerSnapshot): readonly BGPAdvertisement[] {
  return snapshot.advertisements.filter(
    ({ spec }) =>
      advertisementError(spec) === undefined &&
      (spec.pools.length === 0 || spec.pools.includes(pool)) &&
      (spec.nodeSelector === undefined || selects(spec.nodeSelector, snapshot.nodeLabels)),
  );
}

/**
 * What makes an advertisement unusable as a whole: without a community that it asks for, a route might travel further
 * than its owner wants.
 */
export function advertisementError(spec: BGPAdvertisement['spec']): string | undefined {
  const unknown = spec.communities.filter((text) => parseCommunity(text) === undefined);
  return unknown.length === 0 ? undefined : `spec.communities: ${unknown.join(', ')} is no community`;
}

/** What the proxy serves now; undefined when it serves nothing there or has fallen silent. */
export function servedAt(address: IpAddress, snapshot: SpeakerSnapshot): ServedAddress | undefined {
  if (snapshot.served.kind !== 'fresh') return undefined;
  return snapshot.served.report.addresses.find((served) => served.address === address);
}

function servingObstacle(address: IpAddress, snapshot: SpeakerSnapshot): [WithholdReason, string] | undefined {
  if (snapshot.served.kind === 'stale') return ['ReportStale', 'the proxy of this node has fallen silent'];
  if (snapshot.served.kind === 'absent') return ['NotServed', 'no proxy on this node has reported yet'];
  const served = servedAt(address, snapshot);
  if (served === undefined) return ['NotServed', 'the proxy of this node has no listener on it'];
  if (served.state === 'closing') return ['Closing', 'the proxy of this node is about to close its listeners'];
  return undefined;
}

/** Names of the peers of this node that the advertisements are for. */
function peersOf(advertisements: readonly BGPAdvertisement[], snapshot: SpeakerSnapshot): readonly string[] {
  const isForAll = advertisements.some(({ spec }) => spec.peers.length === 0);
  const named = new Set(advertisements.flatMap(({ spec }) => spec.peers));
  return usedPeers(planPeers(snapshot))
    .map(({ name }) => name)
    .filter((name) => isForAll || named.has(name));
}
