// From the decisions to the IPAllocation objects that record them. An allocation without a claim is given back last.
import { allocationName, type IPAllocation, isFresh } from '../../api/fairlead.ts';
import { type ObjectKey, objectKey } from '../../api/meta.ts';
import type { IpAddress } from '../../net/address.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import type { AllocationPlan } from './allocate.ts';

export type AllocationRecord =
  | { readonly kind: 'create'; readonly name: string; readonly claim: ObjectKey; readonly spec: IPAllocation['spec'] }
  /** The address lies in another pool now: a pool was renamed or split. */
  | { readonly kind: 'move'; readonly allocation: IPAllocation; readonly pool: string };

/** Of an IPAllocation object that is to go. */
export interface AllocationRelease {
  readonly name: string;
  readonly uid: string;
}

export interface AllocationDiff {
  /** To be carried out before any status tells of an address. */
  readonly records: readonly AllocationRecord[];
  /** To be carried out after the status tells of the address no more. */
  readonly releases: readonly AllocationRelease[];
  readonly states: readonly { readonly name: string; readonly state: IPAllocation['status']['state'] }[];
  /** How many addresses nobody holds any more, but a node still announces. */
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
  const announced = announcedAddresses(snapshot);
  const isGone = ({ spec }: IPAllocation): boolean => !announced.has(spec.address);
  const waiting = released.filter((one) => !isGone(one));
  return {
    records,
    waiting: waiting.length,
    releases: released.filter(isGone).map(({ metadata: { name, uid } }) => ({ name, uid })),
    states: [
      ...waiting.flatMap((one) => stateChange(one, 'Releasing')),
      ...snapshot.allocations.filter(({ spec }) => kept.has(spec.address)).flatMap((one) => stateChange(one, 'Bound')),
    ],
  };
}

/**
 * Addresses that a live LB node still tells the network to send to it. They are not given to anybody else before it has
 * stopped: two nodes would serve two owners of one address.
 */
function announcedAddresses({ lbNodes, now }: IpamSnapshot): ReadonlySet<IpAddress> {
  const fresh = lbNodes.filter((node) => isFresh(node, now));
  return new Set(fresh.flatMap(({ status }) => status.announced.map(({ address }) => address)));
}

/** A Service that cannot be read may well still want its address. */
function unreadableOwners({ refused }: IpamSnapshot): ReadonlySet<ObjectKey> {
  return new Set(refused.filter(({ kind }) => kind === 'Service').map(({ key }) => key));
}

function ownerKey({ owner }: IPAllocation['spec']): ObjectKey {
  return objectKey(owner.namespace, owner.name);
}

function stateChange(
  { metadata, status }: IPAllocation,
  state: IPAllocation['status']['state'],
): AllocationDiff['states'] {
  return status.state === state ? [] : [{ name: metadata.name, state }];
}
