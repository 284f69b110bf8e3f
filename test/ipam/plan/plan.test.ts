import { describe, expect, test } from '@jest/globals';
import type { ObjectOf } from '../../../api/kinds.ts';
import { type IpamPlan, planIpam } from '../../../ipam/plan/plan.ts';
import {
  allocation,
  gateway,
  gatewayClass,
  inShop,
  lbNode,
  pool,
  refused,
  service,
  showing,
  snapshot,
} from '../builders.ts';

const main = pool('main', '203.0.113.0/28');

/** Every write that the plan asks for, by what it is. */
function writes(plan: IpamPlan): readonly string[] {
  const { records, releases, states } = plan.allocations;
  return [
    ...records.map((change) => `${change.kind} allocation`),
    ...releases.map(({ name }) => `release ${name}`),
    ...states.map(({ allocation: { metadata }, state }) => `${metadata.name} is ${state}`),
    ...plan.services.map((change) => `${change.kind} service`),
    ...[...plan.serviceStatus, ...plan.gatewayStatus, ...plan.poolStatus].map(
      ({ kind, key }) => `status of ${kind} ${key}`,
    ),
  ];
}

/** The pool as it is once the plan has written its status. */
function toldPool(plan: IpamPlan, object: ObjectOf<'LoadBalancerIPPool'>): ObjectOf<'LoadBalancerIPPool'> {
  const patch = plan.poolStatus.find(({ key }) => key === object.metadata.name);
  const { addresses } = (patch?.fields ?? {}) as { addresses?: { total: string; used: string; available: string } };
  const conditions = (patch?.conditions ?? []).map((one) => ({ ...one, lastTransitionTime: 'then' }));
  return { ...object, status: { addresses, conditions } };
}

describe('a Service that is new', () => {
  const world = snapshot([main, service('web')]);

  test('gets an allocation, a status, and an event', () => {
    const plan = planIpam(world);
    expect(plan.allocations.records).toEqual([
      {
        kind: 'create',
        name: '203.0.113.0',
        claim: 'shop/web',
        spec: {
          address: '203.0.113.0',
          pool: 'main',
          owner: { kind: 'Service', namespace: 'shop', name: 'web', uid: 'uid-service-web' },
          source: 'auto',
        },
      },
    ]);
    expect(plan.serviceStatus).toEqual([
      {
        kind: 'Service',
        key: 'shop/web',
        uid: 'uid-service-web',
        resourceVersion: '',
        fields: { loadBalancer: { ingress: [{ ip: '203.0.113.0', ipMode: 'VIP' }] } },
        conditions: [
          {
            type: 'fairlead.dev/IPAMRequestSatisfied',
            status: 'True',
            reason: 'satisfied',
            message: 'has 203.0.113.0',
          },
        ],
        dropConditions: [],
        addresses: ['203.0.113.0'],
      },
    ]);
    expect(plan.events).toMatchObject([{ type: 'Normal', reason: 'IPAllocated', message: 'has 203.0.113.0' }]);
  });

  test('and once that is written, nothing is written any more', () => {
    const first = planIpam(world);
    const conditions = (first.serviceStatus[0]?.conditions ?? []).map((one) => ({
      ...one,
      lastTransitionTime: 'then',
    }));
    const web = service('web', {}, { status: { ...showing('203.0.113.0'), conditions } });
    const after = planIpam(snapshot([toldPool(first, main), web, allocation('203.0.113.0', web)]));
    expect(writes(after)).toEqual([]);
    expect(after.events).toEqual([]);
  });
});

describe('a Service that gets nothing', () => {
  test('is told why, in its condition and by an event', () => {
    const plan = planIpam(snapshot([service('web')]));
    expect(plan.serviceStatus).toMatchObject([
      { fields: {}, conditions: [{ status: 'False', reason: 'no_pool', message: 'there is no LoadBalancerIPPool' }] },
    ]);
    expect(plan.events).toMatchObject([
      { type: 'Warning', reason: 'AllocationFailed', message: 'no_pool: there is no LoadBalancerIPPool' },
    ]);
  });
});

describe('an allocation that nobody claims', () => {
  const gone = service('gone');
  const held = allocation('203.0.113.3', gone);

  test.each([
    { name: 'announces its address', node: lbNode('lb1', ['203.0.113.3']) },
    { name: 'has not said that it let go: an announcement may be made and not yet told', node: lbNode('lb1', []) },
    { name: 'wants to let go and could not yet', node: lbNode('lb1', ['203.0.113.3'], { letGo: ['203.0.113.3'] }) },
  ])('waits while a live node $name', ({ node }) => {
    const other = lbNode('lb2', [], { letGo: ['203.0.113.3'] });
    const { allocations } = planIpam(snapshot([main, held, node, other]));
    expect(allocations).toMatchObject({
      releases: [],
      waiting: 1,
      states: [{ allocation: { metadata: { name: '203.0.113.3' } }, state: 'Releasing' }],
    });
  });

  test('is not marked twice', () => {
    const releasing = allocation('203.0.113.3', gone, { status: { state: 'Releasing' } });
    expect(planIpam(snapshot([main, releasing, lbNode('lb1', ['203.0.113.3'])])).allocations.states).toEqual([]);
  });

  test.each([
    { name: 'every node has let go of it', nodes: [lbNode('lb1', ['203.0.113.4'], { letGo: ['203.0.113.3'] })] },
    { name: 'there is no node', nodes: [] },
    { name: 'the node that announced it is dead', nodes: [lbNode('lb1', ['203.0.113.3'], { secondsAgo: 20 })] },
  ])('is deleted when $name', ({ nodes }) => {
    const { allocations } = planIpam(snapshot([main, held, ...nodes]));
    expect(allocations.releases).toEqual([{ name: '203.0.113.3', uid: held.metadata.uid, address: '203.0.113.3' }]);
  });

  test('stays while the Service that held it cannot be read', () => {
    const world = snapshot([main, held], {
      refused: [{ ...refused('Service', 'gone', 'spec.ports'), key: inShop('gone') }],
    });
    expect(planIpam(world).allocations.releases).toEqual([]);
  });

  test('is bound again when its Service comes back to it', () => {
    const releasing = allocation('203.0.113.3', gone, { status: { state: 'Releasing' } });
    const { states } = planIpam(snapshot([main, releasing, gone, lbNode('lb1', ['203.0.113.3'])])).allocations;
    expect(states).toMatchObject([{ allocation: { metadata: { name: '203.0.113.3' } }, state: 'Bound' }]);
  });
});

