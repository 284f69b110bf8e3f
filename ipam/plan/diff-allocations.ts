// From the decisions to the IPAllocation objects that record them. An allocation without a claim is given back last.
import { allocationName, type IPAllocation, isFresh, type LBNode } from '../../api/fairlead.ts';
import { type ObjectKey, objectKey } from '../../api/meta.ts';
import type { WithholdReason } from '../../api/reasons.ts';
import type { IpAddress } from '../../net/address.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import type { AllocationPlan } from './allocate.ts';

/** What the speakers say of an address whose IPAllocation is in the state of that name. */
const RELEASING: WithholdReason = 'Releasing';

export type AllocationRecord =
  | { readonly kind: 'create'; readonly name: string; readonly claim: ObjectKey; readonly spec: IPAllocation['spec'] }
  /** The address lies in another pool now: a pool was renamed or split. */
  | { readonly kind: 'move'; readonly allocation: IPAllocation; readonly pool: string };

/** Of an IPAllocation object that is to go. */
export interface AllocationRelease {
  readonly name: string;
  readonly uid: string;
  readonly address: IpAddress;
}

/** An IPAllocation that is in another state than its status says. */
export interface AllocationState {
  readonly allocation: IPAllocation;
  readonly state: IPAllocation['status']['state'];
}

export interface AllocationDiff {
  /** To be carried out before any status tells of an address. */
  readonly records: readonly AllocationRecord[];
  /** To be carried out after the status tells of the address no more. */
  readonly releases: readonly AllocationRelease[];
  readonly states: readonly AllocationState[];
  /** How many addresses nobody holds any more, but a node has not let go of. */
  readonly waiting: number;
}

/** Compares decisions and objects. */
export function diffAllocations({ decisions, claims }: AllocationPlan, snapshot: IpamSnapshot): AllocationDiff {
  const observed = new Map(snapshot.allocations.map((allocation) => [allocation.spec.address, allocation]));
  const kept = new Set<IpAddress>();
  const records: AllocationRecord[] = [];
  for (const { key, service } of claims) {
    for (const { address, pool, source } of decisions.get(key)?.addresses ?? []) {
      kept.add(address);
      const allocation = observed.get(address);
      const { namespace = '', name, uid } = service.metadata;
      const spec = { address, pool, owner: { kind: 'Service' as const, namespace, name, uid }, source };
      if (allocation === undefined) records.push({ kind: 'create', name: allocationName(address), claim: key, spec });
      else if (allocation.spec.pool !== pool) records.push({ kind: 'move', allocation, pool });
    }
  }
  const over = unreadableOwners(snapshot);
  const released = snapshot.allocations.filter(({ spec }) => !kept.has(spec.address) && !over.has(ownerKey(spec)));
  const isGone = goneFromNetwork(snapshot);
  const waiting = released.filter((one) => !isGone(one));
  return {
    records,
    waiting: waiting.length,
    releases: released.filter(isGone).map(({ metadata: { name, uid }, spec: { address } }) => ({ name, uid, address })),
    states: [
      ...waiting.flatMap((one) => stateChange(one, 'Releasing')),
      ...snapshot.allocations.filter(({ spec }) => kept.has(spec.address)).flatMap((one) => stateChange(one, 'Bound')),
    ],
  };
}

/**
 * Whether every live LB node has said that it withholds the address because it is being given back. That a node does
 * not list it as announced is not enough: the announcement may be made and not yet told. Before that nobody else gets
 * the address: two nodes would serve two owners of it.
 */
function goneFromNetwork({ lbNodes, now }: IpamSnapshot): (allocation: IPAllocation) => boolean {
  const fresh = lbNodes.filter((node) => isFresh(node, now)).map(({ status }) => whereaboutsOf(status));
  return ({ spec: { address } }) =>
    fresh.every(({ announced, letGo }) => letGo.has(address) && !announced.has(address));
}

interface Whereabouts {
  readonly announced: ReadonlySet<IpAddress>;
  readonly letGo: ReadonlySet<IpAddress>;
}

function whereaboutsOf({ announced, withheld }: LBNode['status']): Whereabouts {
  return {
    announced: new Set(announced.map(({ address }) => address)),
    letGo: new Set(withheld.flatMap(({ address, reason }) => (reason === RELEASING ? [address] : []))),
  };
}

/** A Service that cannot be read may well still want its address. */
function unreadableOwners({ refused }: IpamSnapshot): ReadonlySet<ObjectKey> {
  return new Set(refused.filter(({ kind }) => kind === 'Service').map(({ key }) => key));
}

function ownerKey({ owner }: IPAllocation['spec']): ObjectKey {
  return objectKey(owner.namespace, owner.name);
}

function stateChange(allocation: IPAllocation, state: AllocationState['state']): readonly AllocationState[] {
  return allocation.status.state === state ? [] : [{ allocation, state }];
}
