import { BlockList, isIP } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  addressFromNumber,
  addressToNumber,
  compareAddresses,
  familyOf,
  hostPrefix,
  type IpAddress,
  type IpPrefix,
  parseIpAddress,
  parsePrefix,
  parsePrefixLoosely,
  splitPrefix,
} from '../../net/address.ts';
import { contains, rangeOfPrefix } from '../../net/range.ts';

/** Addresses, and texts that are nearly addresses. */
const nearlyAddress = fc
  .tuple(
    fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), fc.stringMatching(/^[0-9a-fA-F:.]{0,45}$/)),
    fc.nat(45),
    fc.nat(2),
    fc.constantFrom('', ':', '::', '.', '0', 'f', 'g', '%', ' ', '1.2.3.4', '/'),
  )
  .map(([text, at, drop, insert]) => text.slice(0, at) + insert + text.slice(at + drop));

describe('parseIpAddress', () => {
  test('takes exactly the texts that Node takes, but for zones', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyAddress, fc.ipV4(), fc.ipV6()), (text) => {
        expect(parseIpAddress(text) !== undefined).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    { text: '192.0.2.1', expected: '192.0.2.1' },
    { text: '2001:DB8:0:0:0:0:0:1', expected: '2001:db8::1' },
    { text: '::', expected: '::' },
    { text: '1:0:0:2:0:0:0:3', expected: '1:0:0:2::3' },
    { text: '1:0:0:2:3:0:0:4', expected: '1::2:3:0:0:4' },
    { text: '1:2:3:4:5:6:0:8', expected: '1:2:3:4:5:6:0:8' },
    { text: '::ffff:192.0.2.1', expected: '::ffff:c000:201' },
    { text: '010.0.0.1', expected: undefined },
    { text: '1.2.3', expected: undefined },
    { text: '0x7f.0.0.1', expected: undefined },
    { text: '1.2.3.256', expected: undefined },
    { text: 'fe80::1%eth0', expected: undefined },
    { text: '1::2::3', expected: undefined },
    { text: '1:2:3:4:5:6:7::8', expected: undefined },
    { text: '::1.2.3.4:5', expected: undefined },
    { text: '1.2.3.4::', expected: undefined },
    { text: '', expected: undefined },
  ])('$text is $expected', ({ text, expected }) => {
    expect(parseIpAddress(text)).toBe(expected);
  });

  test('a number and its text stand for each other', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 128n - 1n), (value) => {
        const six = addressFromNumber('IPv6', value);
        expect(addressToNumber(six)).toBe(value);
        expect(parseIpAddress(six)).toBe(six);
        const four = addressFromNumber('IPv4', value >> 96n);
        expect(addressToNumber(four)).toBe(value >> 96n);
        expect(parseIpAddress(four)).toBe(four);
      }),
    );
  });

  test('a number that does not fit the family is a bug', () => {
    expect(() => addressFromNumber('IPv4', 2n ** 32n)).toThrow('bug');
    expect(() => addressFromNumber('IPv6', -1n)).toThrow('bug');
  });
});

describe('prefixes', () => {
  test.each([
    { text: '192.0.2.0/24', strict: '192.0.2.0/24', loose: '192.0.2.0/24' },
    { text: '192.0.2.7/24', strict: undefined, loose: '192.0.2.0/24' },
    { text: '2001:DB8::/32', strict: '2001:db8::/32', loose: '2001:db8::/32' },
    { text: '0.0.0.0/0', strict: '0.0.0.0/0', loose: '0.0.0.0/0' },
    { text: '192.0.2.0/33', strict: undefined, loose: undefined },
    { text: '192.0.2.0/024', strict: undefined, loose: undefined },
    { text: '192.0.2.0', strict: undefined, loose: undefined },
    { text: '::/129', strict: undefined, loose: undefined },
  ])('$text', ({ text, strict, loose }) => {
    expect(parsePrefix(text)).toBe(strict);
    expect(parsePrefixLoosely(text)).toBe(loose);
  });

  test('hold what a BlockList says that they hold', () => {
    const near = (address: IpAddress, flip: number): IpAddress => {
      const value = addressToNumber(address) ^ (1n << BigInt(flip % (familyOf(address) === 'IPv4' ? 32 : 128)));
      return addressFromNumber(familyOf(address), value);
    };
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(128), fc.nat(127), (text, bits, flip) => {
        const address = parseIpAddress(text) as IpAddress;
        const length = Math.min(bits, familyOf(address) === 'IPv4' ? 32 : 128);
        const prefix = parsePrefixLoosely(`${address}/${length}`) as IpPrefix;
        const oracle = new BlockList();
        const family = familyOf(address) === 'IPv4' ? 'ipv4' : 'ipv6';
        oracle.addSubnet(splitPrefix(prefix).address, length, family);
        for (const candidate of [address, near(address, flip)]) {
          expect(contains(rangeOfPrefix(prefix), candidate)).toBe(oracle.check(candidate, family));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('the host prefix is the whole length', () => {
    expect(hostPrefix('192.0.2.1' as IpAddress)).toBe('192.0.2.1/32');
    expect(hostPrefix('2001:db8::1' as IpAddress)).toBe('2001:db8::1/128');
  });
});

test('addresses sort by family, then by number and not by text', () => {
  const sorted = (['2001:db8::1', '10.0.0.10', '10.0.0.9', '::2'] as IpAddress[]).toSorted(compareAddresses);
  expect(sorted).toEqual(['10.0.0.9', '10.0.0.10', '::2', '2001:db8::1']);
});