test('an allocation follows its block into a pool of another name', () => {
  const web = service('web');
  const { records } = planIpam(
    snapshot([pool('renamed', '203.0.113.0/28'), web, allocation('203.0.113.3', web)]),
  ).allocations;
  expect(records).toMatchObject([{ kind: 'move', pool: 'renamed' }]);
});

describe('a Service that is not ours any more', () => {
  const condition = { type: 'fairlead.dev/IPAMRequestSatisfied', status: 'True' };
  const foreign = { loadBalancerClass: 'io.cilium/bgp-control-plane' };

  test('loses our address and our condition, and keeps what the other has written', () => {
    const web = service('web', foreign, {
      status: { ...showing('203.0.113.3', '198.51.100.1'), conditions: [condition] },
    });
    const plan = planIpam(snapshot([main, web, allocation('203.0.113.3', web)]));
    expect(plan.serviceStatus).toMatchObject([
      {
        fields: { loadBalancer: { ingress: [{ ip: '198.51.100.1' }] } },
        dropConditions: ['fairlead.dev/IPAMRequestSatisfied'],
      },
    ]);
    expect(plan.allocations.releases).toHaveLength(1);
    expect(plan.events).toMatchObject([{ reason: 'ClearAssignment' }]);
  });

  test('is not touched again', () => {
    expect(planIpam(snapshot([service('web', foreign, { status: showing('198.51.100.1') })])).serviceStatus).toEqual(
      [],
    );
  });
});

describe('a Gateway', () => {
  const ours = gatewayClass('fairlead');
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'edge', 'app.kubernetes.io/managed-by': 'fairlead-ipam' };
  const edgeService = service('edge', {}, { labels });

  test('shows the address of its Service, in which kube-proxy must not interfere', () => {
    const plan = planIpam(snapshot([main, ours, gateway('edge'), edgeService]));
    expect(plan.gatewayStatus).toEqual([
      {
        kind: 'Gateway',
        key: 'shop/edge',
        uid: 'uid-gateway-edge',
        resourceVersion: '',
        fields: { addresses: [{ type: 'IPAddress', value: '203.0.113.0' }] },
        conditions: [],
        dropConditions: [],
        addresses: ['203.0.113.0'],
      },
    ]);
    expect(plan.serviceStatus[0]?.fields).toEqual({
      loadBalancer: { ingress: [{ ip: '203.0.113.0', ipMode: 'Proxy' }] },
    });
  });

  test('is not written to when it shows that already, and shows none when there is none', () => {
    const status = { addresses: [{ type: 'IPAddress', value: '203.0.113.0' }] };
    expect(planIpam(snapshot([main, ours, gateway('edge', {}, { status }), edgeService])).gatewayStatus).toEqual([]);
    expect(planIpam(snapshot([ours, gateway('edge', {}, { status }), edgeService])).gatewayStatus).toMatchObject([
      { fields: { addresses: [] } },
    ]);
  });

  test('of another controller is not written to', () => {
    const foreign = gatewayClass('cilium', 'io.cilium/gateway-controller');
    expect(planIpam(snapshot([main, foreign, gateway('edge', { gatewayClassName: 'cilium' })])).gatewayStatus).toEqual(
      [],
    );
  });
});

describe('bad pools are told of', () => {
  test('one that cannot be read: condition and event, with path and reason', () => {
    const plan = planIpam(
      snapshot([], { refused: [refused('LoadBalancerIPPool', 'main', 'spec.blocks[0]: must hold cidr or start')] }),
    );
    expect(plan.poolStatus).toMatchObject([
      {
        key: 'main',
        conditions: [
          { type: 'Accepted', status: 'False', reason: 'Invalid', message: 'spec.blocks[0]: must hold cidr or start' },
        ],
      },
    ]);
    expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'PoolInvalid', regarding: { name: 'main' } }]);
  });

  test('one that overlaps: condition and event, with whom', () => {
    const plan = planIpam(snapshot([main, pool('second', '203.0.113.8/29', { at: 1 })]));
    const message = 'its block 203.0.113.8-203.0.113.15 overlaps main, which is older';
    expect(plan.poolStatus[1]).toMatchObject({
      key: 'second',
      conditions: [
        {},
        { type: 'fairlead.dev/PoolConflict', status: 'True', reason: 'cidr_overlap', message },
        {},
        {},
        {},
      ],
    });
    expect(plan.events).toMatchObject([{ type: 'Warning', reason: 'PoolConflict', message }]);
  });
});
