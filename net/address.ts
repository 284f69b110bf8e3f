// IP addresses and prefixes as text in one canonical spelling, so that they compare, sort into maps and print as they are.
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import { formatIpv6, parseIpv6 } from './ipv6.ts';

/** An IPv4 or IPv6 address in canonical text form (RFC 5952 for IPv6), without zone. */
export type IpAddress = string & { readonly __brand: 'IpAddress' };
/** A prefix `address/length` in canonical text form with all host bits zero. */
export type IpPrefix = string & { readonly __brand: 'IpPrefix' };
export type IpFamily = 'IPv4' | 'IPv6';

/** Bits of an address of that family. */
export const ADDRESS_BITS = { IPv4: 32, IPv6: 128 } as const satisfies Record<IpFamily, number>;

/**
 * Reads an address strictly: dotted quad without leading zeros, or RFC 4291 IPv6 (also with an embedded IPv4 tail).
 * Returns undefined for anything else, zones (`%eth0`) and IPv4 short forms included.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) return parseIpv4(text) === undefined ? undefined : (text as IpAddress);
  const value = parseIpv6(text);
  return value === undefined ? undefined : (formatIpv6(value) as IpAddress);
}

/** Reads `address/length`; undefined when malformed, out of range or with host bits set. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const network = parseNetwork(text);
  return network !== undefined && network.hostBits === 0n ? network.prefix : undefined;
}

/** Reads `address/length` with host bits allowed, and clears them. */
export function parsePrefixLoosely(text: string): IpPrefix | undefined {
  return parseNetwork(text)?.prefix;
}

/** The prefix that holds just this address: /32 or /128. */
export function hostPrefix(address: IpAddress): IpPrefix {
  return `${address}/${ADDRESS_BITS[familyOf(address)]}` as IpPrefix;
}

/** The family of an address or a prefix. */
export function familyOf(value: IpAddress | IpPrefix): IpFamily {
  return value.includes(':') ? 'IPv6' : 'IPv4';
}

/** The address as a number: 0 to 2^32-1, or 0 to 2^128-1. */
export function addressToNumber(address: IpAddress): bigint {
  const value = familyOf(address) === 'IPv4' ? parseIpv4(address) : parseIpv6(address);
  if (value === undefined) throw new Error(`bug: ${address} was never parsed`);
  return value;
}

/** The inverse of addressToNumber. The number must fit the family. */
export function addressFromNumber(family: IpFamily, value: bigint): IpAddress {
  if (value < 0n || value >> BigInt(ADDRESS_BITS[family]) !== 0n)
    throw new Error(`bug: ${value} is no ${family} address`);
  return (family === 'IPv4' ? formatIpv4(value) : formatIpv6(value)) as IpAddress;
}

/** The network address and length of a prefix. */
export function splitPrefix(prefix: IpPrefix): { readonly address: IpAddress; readonly length: number } {
  const slash = prefix.lastIndexOf('/');
  return { address: prefix.slice(0, slash) as IpAddress, length: Number(prefix.slice(slash + 1)) };
}

/** Orders IPv4 before IPv6, then by number. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  const families = familyOf(a).localeCompare(familyOf(b));
  if (families !== 0) return families;
  const [x, y] = [addressToNumber(a), addressToNumber(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function parseNetwork(text: string): { readonly prefix: IpPrefix; readonly hostBits: bigint } | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match?.[1] === undefined ? undefined : parseIpAddress(match[1]);
  if (address === undefined) return undefined;
  const family = familyOf(address);
  const length = Number(match?.[2]);
  if (length > ADDRESS_BITS[family]) return undefined;
  const hostMask = (1n << BigInt(ADDRESS_BITS[family] - length)) - 1n;
  const value = addressToNumber(address);
  return {
    prefix: `${addressFromNumber(family, value & ~hostMask)}/${length}` as IpPrefix,
    hostBits: value & hostMask,
  };
}
