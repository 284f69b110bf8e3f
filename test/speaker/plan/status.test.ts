import { describe, expect, test } from '@jest/globals';
import { lbNodeSchema } from '../../../api/fairlead.ts';
import { type NodeFacts, planNodeStatus, SESSION_ALARM_MS } from '../../../speaker/plan/node-status.ts';
import { planObjectStatus } from '../../../speaker/plan/object-status.ts';
import { planVerdicts } from '../../../speaker/plan/routes.ts';
import { advertisement, bgpPeer, ip, lbNode, NOW, reporting, snapshotOf } from '../support/objects.ts';

const TOR = ip('10.10.0.1');
const facts = (overrides: Partial<NodeFacts> = {}): NodeFacts => ({
  verdicts: [],
  announced: [],
  sessions: new Map(),
  preparedFor: [],
  engineFault: undefined,
  ...overrides,
});

describe('planNodeStatus', () => {
  test('is what the LBNode schema takes', () => {
    const status = planNodeStatus(snapshotOf(), facts({ announced: [ip('203.0.113.10')], preparedFor: ['lb2'] }));
    const own = { ...status, conditions: [] };
    expect(lbNodeSchema.parse({ metadata: { name: 'lb1' }, status: own }).status).toMatchObject(own);
    expect(own).toMatchObject({
      phase: 'Serving',
      heartbeatTime: '2026-11-21T00:00:00.000Z',
      announced: [{ address: '203.0.113.10', pool: 'public' }],
      secondChanceFor: ['lb2'],
      connections: 0,
    });
  });

  test('withheld addresses carry reason and sentence', () => {
    const snapshot = snapshotOf({ served: reporting([]) });
    expect(planNodeStatus(snapshot, facts({ verdicts: planVerdicts(snapshot) })).withheld).toEqual([
      { address: '203.0.113.10', reason: 'NotServed', message: 'the proxy of this node has no listener on it' },
    ]);
  });

  test.each([
    { state: 'Established', ageMs: 60_000, isOverdue: false },
    { state: 'Active', ageMs: SESSION_ALARM_MS - 1, isOverdue: false },
    { state: 'Active', ageMs: SESSION_ALARM_MS, isOverdue: true },
    { state: 'OpenSent', ageMs: SESSION_ALARM_MS, isOverdue: true },
  ] as const)('a session that is $state for $ageMs ms is overdue: $isOverdue', ({ state, ageMs, isOverdue }) => {
    const sessions = new Map([[TOR, { state, since: NOW - ageMs }]]);
    const [peer] = planNodeStatus(snapshotOf(), facts({ sessions })).peers;
    expect(peer).toMatchObject({ name: 'tor', address: TOR, state });
    expect(peer?.message.includes('password')).toBe(isOverdue);
  });

  test('a peer that cannot be used says why, one of other nodes is not mentioned', () => {
    const peers = [
      bgpPeer('a', { passwordSecretRef: { namespace: 'fairlead-system', name: 'nope' } }),
      bgpPeer('b', { nodeSelector: { matchLabels: { x: 'y' } } }),
    ];
    expect(planNodeStatus(snapshotOf({ peers }), facts()).peers).toMatchObject([{ name: 'a', state: 'SecretMissing' }]);
  });

  test('conditions tell of daemon, sessions and proxy', () => {
    const statusOf = (status: ReturnType<typeof planNodeStatus>): object =>
      Object.fromEntries(status.conditions.map(({ type, reason }) => [type, reason]));
    const established = facts({ sessions: new Map([[TOR, { state: 'Established', since: NOW }]]) });
    expect(statusOf(planNodeStatus(snapshotOf(), established))).toEqual({
      BGPEngineReady: 'Ready',
      PeersEstablished: 'Established',
      ProxyReporting: 'Reporting',
    });
    const broken = facts({ engineFault: 'gobgpd does not answer' });
    expect(statusOf(planNodeStatus(snapshotOf({ served: { kind: 'stale' } }), broken))).toEqual({
      BGPEngineReady: 'EngineFault',
      PeersEstablished: 'NotEstablished',
      ProxyReporting: 'ReportStale',
    });
  });
});

describe('planObjectStatus', () => {
  test('sound objects are accepted, and every fault has its reason', () => {
    const snapshot = snapshotOf({
      peers: [
        bgpPeer('good'),
        bgpPeer('locked', {
          peerAddress: '10.10.0.2',
          passwordSecretRef: { namespace: 'fairlead-system', name: 'nope' },
        }),
      ],
      advertisements: [advertisement('good'), advertisement('typo', { communities: ['65000:x'] })],
      nodes: [lbNode('lb1')],
    });
    const refused = [
      { kind: 'BGPPeer' as const, name: 'broken', errors: [{ path: 'spec.peerASN', reason: 'too big' }] },
    ];
    const summary = planObjectStatus(snapshot, refused).map(({ kind, name, condition }) => [
      kind,
      name,
      condition.status,
      condition.reason,
      condition.message,
    ]);
    expect(summary).toEqual([
      ['BGPPeer', 'broken', 'False', 'Invalid', 'spec.peerASN: too big'],
      ['BGPPeer', 'good', 'True', 'Accepted', ''],
      ['BGPPeer', 'locked', 'False', 'SecretMissing', 'Secret fairlead-system/nope does not exist'],
      ['BGPAdvertisement', 'good', 'True', 'Accepted', ''],
      ['BGPAdvertisement', 'typo', 'False', 'InvalidCommunity', 'spec.communities: 65000:x is no community'],
    ]);
  });

  test('what only some nodes think is not written on shared objects', () => {
    const peers = [bgpPeer('elsewhere', { nodeSelector: { matchLabels: { x: 'y' } } })];
    expect(planObjectStatus(snapshotOf({ peers, advertisements: [] }), [])).toEqual([]);
  });
});
