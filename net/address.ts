// IP addresses and prefixes as text in one canonical spelling, so that they compare, sort into maps and print as they are.
import { isIP } from 'node:net';

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
  const kind = isIP(text);
  if (kind === 4) return text as IpAddress;
  if (kind === 6 && !text.includes('%')) return formatIpv6(readIpv6(text));
  return undefined;
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
  return familyOf(address) === 'IPv4' ? readIpv4(address) : readIpv6(address);
}

/** The inverse of addressToNumber. The number must fit the family. */
export function addressFromNumber(family: IpFamily, value: bigint): IpAddress {
  if (value < 0n || value >> BigInt(ADDRESS_BITS[family]) !== 0n)
    throw new Error(`bug: ${value} is no ${family} address`);
  return family === 'IPv4' ? formatIpv4(value) : formatIpv6(value);
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

function readIpv4(text: string): bigint {
  return BigInt(text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0));
}

function formatIpv4(value: bigint): IpAddress {
  const number = Number(value);
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.') as IpAddress;
}

function readIpv6(text: string): bigint {
  const [head = '', tail] = embeddedIpv4AsGroups(text).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

function embeddedIpv4AsGroups(text: string): string {
  const lastColon = text.lastIndexOf(':');
  const tail = text.slice(lastColon + 1);
  if (!tail.includes('.')) return text;
  const value = readIpv4(tail);
  return `${text.slice(0, lastColon + 1)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as `::`. */
function formatIpv6(value: bigint): IpAddress {
  const groups = Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  const run = longestZeroRun(groups);
  if (run.length < 2) return groups.join(':') as IpAddress;
  const head = groups.slice(0, run.start).join(':');
  const tail = groups.slice(run.start + run.length).join(':');
  return `${head}::${tail}` as IpAddress;
}

function longestZeroRun(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
