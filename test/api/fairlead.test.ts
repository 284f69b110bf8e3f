import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { addressOfAllocationName, allocationName, isFresh, parseLBNode } from '../../api/fairlead.ts';
import { addressFromNumber, type IpAddress } from '../../net/address.ts';
import { objectOf } from './objects.ts';

describe('the name of an allocation', () => {
  test.each([
    { address: '203.0.113.7', name: '203.0.113.7' },
    { address: '2001:db8::1', name: '2001-0db8-0000-0000-0000-0000-0000-0001' },
    { address: '::', name: '0000-0000-0000-0000-0000-0000-0000-0000' },
    { address: '1:2:3:4:5:6:7:8', name: '0001-0002-0003-0004-0005-0006-0007-0008' },
  ])('$address is $name', ({ address, name }) => {
    expect(allocationName(address as IpAddress)).toBe(name);
  });

  test('reads back to the address, and is a name that Kubernetes takes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('IPv4' as const, 'IPv6' as const),
        fc.bigInt(0n, 2n ** 128n - 1n),
        (family, number) => {
          const address = addressFromNumber(family, family === 'IPv4' ? number >> 96n : number);
          const name = allocationName(address);
          expect(addressOfAllocationName(name)).toBe(address);
          expect(name).toMatch(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);
        },
      ),
    );
  });

  test.each(['web', '203.0.113', '2001-db8', 'a-b-c-d-e-f-g-h'])('%s is none', (name) => {
    expect(addressOfAllocationName(name)).toBeUndefined();
  });
});

describe('an LB node is fresh', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  test.each([
    { heartbeatTime: '2026-11-21T11:59:59Z', expected: true },
    { heartbeatTime: '2026-11-21T11:59:45.001Z', expected: true },
    { heartbeatTime: '2026-11-21T11:59:45Z', expected: false },
    { heartbeatTime: '2026-11-21T12:00:05Z', expected: true },
    { heartbeatTime: '', expected: false },
    { heartbeatTime: 'yesterday', expected: false },
  ])('at $heartbeatTime: $expected', ({ heartbeatTime, expected }) => {
    const parsed = parseLBNode(objectOf('LBNode', 'status.heartbeatTime', heartbeatTime));
    expect(parsed.ok && isFresh(parsed.value, now)).toBe(expected);
  });
});
