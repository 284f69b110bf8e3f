import { describe, expect, test } from '@jest/globals';
import type { IpAddress, IpPrefix } from '../../net/address.ts';
import { addressAt, contains, formatRange, overlaps, rangeBetween, rangeOfPrefix, sizeOf } from '../../net/range.ts';

const prefix = (text: string): ReturnType<typeof rangeOfPrefix> => rangeOfPrefix(text as IpPrefix);

describe('ranges', () => {
  test('a prefix covers its first and its last address, and no more', () => {
    const range = prefix('203.0.113.0/28');
    expect(sizeOf(range)).toBe(16n);
    expect(addressAt(range, 0n)).toBe('203.0.113.0');
    expect(addressAt(range, 15n)).toBe('203.0.113.15');
    expect(addressAt(range, 16n)).toBeUndefined();
    expect(addressAt(range, -1n)).toBeUndefined();
    expect(contains(range, '203.0.113.16' as IpAddress)).toBe(false);
    expect(contains(range, '2001:db8::1' as IpAddress)).toBe(false);
  });

  test('an IPv6 prefix is counted exactly', () => {
    expect(sizeOf(prefix('2001:db8::/64'))).toBe(2n ** 64n);
    expect(sizeOf(prefix('::/0'))).toBe(2n ** 128n);
  });

  test('the families of two ends must agree, and the first not be above the last', () => {
    expect(rangeBetween('192.0.2.9' as IpAddress, '192.0.2.1' as IpAddress)).toBeUndefined();
    expect(rangeBetween('192.0.2.9' as IpAddress, '::1' as IpAddress)).toBeUndefined();
    expect(rangeBetween('192.0.2.9' as IpAddress, '192.0.2.9' as IpAddress)).toMatchObject({ family: 'IPv4' });
  });

  test.each([
    { a: '192.0.2.0/24', b: '192.0.2.255/32', expected: true },
    { a: '192.0.2.0/25', b: '192.0.2.128/25', expected: false },
    { a: '0.0.0.0/0', b: '::/0', expected: false },
  ])('$a and $b overlap: $expected', ({ a, b, expected }) => {
    expect(overlaps(prefix(a), prefix(b))).toBe(expected);
    expect(overlaps(prefix(b), prefix(a))).toBe(expected);
  });

  test('are written as first and last', () => {
    expect(formatRange(prefix('192.0.2.0/30'))).toBe('192.0.2.0-192.0.2.3');
    expect(formatRange(prefix('192.0.2.1/32'))).toBe('192.0.2.1');
  });
});
