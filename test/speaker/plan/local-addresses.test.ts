import { describe, expect, test } from '@jest/globals';
import {
  diffAddresses,
  LINGER_MS,
  nextExpiry,
  planLocalAddresses,
  planLocalAddressesBlindly,
} from '../../../speaker/plan/local-addresses.ts';
import type { HeldAddress } from '../../../speaker/snapshot.ts';
import { ip, NOW, reporting, served, snapshotOf } from '../support/objects.ts';

const VIP = ip('203.0.113.10');
const held = (until: number | undefined): readonly HeldAddress[] => [{ address: VIP, ports: [80], until }];

describe('planLocalAddresses', () => {
  test('what is allocated and served is held with its TCP ports, also while the node drains', () => {
    const phase = { name: 'Draining', since: NOW } as const;
    const report = reporting([served(VIP, { ports: [443, 80] })]);
    expect(planLocalAddresses(snapshotOf({ phase, served: report }))).toEqual([
      { address: VIP, ports: [80, 443], until: undefined },
    ]);
  });

  test('an address that ipam never gave out is not held, whatever the proxy says', () => {
    expect(planLocalAddresses(snapshotOf({ allocations: [] }))).toEqual([]);
  });

  test('an address that is no longer served lingers, with its guard, and then goes', () => {
    const gone = reporting([]);
    expect(planLocalAddresses(snapshotOf({ served: gone, held: held(undefined) }))).toEqual(held(NOW + LINGER_MS));
    expect(planLocalAddresses(snapshotOf({ served: gone, held: held(NOW + 1) }))).toEqual(held(NOW + 1));
    expect(planLocalAddresses(snapshotOf({ served: gone, held: held(NOW) }))).toEqual([]);
  });

  test('an address that is served again lingers no more', () => {
    expect(planLocalAddresses(snapshotOf({ held: held(NOW + 1) }))).toEqual(held(undefined));
  });

  test('without an API server the last good addresses come and go with the proxy', () => {
    expect(planLocalAddressesBlindly(snapshotOf(), [VIP])).toEqual(held(undefined));
    expect(planLocalAddressesBlindly(snapshotOf({ held: held(undefined) }), [])).toEqual(held(undefined));
    expect(planLocalAddressesBlindly(snapshotOf({ served: reporting([]) }), [VIP])).toEqual([]);
  });

  test('the next expiry is the earliest', () => {
    expect(nextExpiry([...held(NOW + 5), ...held(NOW + 3), ...held(undefined)])).toBe(NOW + 3);
    expect(nextExpiry(held(undefined))).toBeUndefined();
  });
});

test('diffAddresses adds before it removes', () => {
  expect(diffAddresses([ip('10.0.0.1'), ip('10.0.0.2')], [ip('10.0.0.2'), ip('10.0.0.3')])).toEqual([
    { kind: 'add', address: '10.0.0.3' },
    { kind: 'remove', address: '10.0.0.1' },
  ]);
});
