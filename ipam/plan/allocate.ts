// Which Service has which address. What is held stays; then come addresses that a Service already shows (from a
// controller before us), then those that ask for a certain address, then those that take any: each time the oldest first.
import type { IPAllocation } from '../../api/fairlead.ts';
import type { ObjectKey } from '../../api/meta.ts';
import { familyOf, type IpAddress, parseIpAddress } from '../../net/address.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import { chooseForFamilies, chooseRequested, type Offer } from './choose.ts';
import { type Claim, planClaims, type Wish } from './claims.ts';
import type { Assignment, Decision } from './decision.ts';
import { Ledger, type LedgerView } from './ledger.ts';
import { byAge } from './order.ts';
import { type Pool, planPools } from './pools.ts';
import { mayHold } from './verdicts.ts';

export interface AllocationPlan {
  readonly pools: readonly Pool[];
  readonly claims: readonly Claim[];
  readonly decisions: ReadonlyMap<ObjectKey, Decision>;
  /** Who holds what once the plan is carried out. */
  readonly ledger: LedgerView;
}

/** Decides for every claim. The same snapshot gives the same plan, so that a restart moves nobody. */
export function planAllocations(snapshot: IpamSnapshot): AllocationPlan {
  const pools = planPools(snapshot);
  const claims = planClaims(snapshot);
  const ledger = new Ledger(pools, snapshot);
  const held = keepHeld(claims, pools, snapshot.allocations);
  const kept = new Map(
    claims.map((claim) => [claim.key, addFound(claim, held.get(claim.key) ?? [], { pools, ledger })]),
  );
  const isRequest = ({ wish }: Claim): boolean => wish.kind === 'addresses';
  const inOrder = [...claims.filter(isRequest), ...claims.filter((claim) => !isRequest(claim))];
  const decisions = new Map(
    inOrder.map((claim) => [claim.key, decide(claim, kept.get(claim.key) ?? [], { pools, ledger })]),
  );
  return { pools, claims, decisions, ledger };
}

/** For each claim the addresses of its IPAllocations that it may go on holding. */
function keepHeld(
  claims: readonly Claim[],
  pools: readonly Pool[],
  allocations: IpamSnapshot['allocations'],
): ReadonlyMap<ObjectKey, readonly Assignment[]> {
  const byOwner = Map.groupBy(allocations.toSorted(byAge), ({ spec }) => spec.owner.uid);
  return new Map(
    claims.map((claim) => {
      const own = byOwner.get(claim.service.metadata.uid) ?? [];
      const assignments = own.flatMap((allocation) => stillHeld(claim, allocation, pools) ?? []);
      return [
        claim.key,
        assignments.reduce<readonly Assignment[]>((list, next) => addIfWished(claim.wish, list, next), []),
      ];
    }),
  );
}

/** A pool that cannot be read takes nothing away. Otherwise the address must lie in a pool that selects the claim. */
function stillHeld(claim: Claim, { spec }: IPAllocation, pools: readonly Pool[]): Assignment | undefined {
  const named = pools.find(({ name }) => name === spec.pool);
  const keep = (pool: Pool): Assignment => ({ address: spec.address, pool: pool.name, source: spec.source });
  if (named !== undefined && (named.state.kind === 'broken' || mayHold(claim, named, spec.address))) return keep(named);
  const other = holdingPool(claim, spec.address, pools);
  return other && keep(other);
}

/** Adopts what the Service's status shows and nobody has a record of. */
function addFound(claim: Claim, held: readonly Assignment[], { pools, ledger }: Offer): readonly Assignment[] {
  return claim.service.status.loadBalancer.ingress.reduce((list, { ip }) => {
    const address = parseIpAddress(ip ?? '');
    if (address === undefined || ledger.holderOf(address) !== undefined) return list;
    const pool = holdingPool(claim, address, pools);
    if (pool === undefined) return list;
    const next = addIfWished(claim.wish, list, { address, pool: pool.name, source: 'imported' });
    if (next !== list) ledger.take(address, claim.key);
    return next;
  }, held);
}

function holdingPool(claim: Claim, address: IpAddress, pools: readonly Pool[]): Pool | undefined {
  const holding = pools.filter((pool) => mayHold(claim, pool, address));
  return holding.find(({ state }) => state.kind !== 'conflicting') ?? holding[0];
}

/** A wish that cannot be read takes nothing away either: the typo is reported, the traffic goes on. */
function addIfWished(wish: Wish, list: readonly Assignment[], next: Assignment): readonly Assignment[] {
  switch (wish.kind) {
    case 'unreadable':
      return [...list, next];
    case 'addresses':
      return wish.addresses.includes(next.address) ? [...list, next] : list;
    case 'families': {
      const family = familyOf(next.address);
      const isMissing = wish.families.includes(family) && !list.some((one) => familyOf(one.address) === family);
      return isMissing ? [...list, next] : list;
    }
    default:
      return wish satisfies never;
  }
}

function decide(claim: Claim, kept: readonly Assignment[], offer: Offer): Decision {
  const { wish } = claim;
  switch (wish.kind) {
    case 'unreadable':
      return { kind: 'refused', addresses: kept, because: { reason: 'invalid_request', message: wish.because } };
    case 'addresses':
      return chooseRequested({ claim, kept, missing: wish.addresses.filter((wanted) => !has(kept, wanted)) }, offer);
    case 'families': {
      const missing = wish.families.filter((family) => !kept.some(({ address }) => familyOf(address) === family));
      return chooseForFamilies({ claim, kept, missing, need: wish.need }, offer);
    }
    default:
      return wish satisfies never;
  }
}

function has(list: readonly Assignment[], address: IpAddress): boolean {
  return list.some((one) => one.address === address);
}
