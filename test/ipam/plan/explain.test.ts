import { describe, expect, test } from '@jest/globals';
import { explainClaim } from '../../../ipam/plan/explain.ts';
import { allocation, inShop, pool, refused, service, snapshot } from '../builders.ts';

describe('fairlead explain says of a Service', () => {
  test('what it has and where from', () => {
    const web = service('web');
    expect(
      explainClaim(inShop('web'), snapshot([pool('main', '203.0.113.0/28'), web, allocation('203.0.113.3', web)])),
    ).toEqual(['Service shop/web asks for IPv4.', 'It has 203.0.113.3 from pool main (auto).']);
  });

  test('why it has nothing, pool by pool', () => {
    const other = service('other');
    const world = snapshot(
      [
        pool('a-disabled', '192.0.2.0/28', { spec: { disabled: true } }),
        pool('b-picky', '198.51.100.0/28', { spec: { serviceSelector: { matchLabels: { team: 'x' } } } }),
        pool('c-full', '203.0.113.9'),
        pool('d-six', '2001:db8::/64'),
        pool('e-twice', '203.0.113.9', { at: 9 }),
        other,
        allocation('203.0.113.9', other, { pool: 'c-full' }),
        service('web'),
      ],
      { refused: [refused('LoadBalancerIPPool', 'f-broken', 'spec.blocks[0].cidr: must be an address')] },
    );
    expect(explainClaim(inShop('web'), world)).toEqual([
      'Service shop/web asks for IPv4.',
      'It has no address: out_of_ips.',
      'Pool a-disabled gives nothing: it is disabled.',
      'Pool b-picky does not select this Service by its serviceSelector.',
      'Pool c-full has no IPv4 address left.',
      'Pool d-six has no IPv4 addresses.',
      'Pool e-twice gives nothing: its block 203.0.113.9 overlaps c-full, which is older.',
      'Pool f-broken gives nothing: it cannot be read (spec.blocks[0].cidr: must be an address).',
    ]);
  });

  test('who holds what it asks for', () => {
    const other = service('other');
    const world = snapshot([
      pool('main', '203.0.113.0/28'),
      pool('second', '198.51.100.0/28'),
      other,
      allocation('203.0.113.3', other),
      service('web', { loadBalancerIP: '203.0.113.3' }),
    ]);
    expect(explainClaim(inShop('web'), world)).toEqual([
      'Service shop/web asks for 203.0.113.3.',
      'It has no address: already_allocated.',
      'Pool main cannot give 203.0.113.3: Service shop/other holds it.',
      'Pool second does not hold 203.0.113.3.',
    ]);
  });

  test.each([
    { name: 'there is no pool', object: service('web'), expected: 'There is no LoadBalancerIPPool.' },
    {
      name: 'the request cannot be read',
      object: service('web', { loadBalancerIP: 'nonsense' }),
      expected:
        "Service shop/web asks for something that cannot be read: spec.loadBalancerIP: 'nonsense' is not an IP address.",
    },
    {
      name: 'the type is another',
      object: service('web', { type: 'ClusterIP' }),
      expected: 'Service shop/web is of type ClusterIP; only type LoadBalancer gets an address.',
    },
    {
      name: 'the class is another',
      object: service('web', { loadBalancerClass: 'example.com/lb' }),
      expected: 'Service shop/web has loadBalancerClass example.com/lb, which is not ours.',
    },
    {
      name: 'it is being deleted',
      object: service('web', {}, { deletionTimestamp: '2026-11-21T00:00:00Z' }),
      expected: 'Service shop/web is being deleted; it gets no address.',
    },
  ])('$name', ({ object, expected }) => {
    expect(explainClaim(inShop('web'), snapshot([object]))).toContain(expected);
  });

  test('that it does not exist, or cannot be read', () => {
    expect(explainClaim(inShop('web'), snapshot([]))).toEqual(['There is no Service shop/web.']);
    const world = snapshot([], {
      refused: [{ ...refused('Service', 'web', 'spec.ports[0].port: too big'), key: inShop('web') }],
    });
    expect(explainClaim(inShop('web'), world)).toEqual([
      'Service shop/web cannot be read: spec.ports[0].port: too big.',
    ]);
  });
});
