import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hostPrefix } from '../../../net/address.ts';
import type { BgpChange, BgpState, Peer, Route } from '../../../speaker/plan/bgp.ts';
import { parseCommunity } from '../../../speaker/plan/communities.ts';
import { diffBgp, diffPeers, diffRoutes, isRetreat } from '../../../speaker/plan/diff-bgp.ts';
import { planPeers, usedPeers } from '../../../speaker/plan/peers.ts';
import { planBgp, planBgpBlindly, planVerdicts } from '../../../speaker/plan/routes.ts';
import type { SpeakerSnapshot } from '../../../speaker/snapshot.ts';
import { advertisement, allocation, bgpPeer, ip, reporting, secret, served, snapshotOf } from '../support/objects.ts';

const plan = (snapshot: SpeakerSnapshot) => planBgp(snapshot, planVerdicts(snapshot), undefined);
const prefixes = ({ routes }: { readonly routes: readonly Route[] }): readonly string[] =>
  routes.map(({ prefix }) => prefix);

describe('planBgp', () => {
  test('an announced address is a host route with the next hop of its family', () => {
    const allocations = [allocation('203.0.113.10'), allocation('2001:db8::10')];
    const report = reporting([served('203.0.113.10'), served('2001:db8::10')]);
    expect(plan(snapshotOf({ allocations, served: report })).routes).toMatchObject([
      { prefix: '2001:db8::10/128', nextHop: 'fd10::11' },
      { prefix: '203.0.113.10/32', nextHop: '10.10.0.11' },
    ]);
  });

  test('two advertisements: the union of their communities, the highest preference', () => {
    const advertisements = [
      advertisement('a', { communities: ['65000:2', 'no-export'], localPreference: 100 }),
      advertisement('b', { communities: ['65000:1', '65000:2'], localPreference: 300 }),
    ];
    expect(plan(snapshotOf({ advertisements })).routes).toMatchObject([
      { communities: [65000 * 65536 + 1, 65000 * 65536 + 2, 0xffff_ff01], localPreference: 300 },
    ]);
  });

  test('a route is hidden from the peers that its advertisements do not name', () => {
    const peers = [bgpPeer('a'), bgpPeer('b', { peerAddress: '10.10.0.2' })];
    const advertisements = [advertisement('x', { peers: ['a'] })];
    expect(plan(snapshotOf({ peers, advertisements })).routes).toMatchObject([{ hiddenFrom: ['10.10.0.2'] }]);
    const both = [...advertisements, advertisement('y')];
    expect(plan(snapshotOf({ peers, advertisements: both })).routes).toMatchObject([{ hiddenFrom: [] }]);
  });

  test('without a peer there is nothing to run', () => {
    expect(plan(snapshotOf({ peers: [] }))).toEqual({ identity: undefined, routes: [], peers: [] });
  });

  test('the router id is the setting, or else the IPv4 address of the node; without either there is no BGP', () => {
    expect(plan(snapshotOf({ routerId: ip('1.1.1.1') })).identity?.routerId).toBe('1.1.1.1');
    expect(plan(snapshotOf()).identity?.routerId).toBe('10.10.0.11');
    expect(plan(snapshotOf({ nodeAddresses: [ip('fd10::11')] })).identity).toBeUndefined();
  });

  test('the router id stays while it is an address of the node: another one would close every session', () => {
    const snapshot = snapshotOf({ nodeAddresses: [ip('10.9.0.11'), ip('10.10.0.11')] });
    const current = { asn: 64511, routerId: ip('10.10.0.11'), listenPort: 179 };
    expect(planBgp(snapshot, [], current).identity?.routerId).toBe('10.10.0.11');
    expect(planBgp(snapshot, [], { ...current, routerId: ip('10.10.0.99') }).identity?.routerId).toBe('10.9.0.11');
    expect(planBgp({ ...snapshot, routerId: ip('1.1.1.1') }, [], current).identity?.routerId).toBe('1.1.1.1');
  });

  test("the engine's own AS number stays while a peer still uses it", () => {
    const peers = [bgpPeer('a', { localASN: 65001, peerAddress: '10.10.0.2' }), bgpPeer('b')];
    const snapshot = snapshotOf({ peers });
    const current = { asn: 64511, routerId: ip('10.10.0.11'), listenPort: 179 };
    expect(planBgp(snapshot, [], current).identity?.asn).toBe(64511);
    expect(planBgp(snapshot, [], undefined).identity?.asn).toBe(65001);
  });

  test('without an API server, what was announced stays exactly as long as it is served', () => {
    const lastGood: BgpState = {
      identity: undefined,
      isFiltered: true,
      routes: [route('203.0.113.10'), route('203.0.113.11')],
      peers: [],
    };
    expect(prefixes(planBgpBlindly(snapshotOf(), lastGood))).toEqual(['203.0.113.10/32']);
    expect(prefixes(planBgpBlindly(snapshotOf({ served: { kind: 'stale' } }), lastGood))).toEqual([]);
  });
});

