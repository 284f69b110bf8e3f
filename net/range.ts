// Runs of addresses: what a pool's block or a prefix covers.
import {
  ADDRESS_BITS,
  addressFromNumber,
  addressToNumber,
  familyOf,
  type IpAddress,
  type IpFamily,
  type IpPrefix,
  splitPrefix,
} from './address.ts';

/** All addresses of one family from `first` to `last`, both included. */
export interface IpRange {
  readonly family: IpFamily;
  readonly first: bigint;
  readonly last: bigint;
}

/** What a prefix covers, network and broadcast address included. */
export function rangeOfPrefix(prefix: IpPrefix): IpRange {
  const { address, length } = splitPrefix(prefix);
  const family = familyOf(address);
  const first = addressToNumber(address);
  return { family, first, last: first | ((1n << BigInt(ADDRESS_BITS[family] - length)) - 1n) };
}

/** The range between two addresses; undefined when the families differ or the first is above the last. */
export function rangeBetween(first: IpAddress, last: IpAddress): IpRange | undefined {
  const family = familyOf(first);
  if (family !== familyOf(last)) return undefined;
  const range = { family, first: addressToNumber(first), last: addressToNumber(last) };
  return range.first <= range.last ? range : undefined;
}

/** How many addresses the range holds (1 to 2^128). */
export function sizeOf(range: IpRange): bigint {
  return range.last - range.first + 1n;
}

/** The address at this offset from the first; undefined outside of the range. */
export function addressAt(range: IpRange, offset: bigint): IpAddress | undefined {
  return offset < 0n || offset >= sizeOf(range) ? undefined : addressFromNumber(range.family, range.first + offset);
}

export function contains(range: IpRange, address: IpAddress): boolean {
  if (familyOf(address) !== range.family) return false;
  const value = addressToNumber(address);
  return range.first <= value && value <= range.last;
}

export function overlaps(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** `first-last`, or one address where the range holds just that. */
export function formatRange(range: IpRange): string {
  const first = addressFromNumber(range.family, range.first);
  return range.first === range.last ? first : `${first}-${addressFromNumber(range.family, range.last)}`;
}
