import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { planAllocations } from '../../../ipam/plan/allocate.ts';
import type { IpamSnapshot } from '../../../ipam/snapshot.ts';
import { allocation, inShop, pool, refused, service, showing, snapshot } from '../builders.ts';

/** What a Service gets: its addresses, and the reason if that is not all. */
function outcome(world: IpamSnapshot, name: string): readonly string[] {
  const decision = planAllocations(world).decisions.get(inShop(name));
  if (decision === undefined) return ['no claim'];
  const addresses = decision.addresses.map(({ address }) => address);
  return decision.kind === 'assigned' ? addresses : [...addresses, decision.because.reason];
}

const dual = { ipFamilies: ['IPv4', 'IPv6'] };

describe('a Service that takes any address', () => {
  test.each([
    { name: 'gets the first of the pool', pools: [pool('main', '203.0.113.0/28')], expected: ['203.0.113.0'] },
    {
      name: 'gets an IPv6 one if it says so',
      pools: [pool('main', '2001:db8::/112')],
      spec: { ipFamilies: ['IPv6'] },
      expected: ['2001:db8::'],
    },
    {
      name: 'gets the single address of a block that has a start only',
      pools: [pool('main', '203.0.113.9')],
      expected: ['203.0.113.9'],
    },
    { name: 'has no_pool where there is none', pools: [], expected: ['no_pool'] },
    {
      name: 'has no_pool where no pool selects it',
      pools: [pool('main', '203.0.113.0/28', { spec: { serviceSelector: { matchLabels: { a: 'b' } } } })],
      expected: ['no_pool'],
    },
    {
      name: 'has no_pool where the pool is disabled',
      pools: [pool('main', '203.0.113.0/28', { spec: { disabled: true } })],
      expected: ['no_pool'],
    },
    {
      name: 'has family_not_available in a pool of the other family',
      pools: [pool('main', '2001:db8::/64')],
      expected: ['family_not_available'],
    },
    {
      name: 'takes the next pool by name when the first is disabled',
      pools: [pool('a', '203.0.113.0/28', { spec: { disabled: true } }), pool('b', '198.51.100.0/28')],
      expected: ['198.51.100.0'],
    },
    {
      name: 'gets both families if it prefers them',
      pools: [pool('a', '203.0.113.0/28'), pool('b', '2001:db8::/64')],
      spec: { ...dual, ipFamilyPolicy: 'PreferDualStack' },
      expected: ['203.0.113.0', '2001:db8::'],
    },
    {
      name: 'is content with one family if it only prefers both',
      pools: [pool('a', '203.0.113.0/28')],
      spec: { ...dual, ipFamilyPolicy: 'PreferDualStack' },
      expected: ['203.0.113.0'],
    },
    {
      name: 'gets neither if it requires both and there is one',
      pools: [pool('a', '203.0.113.0/28')],
      spec: { ...dual, ipFamilyPolicy: 'RequireDualStack' },
      expected: ['family_not_available'],
    },
    {
      name: 'gets both if it requires both',
      pools: [pool('a', ['203.0.113.0/28', '2001:db8::/64'])],
      spec: { ...dual, ipFamilyPolicy: 'RequireDualStack' },
      expected: ['203.0.113.0', '2001:db8::'],
    },
  ])('$name', ({ pools, spec = {}, expected }) => {
    expect(outcome(snapshot([...pools, service('web', spec)]), 'web')).toEqual(expected);
  });

  test('a full pool says out_of_ips, and the oldest claim has been served first', () => {
    const world = snapshot([
      pool('main', '203.0.113.9'),
      service('young', {}, { at: 2 }),
      service('old', {}, { at: 1 }),
    ]);
    expect(outcome(world, 'old')).toEqual(['203.0.113.9']);
    expect(outcome(world, 'young')).toEqual(['out_of_ips']);
  });

  test('an IPv6 pool added later adds an address and leaves the other alone', () => {
    const web = service('web', { ...dual, ipFamilyPolicy: 'PreferDualStack' });
    const world = snapshot([
      pool('main', '203.0.113.0/28'),
      pool('six', '2001:db8::/64'),
      web,
      allocation('203.0.113.7', web),
    ]);
    expect(outcome(world, 'web')).toEqual(['203.0.113.7', '2001:db8::']);
  });
});

