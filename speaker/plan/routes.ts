import { familyOf, hostPrefix, type IpAddress } from '../../net/address.ts';
import type { SpeakerSnapshot } from '../snapshot.ts';
import type { BgpIdentity, BgpState, DesiredBgp, Route } from './bgp.ts';
import { parseCommunity } from './communities.ts';
import { advertisementsFor, mayAnnounce } from './may-announce.ts';
import { planPeers, usedPeers } from './peers.ts';
import type { Announce, Verdict } from './verdict.ts';

/** One verdict for every address that is allocated or served here, by address. */
export function planVerdicts(snapshot: SpeakerSnapshot): readonly Verdict[] {
  const served = snapshot.served.kind === 'fresh' ? snapshot.served.report.addresses : [];
  const addresses = new Set([...snapshot.allocations.keys(), ...served.map(({ address }) => address)]);
  return [...addresses].toSorted().map((address) => mayAnnounce(address, snapshot));
}

/** One host route for every address that may be announced. */
export function planRoutes(snapshot: SpeakerSnapshot, verdicts: readonly Verdict[]): readonly Route[] {
  return verdicts.flatMap((verdict) => (verdict.kind === 'announce' ? (routeOf(verdict, snapshot) ?? []) : []));
}

/**
 * All that the BGP engine shall hold. The engine's own AS number stays as it is while any peer still uses it, and its
 * router id while it is an address of this node, because changing either closes every session; peers with another AS
 * number get theirs as an exception.
 */
export function planBgp(
  snapshot: SpeakerSnapshot,
  verdicts: readonly Verdict[],
  current: BgpIdentity | undefined,
): DesiredBgp {
  const peers = usedPeers(planPeers(snapshot)).map(({ peer }) => peer);
  const routerId = chooseRouterId(snapshot, current);
  const asn = peers.some((peer) => peer.localAsn === current?.asn) ? current?.asn : peers[0]?.localAsn;
  if (asn === undefined || routerId === undefined) return { identity: undefined, routes: [], peers: [] };
  return {
    identity: { asn, routerId, listenPort: snapshot.listenPort },
    routes: planRoutes(snapshot, verdicts),
    peers,
  };
}

function chooseRouterId(snapshot: SpeakerSnapshot, current: BgpIdentity | undefined): IpAddress | undefined {
  if (snapshot.routerId !== undefined) return snapshot.routerId;
  return snapshot.nodeAddresses.find((own) => own === current?.routerId) ?? nodeAddressOf('IPv4', snapshot);
}

/**
 * What the engine shall hold while the API server has not told yet what there is: what it held when the speaker started
 * (`lastGood`), less what is not served here now. So a restart without API server neither announces nor loses anything
 * by mistake.
 */
export function planBgpBlindly(snapshot: SpeakerSnapshot, lastGood: BgpState): DesiredBgp {
  const isServed = ({ prefix }: Route): boolean =>
    snapshot.served.kind === 'fresh' &&
    snapshot.served.report.addresses.some(
      ({ address, state }) => state === 'serving' && hostPrefix(address) === prefix,
    );
  return { ...lastGood, routes: lastGood.routes.filter(isServed) };
}

/** Two advertisements for one address: all their communities, and the highest of their preferences. */
function routeOf(verdict: Announce, snapshot: SpeakerSnapshot): Route | undefined {
  const nextHop = nodeAddressOf(familyOf(verdict.address), snapshot);
  if (nextHop === undefined) return undefined;
  const specs = advertisementsFor(verdict.pool, snapshot).map(({ spec }) => spec);
  const communities = specs.flatMap((spec) => spec.communities.flatMap((text) => parseCommunity(text) ?? []));
  const preferences = specs.flatMap(({ localPreference }) => localPreference ?? []);
  return {
    prefix: hostPrefix(verdict.address),
    nextHop,
    communities: [...new Set(communities)].toSorted((a, b) => a - b),
    localPreference: preferences.length === 0 ? undefined : Math.max(...preferences),
    hiddenFrom: hiddenFrom(verdict, snapshot),
  };
}

function hiddenFrom(verdict: Announce, snapshot: SpeakerSnapshot): readonly IpAddress[] {
  return usedPeers(planPeers(snapshot))
    .filter(({ name }) => !verdict.peers.includes(name))
    .map(({ peer }) => peer.address)
    .toSorted();
}

function nodeAddressOf(family: 'IPv4' | 'IPv6', snapshot: SpeakerSnapshot): IpAddress | undefined {
  return snapshot.nodeAddresses.find((address) => familyOf(address) === family);
}