describe('planPeers', () => {
  const withPassword = bgpPeer('tor', { passwordSecretRef: { namespace: 'fairlead-system', name: 'bgp' } });

  test.each([
    { name: 'a missing Secret', peers: [withPassword], secrets: [], expected: 'SecretMissing' },
    {
      name: 'a Secret without password',
      peers: [withPassword],
      secrets: [secret('fairlead-system/bgp', {})],
      expected: 'SecretUnusable',
    },
    {
      name: 'a password too long for TCP MD5',
      peers: [withPassword],
      secrets: [secret('fairlead-system/bgp', { password: 'x'.repeat(81) })],
      expected: 'SecretUnusable',
    },
    {
      name: 'a Secret of another namespace',
      peers: [bgpPeer('tor', { passwordSecretRef: { namespace: 'shop', name: 'bgp' } })],
      secrets: [secret('shop/bgp', { password: 'x' })],
      expected: 'SecretMissing',
    },
    {
      name: 'other nodes',
      peers: [bgpPeer('tor', { nodeSelector: { matchLabels: { a: 'b' } } })],
      secrets: [],
      expected: 'OtherNodes',
    },
  ])('$name: no session', ({ peers, secrets, expected }) => {
    expect(planPeers(snapshotOf({ peers, secrets }))).toMatchObject([{ kind: 'refuse', reason: expected }]);
  });

  test('of two peers with one address the first by name has the session', () => {
    expect(planPeers(snapshotOf({ peers: [bgpPeer('b'), bgpPeer('a')] }))).toMatchObject([
      { kind: 'use', name: 'a' },
      { kind: 'refuse', name: 'b', reason: 'DuplicateAddress' },
    ]);
  });

  test('the password is read without the line end that editors leave', () => {
    const secrets = [secret('fairlead-system/bgp', { password: 'sesame\n' })];
    expect(usedPeers(planPeers(snapshotOf({ peers: [withPassword], secrets })))[0]?.peer.password).toBe('sesame');
  });
});

describe('parseCommunity', () => {
  test.each([
    ['65000:100', 65000 * 65536 + 100],
    ['0:0', 0],
    ['No_Export', 0xffff_ff01],
    ['65536:1', undefined],
    ['1:65536', undefined],
    ['01:1', undefined],
    ['1:1:1', undefined],
    ['', undefined],
  ])('%p is %p', (given, expected) => expect(parseCommunity(given)).toBe(expected));
});