describe('first and last addresses that are set aside', () => {
  test.each([
    { block: '203.0.113.0/30', expected: ['203.0.113.1', '203.0.113.2', 'out_of_ips'] },
    { block: '203.0.113.0/31', expected: ['203.0.113.0', '203.0.113.1', 'out_of_ips'] },
    { block: '203.0.113.0/32', expected: ['203.0.113.0', 'out_of_ips'] },
    { block: '203.0.113.0-203.0.113.1', expected: ['203.0.113.0', '203.0.113.1', 'out_of_ips'] },
  ])('$block gives $expected', ({ block, expected }) => {
    const services = expected.map((_, index) => service(`s${index}`, {}, { at: index }));
    const world = snapshot([pool('main', block, { spec: { allowFirstLastIPs: 'No' } }), ...services]);
    expect(services.flatMap(({ metadata }) => outcome(world, metadata.name))).toEqual(expected);
  });

  test('one that is held already stays, and one that is asked for is refused', () => {
    const web = service('web');
    const asking = service('asking', { loadBalancerIP: '203.0.113.3' });
    const world = snapshot([
      pool('main', '203.0.113.0/30', { spec: { allowFirstLastIPs: 'No' } }),
      web,
      allocation('203.0.113.0', web),
      asking,
    ]);
    expect(outcome(world, 'web')).toEqual(['203.0.113.0']);
    expect(outcome(world, 'asking')).toEqual(['no_pool']);
  });
});

describe('an address that is held', () => {
  const web = service('web', {}, { at: 5 });
  const held = allocation('203.0.113.4', web);
  test.each([
    {
      name: 'stays, even when an older claim asks for it',
      objects: [pool('main', '203.0.113.0/28'), service('old', { loadBalancerIP: '203.0.113.4' })],
      expected: ['203.0.113.4'],
    },
    {
      name: 'stays when its pool is disabled',
      objects: [pool('main', '203.0.113.0/28', { spec: { disabled: true } })],
      expected: ['203.0.113.4'],
    },
    {
      name: 'stays when its pool comes into conflict',
      objects: [pool('older', '203.0.113.0/28'), pool('main', '203.0.113.0/28', { at: 9, spec: {} })],
      expected: ['203.0.113.4'],
    },
    { name: 'stays when its block grows', objects: [pool('main', '203.0.113.0/27')], expected: ['203.0.113.4'] },
    {
      name: 'stays when its block shrinks around it',
      objects: [pool('main', '203.0.113.4/31')],
      expected: ['203.0.113.4'],
    },
    {
      name: 'moves into another pool when its own is gone',
      objects: [pool('other', '198.51.100.0/28')],
      expected: ['198.51.100.0'],
    },
    {
      name: 'stays when its pool was renamed',
      objects: [pool('renamed', '203.0.113.0/28')],
      expected: ['203.0.113.4'],
    },
    {
      name: 'goes when its pool selects the Service no more',
      objects: [pool('main', '203.0.113.0/28', { spec: { serviceSelector: { matchLabels: { a: 'b' } } } })],
      expected: ['no_pool'],
    },
  ])('$name', ({ objects, expected }) => {
    expect(outcome(snapshot([web, held, ...objects]), 'web')).toEqual(expected);
  });

  test('stays when its pool cannot be read, while other pools go on giving', () => {
    const world = snapshot([web, held, service('new'), pool('other', '198.51.100.0/28')], {
      refused: [refused('LoadBalancerIPPool', 'main', 'spec.blocks[0]: must hold cidr or start')],
    });
    expect(outcome(world, 'web')).toEqual(['203.0.113.4']);
    expect(outcome(world, 'new')).toEqual(['198.51.100.0']);
  });

  test('is nobody else’s before its object is gone: a Service made anew under the same name gets another', () => {
    const anew = service('web', {}, { uid: 'another' });
    expect(outcome(snapshot([anew, held, pool('main', '203.0.113.4/31')]), 'web')).toEqual(['203.0.113.5']);
  });

  test('an allocation that cannot be read blocks its address', () => {
    const world = snapshot([service('new'), pool('main', '203.0.113.0/28')], {
      refused: [refused('IPAllocation', '203.0.113.0', 'spec.pool: missing')],
    });
    expect(outcome(world, 'new')).toEqual(['203.0.113.1']);
  });
});

