import { describe, expect, test } from '@jest/globals';
import { planAllocations } from '../../../ipam/plan/allocate.ts';
import { planPoolStatus, poolUsage } from '../../../ipam/plan/pool-status.ts';
import { planPools } from '../../../ipam/plan/pools.ts';
import type { IpamSnapshot } from '../../../ipam/snapshot.ts';
import { allocation, pool, refused, service, snapshot } from '../builders.ts';

function states(world: IpamSnapshot): Record<string, string> {
  return Object.fromEntries(planPools(world).map(({ name, state }) => [name, state.kind]));
}

describe('pools that overlap', () => {
  test('the newest is conflicting and says with whom; the older is not affected', () => {
    const world = snapshot([pool('a-new', '203.0.113.8/29', { at: 2 }), pool('z-old', '203.0.113.0/28', { at: 1 })]);
    expect(planPools(world).map(({ name, state }) => ({ name, ...state }))).toEqual([
      {
        name: 'a-new',
        kind: 'conflicting',
        because: 'its block 203.0.113.8-203.0.113.15 overlaps z-old, which is older',
      },
      { name: 'z-old', kind: 'usable' },
    ]);
  });

  test('a block that overlaps another of its own pool is a conflict', () => {
    expect(states(snapshot([pool('main', ['203.0.113.0/28', '203.0.113.4'])]))).toEqual({ main: 'conflicting' });
  });

  test('neighbours do not overlap, nor do the families', () => {
    const world = snapshot([pool('a', '203.0.113.0/29'), pool('b', '203.0.113.8/29'), pool('c', '::/0')]);
    expect(states(world)).toEqual({ a: 'usable', b: 'usable', c: 'usable' });
  });

  test('a conflicting pool drags no third one along', () => {
    const world = snapshot([
      pool('one', '203.0.113.0/28', { at: 1 }),
      pool('two', ['203.0.113.0/30', '198.51.100.0/28'], { at: 2 }),
      pool('three', '198.51.100.0/29', { at: 3 }),
    ]);
    expect(states(world)).toEqual({ one: 'usable', two: 'conflicting', three: 'usable' });
  });

  test('when the older one goes, the newer one is in order', () => {
    expect(states(snapshot([pool('new', '203.0.113.8/29', { at: 2 })]))).toEqual({ new: 'usable' });
  });
});

test('a pool that cannot be read is broken, with the reason', () => {
  const world = snapshot([], {
    refused: [refused('LoadBalancerIPPool', 'main', 'spec.blocks[0]: must hold cidr or start')],
  });
  expect(planPools(world)).toMatchObject([
    { name: 'main', state: { kind: 'broken', because: 'spec.blocks[0]: must hold cidr or start' } },
  ]);
});

describe('what a pool’s status says', () => {
  const patchesOf = (world: IpamSnapshot): ReturnType<typeof planPoolStatus> => {
    const plan = planAllocations(world);
    return planPoolStatus(plan, poolUsage(plan, world), world);
  };

  test('the counts, as fields and as Cilium has them in messages', () => {
    const web = service('web');
    expect(patchesOf(snapshot([pool('main', '203.0.113.0/28'), web]))).toMatchObject([
      {
        key: 'main',
        fields: { addresses: { total: '16', used: '1', available: '15' } },
        conditions: [
          { type: 'Accepted', status: 'True' },
          { type: 'fairlead.dev/PoolConflict', status: 'False', reason: 'resolved' },
          { type: 'fairlead.dev/IPsTotal', status: 'Unknown', reason: 'noreason', message: '16' },
          { type: 'fairlead.dev/IPsAvailable', message: '15' },
          { type: 'fairlead.dev/IPsUsed', message: '1' },
        ],
      },
    ]);
  });

  test('an IPv6 pool is counted exactly', () => {
    const world = snapshot([pool('main', '2001:db8::/64'), service('web', { ipFamilies: ['IPv6'] })]);
    expect(poolUsage(planAllocations(world), world).get('main')).toEqual({
      total: 2n ** 64n,
      used: 1n,
      available: 2n ** 64n - 1n,
    });
  });

  test('used and available are the total, also when a set-aside address is held', () => {
    const web = service('web');
    const world = snapshot([
      pool('main', '203.0.113.0/30', { spec: { allowFirstLastIPs: 'No' } }),
      web,
      allocation('203.0.113.0', web),
    ]);
    expect(poolUsage(planAllocations(world), world).get('main')).toEqual({ total: 3n, used: 1n, available: 2n });
  });

  test('nothing is written where it says the same already', () => {
    const main = pool('main', '203.0.113.0/28');
    const [patch] = patchesOf(snapshot([main]));
    const conditions = (patch?.conditions ?? []).map((one) => ({ ...one, lastTransitionTime: '2026-11-21T00:00:00Z' }));
    const told = { ...main, status: { addresses: { total: '16', used: '0', available: '16' }, conditions } };
    expect(patchesOf(snapshot([told]))).toEqual([]);
    expect(patchesOf(snapshot([told, service('web')]))).toHaveLength(1);
  });
});