describe('diffs', () => {
  const address = fc.integer({ min: 1, max: 6 }).map((host) => ip(`10.0.0.${host}`));
  const routes = fc.uniqueArray(
    fc.record({
      prefix: address.map(hostPrefix),
      nextHop: address,
      communities: fc.uniqueArray(fc.integer({ min: 0, max: 3 })),
      localPreference: fc.constantFrom(undefined, 100),
      hiddenFrom: fc.uniqueArray(address, { maxLength: 2 }),
    }),
    { selector: (each) => each.prefix },
  );
  const peers = fc.uniqueArray(
    fc
      .record({ address, port: fc.constantFrom(179, 1790), password: fc.constantFrom(undefined, 'a', 'b') })
      .map((each): Peer => ({ ...peer, ...each })),
    { selector: (each) => each.address },
  );
  const byKey = <T>(list: readonly T[], key: (each: T) => string): readonly T[] =>
    list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));

  test('the changes turn any set of routes into any other, and equal sets need none', () => {
    fc.assert(
      fc.property(routes, routes, (observed, desired) => {
        const after = new Map<string, Route>(observed.map((each) => [each.prefix, each]));
        for (const change of diffRoutes(observed, desired)) {
          if (change.kind === 'withdraw') after.delete(change.route.prefix);
          else if (change.kind === 'announce') after.set(change.route.prefix, change.route);
        }
        expect(diffRoutes([...after.values()], desired)).toEqual([]);
        expect([...after.keys()].toSorted()).toEqual(desired.map(({ prefix }) => prefix).toSorted());
        expect(diffRoutes(desired, desired.toReversed())).toEqual([]);
      }),
    );
  });

  test('the changes turn any set of peers into any other, and equal sets need none', () => {
    fc.assert(
      fc.property(peers, peers, (observed, desired) => {
        const after = new Map(observed.map((each) => [each.address, each]));
        for (const change of diffPeers(observed, desired)) applyPeerChange(after, change);
        expect(byKey([...after.values()], (each) => each.address)).toEqual(byKey(desired, (each) => each.address));
      }),
    );
  });

  test('taking away comes before giving, and sessions come last', () => {
    const observed: BgpState = { identity, isFiltered: true, routes: [route('10.0.0.1')], peers: [peer] };
    const desired = { identity, routes: [route('10.0.0.2')], peers: [{ ...peer, address: ip('10.0.0.9') }] };
    const changes = diffBgp(observed, desired);
    expect(changes.map(({ kind }) => kind)).toEqual(['withdraw', 'announce', 'remove-peer', 'add-peer']);
    expect(changes.filter(isRetreat).map(({ kind }) => kind)).toEqual(['withdraw', 'remove-peer']);
  });

  test('an engine that forgot everything is started, filled, and only then opens sessions', () => {
    const empty: BgpState = { identity: undefined, isFiltered: false, routes: [], peers: [] };
    const desired = { identity, routes: [route('10.0.0.2')], peers: [peer] };
    expect(diffBgp(empty, desired).map(({ kind }) => kind)).toEqual(['start', 'filter', 'announce', 'add-peer']);
  });

  test('another AS number is a new start with everything in it', () => {
    const observed: BgpState = {
      identity: { ...identity, asn: 1 },
      isFiltered: true,
      routes: [route('10.0.0.2')],
      peers: [peer],
    };
    const desired = { identity, routes: [route('10.0.0.2')], peers: [peer] };
    expect(diffBgp(observed, desired).map(({ kind }) => kind)).toEqual([
      'stop',
      'start',
      'filter',
      'announce',
      'add-peer',
    ]);
  });

  test('the source address that the kernel chose is no difference, one that was asked for is', () => {
    const observed = { ...peer, sourceAddress: ip('10.10.0.11') };
    expect(diffPeers([observed], [peer])).toEqual([]);
    expect(diffPeers([observed], [{ ...peer, sourceAddress: ip('10.10.0.12') }])).toMatchObject([
      { kind: 'update-peer' },
    ]);
  });
});

const identity = { asn: 64511, routerId: ip('10.10.0.11'), listenPort: 179 };
const peer: Peer = {
  address: ip('10.10.0.1'),
  port: 179,
  peerAsn: 64500,
  localAsn: 64511,
  sourceAddress: undefined,
  password: undefined,
  holdTimeSeconds: 9,
  keepaliveSeconds: 3,
  connectRetrySeconds: 5,
  multihopTtl: undefined,
};

function route(address: string): Route {
  return {
    prefix: hostPrefix(ip(address)),
    nextHop: ip('10.10.0.11'),
    communities: [],
    localPreference: undefined,
    hiddenFrom: [],
  };
}

function applyPeerChange(peers: Map<string, Peer>, change: BgpChange): void {
  if (change.kind === 'remove-peer') peers.delete(change.address);
  if (change.kind === 'add-peer') {
    expect(peers.has(change.peer.address)).toBe(false);
    peers.set(change.peer.address, change.peer);
  }
  if (change.kind === 'update-peer') {
    expect(peers.has(change.peer.address)).toBe(true);
    peers.set(change.peer.address, change.peer);
  }
}
