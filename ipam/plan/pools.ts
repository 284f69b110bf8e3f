// What each pool can give: its ranges, and whether it may give at all.
import type { LoadBalancerIPPool, PoolBlock } from '../../api/fairlead.ts';
import type { LabelSelector } from '../../api/labels.ts';
import type { IpFamily } from '../../net/address.ts';
import { IntervalSet } from '../../net/interval-set.ts';
import { formatRange, type IpRange, overlaps, rangeBetween, rangeOfPrefix, sizeOf } from '../../net/range.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import { byAge, compareText } from './order.ts';

/** Whether a pool gives addresses, and if not, why. What is held in it stays in any case. */
export type PoolState =
  | { readonly kind: 'usable' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'conflicting'; readonly because: string }
  | { readonly kind: 'broken'; readonly because: string };

/** Numbers of one family that nobody changes. */
export type AddressSet = Pick<IntervalSet, 'has' | 'size' | 'intervals'>;
export type ByFamily<T> = Readonly<Record<IpFamily, T>>;

export interface Pool {
  readonly name: string;
  readonly state: PoolState;
  readonly selector: LabelSelector | undefined;
  /** All addresses of its blocks: what is held here stays. */
  readonly covers: ByFamily<AddressSet>;
  /** Those that may be given: without first and last where `allowFirstLastIPs: No` says so. */
  readonly gives: ByFamily<AddressSet>;
}

export const FAMILIES = ['IPv4', 'IPv6'] as const satisfies readonly IpFamily[];

/** All pools in the order in which addresses are taken from them: by name. */
export function planPools(snapshot: IpamSnapshot): readonly Pool[] {
  const refused = snapshot.refused.filter(({ kind }) => kind === 'LoadBalancerIPPool');
  const conflicts = findConflicts(snapshot.pools);
  return [
    ...snapshot.pools.map((pool) => readPool(pool, conflicts.get(pool.metadata.name))),
    ...refused.map(({ key, message }) => brokenPool(key, message)),
  ].toSorted((a, b) => compareText(a.name, b.name));
}

function readPool({ metadata, spec }: LoadBalancerIPPool, conflict: string | undefined): Pool {
  const ranges = spec.blocks.flatMap(rangesOf);
  const trimmed = spec.allowFirstLastIPs === 'Yes' ? ranges : spec.blocks.flatMap(withoutFirstAndLast);
  return {
    name: metadata.name,
    state:
      conflict !== undefined
        ? { kind: 'conflicting', because: conflict }
        : spec.disabled
          ? { kind: 'disabled' }
          : { kind: 'usable' },
    selector: spec.serviceSelector,
    covers: setsOf(ranges),
    gives: setsOf(trimmed),
  };
}

function brokenPool(name: string, because: string): Pool {
  return { name, state: { kind: 'broken', because }, selector: undefined, covers: setsOf([]), gives: setsOf([]) };
}

/** The parser has seen to it that a block is one range; a block that is none gives nothing. */
function rangesOf({ cidr, start, stop }: PoolBlock): readonly IpRange[] {
  if (cidr !== undefined) return [rangeOfPrefix(cidr)];
  const range = start === undefined ? undefined : rangeBetween(start, stop ?? start);
  return range === undefined ? [] : [range];
}

/** As Cilium has it: only prefixes lose their ends, and only those of more than two addresses. */
function withoutFirstAndLast(block: PoolBlock): readonly IpRange[] {
  const ranges = rangesOf(block);
  if (block.cidr === undefined) return ranges;
  return ranges.map((range) =>
    sizeOf(range) <= 2n ? range : { ...range, first: range.first + 1n, last: range.last - 1n },
  );
}

function setsOf(ranges: readonly IpRange[]): ByFamily<IntervalSet> {
  const of = (family: IpFamily): IntervalSet => IntervalSet.of(ranges.filter((range) => range.family === family));
  return { IPv4: of('IPv4'), IPv6: of('IPv6') };
}

/**
 * The pools that overlap themselves or an older pool, each with the reason. The older one is not affected, and a
 * conflicting pool does not drag others along: it gives nothing, so nobody can be in conflict with it.
 */
function findConflicts(pools: readonly LoadBalancerIPPool[]): ReadonlyMap<string, string> {
  const conflicts = new Map<string, string>();
  const taken = setsOf([]);
  const owners: { readonly name: string; readonly range: IpRange }[] = [];
  for (const pool of pools.toSorted(byAge)) {
    const ranges = pool.spec.blocks.flatMap(rangesOf);
    const because = overlapWithin(ranges) ?? overlapWithOthers(ranges, { taken, owners });
    if (because !== undefined) {
      conflicts.set(pool.metadata.name, because);
      continue;
    }
    for (const range of ranges) {
      taken[range.family].add(range);
      owners.push({ name: pool.metadata.name, range });
    }
  }
  return conflicts;
}

function overlapWithin(ranges: readonly IpRange[]): string | undefined {
  const seen = setsOf([]);
  for (const range of ranges) {
    if (seen[range.family].meets(range)) return `its own block ${formatRange(range)} overlaps another of its blocks`;
    seen[range.family].add(range);
  }
  return undefined;
}

interface Taken {
  readonly taken: ByFamily<IntervalSet>;
  readonly owners: readonly { readonly name: string; readonly range: IpRange }[];
}

function overlapWithOthers(ranges: readonly IpRange[], { taken, owners }: Taken): string | undefined {
  const range = ranges.find((one) => taken[one.family].meets(one));
  if (range === undefined) return undefined;
  const owner = owners.find((one) => overlaps(one.range, range));
  return `its block ${formatRange(range)} overlaps ${owner?.name ?? 'another pool'}, which is older`;
}
