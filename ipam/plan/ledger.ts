// Who holds which address, and what is free: built from the objects for one plan, and forgotten with it.
import { addressOfAllocationName } from '../../api/fairlead.ts';
import { type ObjectKey, objectKey } from '../../api/meta.ts';
import { addressFromNumber, addressToNumber, familyOf, type IpAddress, type IpFamily } from '../../net/address.ts';
import { IntervalSet } from '../../net/interval-set.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import type { ByFamily, Pool } from './pools.ts';

/** What others may ask of a ledger. */
export type LedgerView = Pick<Ledger, 'holderOf' | 'firstFree'>;

/** Holder of an address whose IPAllocation cannot be read. */
const UNKNOWN_HOLDER = objectKey(undefined, '(unreadable)');

export class Ledger {
  readonly #holders: Map<IpAddress, ObjectKey>;
  readonly #free: ReadonlyMap<string, ByFamily<IntervalSet>>;

  /** An address with an IPAllocation is held until that object is gone, whoever it names, and readable or not. */
  constructor(pools: readonly Pool[], { allocations, refused }: IpamSnapshot) {
    this.#holders = new Map();
    this.#free = new Map(pools.map((pool) => [pool.name, freeOf(pool)]));
    for (const { spec } of allocations) this.take(spec.address, objectKey(spec.owner.namespace, spec.owner.name));
    for (const { kind, key } of refused) {
      const address = kind === 'IPAllocation' ? addressOfAllocationName(key) : undefined;
      if (address !== undefined) this.take(address, UNKNOWN_HOLDER);
    }
  }

  holderOf(address: IpAddress): ObjectKey | undefined {
    return this.#holders.get(address);
  }

  /** The lowest address that the pool has left, whether or not the pool may give it. */
  firstFree(pool: Pool, family: IpFamily): IpAddress | undefined {
    const number = this.#free.get(pool.name)?.[family].next();
    return number === undefined ? undefined : addressFromNumber(family, number);
  }

  take(address: IpAddress, holder: ObjectKey): void {
    this.#holders.set(address, holder);
    const [family, number] = [familyOf(address), addressToNumber(address)];
    for (const free of this.#free.values()) free[family].remove(number);
  }
}

function freeOf(pool: Pool): ByFamily<IntervalSet> {
  return { IPv4: IntervalSet.of(pool.gives.IPv4.intervals), IPv6: IntervalSet.of(pool.gives.IPv6.intervals) };
}