describe('a Service that asks for an address', () => {
  const main = pool('main', '203.0.113.0/28');
  test.each([
    { name: 'by spec.loadBalancerIP', spec: { loadBalancerIP: '203.0.113.3' }, expected: ['203.0.113.3'] },
    {
      name: 'by our annotation',
      annotations: { 'fairlead.dev/ips': '203.0.113.3, 203.0.113.5' },
      expected: ['203.0.113.3', '203.0.113.5'],
    },
    { name: 'by Cilium’s', annotations: { 'lbipam.cilium.io/ips': '203.0.113.3' }, expected: ['203.0.113.3'] },
    { name: 'by MetalLB’s', annotations: { 'metallb.io/loadBalancerIPs': '203.0.113.3' }, expected: ['203.0.113.3'] },
    {
      name: 'by ours before others’',
      annotations: { 'metallb.io/loadBalancerIPs': '203.0.113.3', 'fairlead.dev/ips': '203.0.113.9' },
      expected: ['203.0.113.9'],
    },
    {
      name: 'by annotation and field together',
      spec: { loadBalancerIP: '203.0.113.1' },
      annotations: { 'fairlead.dev/ips': '203.0.113.3' },
      expected: ['203.0.113.3', '203.0.113.1'],
    },
    { name: 'outside of all pools gets no other', spec: { loadBalancerIP: '198.51.100.1' }, expected: ['no_pool'] },
    { name: 'that is no address', spec: { loadBalancerIP: '203.0.113.300' }, expected: ['invalid_request'] },
    {
      name: 'once in a pool and once outside keeps the one',
      annotations: { 'fairlead.dev/ips': '203.0.113.3,198.51.100.1' },
      expected: ['203.0.113.3', 'no_pool'],
    },
  ])('$name: $expected', ({ spec = {}, annotations = {}, expected }) => {
    expect(outcome(snapshot([main, service('web', spec, { annotations })]), 'web')).toEqual(expected);
  });

  test('in a pool that does not select it: pool_selector_mismatch', () => {
    const picky = pool('main', '203.0.113.0/28', { spec: { serviceSelector: { matchLabels: { a: 'b' } } } });
    expect(outcome(snapshot([picky, service('web', { loadBalancerIP: '203.0.113.3' })]), 'web')).toEqual([
      'pool_selector_mismatch',
    ]);
  });

  test('that another holds: already_allocated, with the name of the other', () => {
    const other = service('other');
    const world = snapshot([
      main,
      other,
      allocation('203.0.113.3', other),
      service('web', { loadBalancerIP: '203.0.113.3' }),
    ]);
    expect(outcome(world, 'web')).toEqual(['already_allocated']);
    expect(planAllocations(world).decisions.get(inShop('web'))).toMatchObject({
      because: { message: 'pool main cannot give 203.0.113.3: Service shop/other holds it' },
    });
  });

  test('comes before an older claim that takes any', () => {
    const world = snapshot([
      main,
      service('any', {}, { at: 1 }),
      service('web', { loadBalancerIP: '203.0.113.0' }, { at: 2 }),
    ]);
    expect(outcome(world, 'web')).toEqual(['203.0.113.0']);
    expect(outcome(world, 'any')).toEqual(['203.0.113.1']);
  });

  test('and then for another gives the first one back', () => {
    const web = service('web', { loadBalancerIP: '203.0.113.4' });
    expect(outcome(snapshot([main, web, allocation('203.0.113.3', web)]), 'web')).toEqual(['203.0.113.4']);
  });

  test('with a typo keeps what it holds', () => {
    const web = service('web', { loadBalancerIP: '203.0.113' });
    expect(outcome(snapshot([main, web, allocation('203.0.113.3', web)]), 'web')).toEqual([
      '203.0.113.3',
      'invalid_request',
    ]);
  });
});

describe('an address that a Service shows and nobody has a record of', () => {
  const main = pool('main', '203.0.113.0/28');

  test('is adopted', () => {
    const world = snapshot([main, service('web', {}, { status: showing('203.0.113.6') })]);
    expect(planAllocations(world).decisions.get(inShop('web'))).toEqual({
      kind: 'assigned',
      addresses: [{ address: '203.0.113.6', pool: 'main', source: 'imported' }],
    });
  });

  test('of two that show the same, the older keeps it', () => {
    const world = snapshot([
      main,
      service('young', {}, { at: 2, status: showing('203.0.113.6') }),
      service('old', {}, { at: 1, status: showing('203.0.113.6') }),
    ]);
    expect(outcome(world, 'old')).toEqual(['203.0.113.6']);
    expect(outcome(world, 'young')).toEqual(['203.0.113.0']);
  });

  test('is not adopted when another holds it, or when it is in no pool', () => {
    const other = service('other');
    const held = allocation('203.0.113.6', other);
    expect(
      outcome(snapshot([main, other, held, service('web', {}, { status: showing('203.0.113.6') })]), 'web'),
    ).toEqual(['203.0.113.0']);
    expect(outcome(snapshot([main, service('web', {}, { status: showing('198.51.100.1') })]), 'web')).toEqual([
      '203.0.113.0',
    ]);
  });
});

