// What a pool's status says: whether it is accepted, whether it conflicts, and how many addresses it has.
import type { DesiredCondition } from '../../api/meta.ts';
import { POOL_ACCEPTED, POOL_CONFLICT, POOL_COUNTS } from '../../api/reasons.ts';
import { addressToNumber, familyOf, type IpAddress } from '../../net/address.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import type { AllocationPlan } from './allocate.ts';
import { FAMILIES, type Pool } from './pools.ts';
import { emptyPatch, hasConditions, type StatusPatch } from './status-patch.ts';

/** Addresses of a pool: total = used + available, exactly. */
export interface PoolUsage {
  readonly total: bigint;
  readonly used: bigint;
  readonly available: bigint;
}

/** The patches of the pools whose status says something else. */
export function planPoolStatus(
  { pools }: AllocationPlan,
  usage: ReadonlyMap<string, PoolUsage>,
  snapshot: IpamSnapshot,
): readonly StatusPatch[] {
  const byName = new Map(pools.map((pool) => [pool.name, pool]));
  const readable = snapshot.pools.flatMap((object): readonly StatusPatch[] => {
    const pool = byName.get(object.metadata.name);
    const counts = usage.get(object.metadata.name);
    if (pool === undefined || counts === undefined) return [];
    const conditions = [...stateConditions(pool), ...countConditions(counts)].map((condition) => ({
      ...condition,
      observedGeneration: object.metadata.generation,
    }));
    const addresses = textOf(counts);
    const { status } = object;
    const isSame = status.addresses !== undefined && JSON.stringify(status.addresses) === JSON.stringify(addresses);
    if (isSame && hasConditions(status.conditions, conditions)) return [];
    return [{ ...emptyPatch('LoadBalancerIPPool', object), fields: isSame ? {} : { addresses }, conditions }];
  });
  const refused = snapshot.refused.filter(({ kind }) => kind === 'LoadBalancerIPPool');
  // What such a pool says already we cannot read; the writer writes nothing where it is the same.
  const broken = refused.map(({ reference, resourceVersion, message }) => {
    const metadata = { ...reference, resourceVersion };
    return { ...emptyPatch('LoadBalancerIPPool', { metadata }), conditions: [invalid(message)] };
  });
  return [...readable, ...broken];
}

/** How many addresses each readable pool has, counting what the plan is about to give. */
export function poolUsage(
  { pools, decisions }: AllocationPlan,
  { allocations }: IpamSnapshot,
): ReadonlyMap<string, PoolUsage> {
  const held = new Set<IpAddress>(allocations.map(({ spec }) => spec.address));
  for (const { addresses } of decisions.values()) for (const { address } of addresses) held.add(address);
  const numbers = [...held].map((address) => ({ family: familyOf(address), number: addressToNumber(address) }));
  return new Map(
    pools
      .filter(({ state }) => state.kind !== 'broken')
      .map((pool) => {
        const used = numbers.filter(({ family, number }) => pool.covers[family].has(number));
        const setAside = used.filter(({ family, number }) => !pool.gives[family].has(number)).length;
        const total = FAMILIES.reduce((sum, family) => sum + pool.gives[family].size, BigInt(setAside));
        return [pool.name, { total, used: BigInt(used.length), available: total - BigInt(used.length) }];
      }),
  );
}

function stateConditions({ state }: Pool): readonly DesiredCondition[] {
  const conflict =
    state.kind === 'conflicting'
      ? { type: POOL_CONFLICT, status: 'True' as const, reason: 'cidr_overlap', message: state.because }
      : { type: POOL_CONFLICT, status: 'False' as const, reason: 'resolved', message: '' };
  return [{ type: POOL_ACCEPTED, status: 'True', reason: 'Accepted', message: '' }, conflict];
}

function countConditions(counts: PoolUsage): readonly DesiredCondition[] {
  return (['total', 'available', 'used'] as const).map((what) => ({
    type: POOL_COUNTS[what],
    status: 'Unknown',
    reason: 'noreason',
    message: String(counts[what]),
  }));
}

function invalid(message: string): DesiredCondition {
  return { type: POOL_ACCEPTED, status: 'False', reason: 'Invalid', message };
}

function textOf({ total, used, available }: PoolUsage): Record<'total' | 'used' | 'available', string> {
  return { total: String(total), used: String(used), available: String(available) };
}
