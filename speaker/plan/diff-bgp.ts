import type { IpAddress } from '../../net/address.ts';
import type { BgpChange, BgpIdentity, BgpState, DesiredBgp, Peer, Route } from './bgp.ts';

/**
 * The changes that turn what the engine holds into what it shall hold, in the order in which they are safe: first what
 * takes traffic away, then routes, and sessions last, so that a fresh session starts with the complete set.
 */
export function diffBgp(observed: BgpState, desired: DesiredBgp): readonly BgpChange[] {
  if (desired.identity === undefined) return observed.identity === undefined ? [] : [{ kind: 'stop' }];
  if (observed.identity !== undefined && sameIdentity(observed.identity, desired.identity))
    return [...(observed.isFiltered ? [] : [{ kind: 'filter' as const }]), ...diffHoldings(observed, desired)];
  const start: readonly BgpChange[] = [{ kind: 'start', identity: desired.identity }, { kind: 'filter' }];
  const stop: readonly BgpChange[] = observed.identity === undefined ? [] : [{ kind: 'stop' }];
  return [...stop, ...start, ...diffHoldings({ routes: [], peers: [] }, desired)];
}

/** Whether a change only takes traffic away from this node: such changes wait for nothing. */
export function isRetreat(change: BgpChange): boolean {
  return change.kind === 'withdraw' || change.kind === 'remove-peer';
}

/** The state after the changes, as far as it is known without asking. */
export function stateAfter(observed: BgpState, desired: DesiredBgp): BgpState {
  return { ...desired, isFiltered: observed.isFiltered || desired.identity !== undefined };
}

type Holdings = Pick<BgpState, 'routes' | 'peers'>;

function diffHoldings(observed: Holdings, desired: Holdings): readonly BgpChange[] {
  return [...diffRoutes(observed.routes, desired.routes), ...diffPeers(observed.peers, desired.peers)];
}

/** Withdrawals first. A route that changed is announced again: that replaces it without a gap. */
export function diffRoutes(observed: readonly Route[], desired: readonly Route[]): readonly BgpChange[] {
  const have = new Map(observed.map((route) => [route.prefix, route]));
  const want = new Map(desired.map((route) => [route.prefix, route]));
  const gone = [...have.values()].filter(({ prefix }) => !want.has(prefix));
  const changed = [...want.values()].filter((route) => !sameRoute(have.get(route.prefix), route));
  return [
    ...gone.map((route) => ({ kind: 'withdraw' as const, route })),
    ...changed.map((route) => ({ kind: 'announce' as const, route })),
  ];
}

/** Removals first: a peer that moved to another port is one removed and one added. */
export function diffPeers(observed: readonly Peer[], desired: readonly Peer[]): readonly BgpChange[] {
  const have = new Map(observed.map((peer) => [peer.address, peer]));
  const want = new Map(desired.map((peer) => [peer.address, peer]));
  const mustGo = ({ address, port }: Peer): boolean => want.get(address)?.port !== port;
  const stays = (address: IpAddress): Peer | undefined => {
    const peer = have.get(address);
    return peer === undefined || mustGo(peer) ? undefined : peer;
  };
  return [
    ...[...have.values()].filter(mustGo).map(({ address }) => ({ kind: 'remove-peer' as const, address })),
    ...[...want.values()].flatMap((peer): readonly BgpChange[] => {
      const before = stays(peer.address);
      if (before === undefined) return [{ kind: 'add-peer', peer }];
      return samePeer(before, peer) ? [] : [{ kind: 'update-peer', peer }];
    }),
  ];
}

function sameIdentity(a: BgpIdentity, b: BgpIdentity): boolean {
  return a.asn === b.asn && a.routerId === b.routerId && a.listenPort === b.listenPort;
}

function sameRoute(a: Route | undefined, b: Route): boolean {
  return (
    a !== undefined &&
    a.nextHop === b.nextHop &&
    a.localPreference === b.localPreference &&
    sameSet(a.communities, b.communities) &&
    sameSet(a.hiddenFrom, b.hiddenFrom)
  );
}

/** An engine may show the source address that the kernel chose: only one that was asked for is compared. */
function samePeer(observed: Peer, desired: Peer): boolean {
  return (
    observed.peerAsn === desired.peerAsn &&
    observed.localAsn === desired.localAsn &&
    observed.password === desired.password &&
    observed.holdTimeSeconds === desired.holdTimeSeconds &&
    observed.keepaliveSeconds === desired.keepaliveSeconds &&
    observed.connectRetrySeconds === desired.connectRetrySeconds &&
    observed.multihopTtl === desired.multihopTtl &&
    (desired.sourceAddress === undefined || observed.sourceAddress === desired.sourceAddress)
  );
}

function sameSet<T>(a: readonly T[], b: readonly T[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((each) => set.has(each));
}