describe('which Services are claims', () => {
  const main = pool('main', '203.0.113.0/28');
  test.each([
    {
      name: 'another class is not',
      spec: { loadBalancerClass: 'io.cilium/bgp-control-plane' },
      expected: ['no claim'],
    },
    { name: 'another type is not', spec: { type: 'ClusterIP' }, expected: ['no claim'] },
    { name: 'no class is, by default', spec: { loadBalancerClass: undefined }, expected: ['203.0.113.0'] },
    {
      name: 'no class is not, when so set',
      spec: { loadBalancerClass: undefined },
      defaultClass: false,
      expected: ['no claim'],
    },
    { name: 'one on its way out is not', meta: { deletionTimestamp: '2026-11-21T11:00:00Z' }, expected: ['no claim'] },
  ])('$name', ({ spec = {}, meta = {}, defaultClass = true, expected }) => {
    expect(outcome(snapshot([main, service('web', spec, meta)], { defaultClass }), 'web')).toEqual(expected);
  });
});

describe('selectors', () => {
  const forShop = { serviceSelector: { matchLabels: { 'io.kubernetes.service.namespace': 'shop' } } };
  test('the namespace counts as a label', () => {
    expect(outcome(snapshot([pool('main', '203.0.113.0/28', { spec: forShop }), service('web')]), 'web')).toEqual([
      '203.0.113.0',
    ]);
  });

  test('a label of that name that a user wrote does not', () => {
    const labels = { 'io.kubernetes.service.namespace': 'shop' };
    const stranger = service('web', {}, { namespace: 'elsewhere', labels });
    const { decisions } = planAllocations(snapshot([pool('main', '203.0.113.0/28', { spec: forShop }), stranger]));
    expect([...decisions.values()]).toMatchObject([{ kind: 'refused', because: { reason: 'no_pool' } }]);
  });
});

describe('whatever the world is', () => {
  const arbitraryWorld = fc.array(
    fc.record({
      at: fc.nat(5),
      holds: fc.option(fc.nat(15)),
      asks: fc.option(fc.nat(20)),
      shows: fc.option(fc.nat(15)),
    }),
    { maxLength: 24 },
  );

  test('nobody has an address twice, and once carried out the plan stays as it is', () => {
    fc.assert(
      fc.property(arbitraryWorld, (rows) => {
        const heldBy = new Map<number, number>();
        rows.forEach(({ holds }, index) => holds !== null && !heldBy.has(holds) && heldBy.set(holds, index));
        const services = rows.map(({ at, asks, shows }, index) =>
          service(`s${index}`, asks === null ? {} : { loadBalancerIP: `203.0.113.${asks}` }, {
            at,
            status: shows === null ? {} : showing(`203.0.113.${shows}`),
          }),
        );
        const allocations = [...heldBy].flatMap(([last, index]) => {
          const owner = services[index];
          return owner === undefined ? [] : [allocation(`203.0.113.${last}`, owner)];
        });
        const main = pool('main', '203.0.113.0/28');
        const first = planAllocations(snapshot([main, ...services, ...allocations]));
        const given = [...first.decisions].flatMap(([key, { addresses }]) => addresses.map((one) => ({ key, ...one })));
        expect(new Set(given.map(({ address }) => address)).size).toBe(given.length);

        const after = services.map((one) => {
          const addresses = given
            .filter(({ key }) => key === `shop/${one.metadata.name}`)
            .map(({ address }) => address);
          return { ...one, status: { ...one.status, loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } } };
        });
        const records = given.map(({ key, address, source }) => {
          const owner = services.find(({ metadata }) => `shop/${metadata.name}` === key);
          return allocation(address, owner ?? service('none'), { source });
        });
        const second = planAllocations(snapshot([main, ...after, ...records]));
        const addressesOf = (plan: typeof first): unknown =>
          [...plan.decisions].map(([key, { addresses }]) => [key, addresses.map(({ address }) => address).toSorted()]);
        const isSettled = allocations.every(({ spec }) => given.some(({ address }) => address === spec.address));
        if (isSettled) expect(addressesOf(second)).toEqual(addressesOf(first));
      }),
      { numRuns: 300 },
    );
  });
});

test('10,000 Services in 16 pools are planned in one go, and a restart moves nobody', () => {
  const pools = Array.from({ length: 16 }, (_, i) => pool(`p${i}`, `10.${i}.0.0/22`));
  const services = Array.from({ length: 10_000 }, (_, i) => service(`s${i}`, {}, { at: i % 1000 }));
  const { decisions } = planAllocations(snapshot([...pools, ...services]));
  const records = services.flatMap((one) => {
    const [assignment] = decisions.get(inShop(one.metadata.name))?.addresses ?? [];
    return assignment === undefined ? [] : [allocation(assignment.address, one, { pool: assignment.pool })];
  });
  expect(records).toHaveLength(10_000);
  const again = planAllocations(snapshot([...pools, ...services.toReversed(), ...records.toReversed()]));
  for (const [key, { addresses }] of again.decisions) {
    expect(addresses[0]?.address).toBe(decisions.get(key)?.addresses[0]?.address);
  }
});
