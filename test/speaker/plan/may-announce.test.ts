import { describe, expect, test } from '@jest/globals';
import { WITHHOLD_REASONS } from '../../../api/reasons.ts';
import { explainAddress, explainVerdict } from '../../../speaker/plan/explain.ts';
import { mayAnnounce } from '../../../speaker/plan/may-announce.ts';
import { planVerdicts } from '../../../speaker/plan/routes.ts';
import {
  advertisement,
  allocation,
  bgpPeer,
  HEARTBEAT,
  ip,
  lbNode,
  NOW,
  reporting,
  served,
  snapshotOf,
} from '../support/objects.ts';

const VIP = ip('203.0.113.10');
const onlyGold = { matchLabels: { tier: 'gold' } };

const withheld = [
  { name: 'an address that nobody was given', given: { allocations: [] }, expected: 'NoAllocation' },
  {
    name: 'an address that its owner gave back, also on a draining node',
    given: { allocations: [allocation(VIP, { state: 'Releasing' })], phase: { name: 'Draining', since: NOW } },
    expected: 'Releasing',
  },
  { name: 'an address without a listener', given: { served: reporting([]) }, expected: 'NotServed' },
  { name: 'an address before the first report', given: { served: { kind: 'absent' } }, expected: 'NotServed' },
  { name: 'an address whose proxy fell silent', given: { served: { kind: 'stale' } }, expected: 'ReportStale' },
  {
    name: 'an address whose listeners are about to close',
    given: { served: reporting([served(VIP, { state: 'closing' })]) },
    expected: 'Closing',
  },
  {
    name: 'every address of a draining node',
    given: { phase: { name: 'Draining', since: NOW } },
    expected: 'NodeDraining',
  },
  {
    name: 'every address of a drained node',
    given: { phase: { name: 'Drained', since: NOW } },
    expected: 'NodeDraining',
  },
  {
    name: 'all that a joining node could announce',
    given: { phase: { name: 'Joining', since: NOW } },
    expected: 'NodeJoining',
  },
  {
    name: 'an address that no advertisement covers',
    given: { advertisements: [advertisement('a', { pools: ['other'] })] },
    expected: 'NoAdvertisement',
  },
  {
    name: 'an address whose advertisement is for other nodes',
    given: { advertisements: [advertisement('a', { nodeSelector: onlyGold })] },
    expected: 'NoAdvertisement',
  },
  {
    name: 'an address whose only advertisement has a bad community',
    given: { advertisements: [advertisement('a', { communities: ['x'] })] },
    expected: 'NoAdvertisement',
  },
  { name: 'an address without a peer', given: { peers: [] }, expected: 'NoPeer' },
  {
    name: 'an address whose advertisement names an unknown peer',
    given: { advertisements: [advertisement('a', { peers: ['nobody'] })] },
    expected: 'NoPeer',
  },
  {
    name: 'an address whose peer is for other nodes',
    given: { peers: [bgpPeer('tor', { nodeSelector: onlyGold })] },
    expected: 'NoPeer',
  },
  {
    name: 'an address of a family that the node does not speak',
    given: { nodeAddresses: [ip('fd10::11')] },
    expected: 'NoNodeAddress',
  },
] as const;

describe('mayAnnounce', () => {
  test('what is allocated, served, advertised and has a peer is announced', () => {
    expect(mayAnnounce(VIP, snapshotOf())).toEqual({
      kind: 'announce',
      address: VIP,
      pool: 'public',
      advertisements: ['all'],
      peers: ['tor'],
    });
  });

  test.each(withheld)('$name is withheld: $expected', ({ given, expected }) => {
    const verdict = mayAnnounce(VIP, snapshotOf(given));
    expect(verdict).toMatchObject({ kind: 'withhold', reason: expected });
    expect(explainVerdict('lb1', verdict)).toMatch(new RegExp(`^lb1 withholds ${VIP}: .+ \\(${expected}\\)\\.$`));
  });

  test('every reason has a case above', () => {
    expect([...new Set(withheld.map(({ expected }) => expected))].toSorted()).toEqual([...WITHHOLD_REASONS].toSorted());
  });

  test.each(['Preparing', 'Settling'] as const)('a node that is %s announces', (name) => {
    expect(mayAnnounce(VIP, snapshotOf({ phase: { name, since: NOW } })).kind).toBe('announce');
  });

  test('a joining node that could not announce anyway says why', () => {
    const joining = snapshotOf({ phase: { name: 'Joining', since: NOW }, served: { kind: 'stale' } });
    expect(mayAnnounce(VIP, joining)).toMatchObject({ reason: 'ReportStale' });
  });

  test('without an IPv4 address there is no router id, so nothing is announced until the setting gives one', () => {
    const address = ip('2001:db8::10');
    const given = {
      allocations: [allocation(address)],
      served: reporting([served(address)]),
      nodeAddresses: [ip('fd10::11')],
    };
    expect(mayAnnounce(address, snapshotOf(given))).toMatchObject({
      reason: 'NoNodeAddress',
      message: expect.stringContaining('--router-id'),
    });
    expect(mayAnnounce(address, snapshotOf({ ...given, routerId: ip('1.1.1.1') })).kind).toBe('announce');
  });

  test('labels of the LBNode decide about selectors', () => {
    const nodes = [lbNode('lb1', { labels: { tier: 'gold' } })];
    const advertisements = [advertisement('gold', { nodeSelector: onlyGold })];
    expect(mayAnnounce(VIP, snapshotOf({ nodes, advertisements })).kind).toBe('announce');
  });

  test('there is a verdict for what is allocated and for what is served', () => {
    const allocations = [allocation('203.0.113.11')];
    expect(planVerdicts(snapshotOf({ allocations })).map(({ address }) => address)).toEqual([VIP, '203.0.113.11']);
  });
});

describe('explainAddress', () => {
  const status = { heartbeatTime: HEARTBEAT };
  const tor = { name: 'tor', address: '10.10.0.1', state: 'Established' };

  test.each([
    {
      name: 'an announcement',
      node: { ...status, announced: [{ address: VIP }], peers: [tor] },
      expected: `lb1 announces ${VIP}.`,
    },
    {
      name: 'an announcement that nobody hears',
      node: { ...status, announced: [{ address: VIP }], peers: [{ ...tor, state: 'Active' }] },
      expected: `lb1 announces ${VIP}, but no session is up (tor is Active).`,
    },
    {
      name: 'a refusal',
      node: { ...status, withheld: [{ address: VIP, reason: 'NoPeer', message: 'no peer' }] },
      expected: `lb1 withholds ${VIP}: no peer (NoPeer).`,
    },
    { name: 'ignorance', node: status, expected: `lb1 knows nothing of ${VIP}.` },
    {
      name: 'a silent node',
      node: {},
      expected: 'lb1 has not reported for more than 15 s: what it announces is unknown.',
    },
  ])('says $name in a sentence', ({ node, expected }) => {
    expect(explainAddress(VIP, [lbNode('lb1', { status: node })], NOW)).toEqual([expected]);
  });
});
