// What a Service's status says of its addresses.
import type { Service } from '../../api/core.ts';
import { type DesiredCondition, keyOf } from '../../api/meta.ts';
import { IPAM_REQUEST_SATISFIED } from '../../api/reasons.ts';
import { compareAddresses } from '../../net/address.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import type { AllocationPlan } from './allocate.ts';
import type { Decision } from './decision.ts';
import { isManaged } from './managed-services.ts';
import { emptyPatch, hasConditions, type StatusPatch, sameTexts } from './status-patch.ts';

/** The patches of all Services: what claims have, and nothing of ours on Services that are no claims any more. */
export function planServiceStatus(
  { claims, decisions }: AllocationPlan,
  snapshot: IpamSnapshot,
): readonly StatusPatch[] {
  const claimed = new Set(claims.map(({ key }) => key));
  const left = snapshot.services.filter((service) => wasOurs(service) && !claimed.has(keyOf(service)));
  return [
    ...claims.flatMap(({ key, service }) => {
      const decision = decisions.get(key);
      return decision === undefined ? [] : patchOfClaim(service, decision);
    }),
    ...left.map((service) => patchOfLeaver(service, snapshot)),
  ];
}

/** The condition that tells the owner of a Service whether it has what it asked for. */
export function conditionOf(decision: Decision): DesiredCondition {
  const addresses = decision.addresses.map(({ address }) => address).toSorted(compareAddresses);
  const has = addresses.length === 0 ? '' : `has ${addresses.join(' and ')}`;
  if (decision.kind === 'assigned') {
    return { type: IPAM_REQUEST_SATISFIED, status: 'True', reason: 'satisfied', message: has };
  }
  const { reason, message } = decision.because;
  return {
    type: IPAM_REQUEST_SATISFIED,
    status: 'False',
    reason,
    message: has === '' ? message : `${has}, but: ${message}`,
  };
}

function patchOfClaim(service: Service, decision: Decision): readonly StatusPatch[] {
  const condition = conditionOf(decision);
  const addresses = decision.addresses.map(({ address }) => address);
  const shown = service.status.loadBalancer.ingress.map(({ ip, hostname }) => ip ?? hostname ?? '');
  if (sameTexts(shown, addresses) && hasConditions(service.status.conditions, [condition])) return [];
  // The Service of a Gateway has no endpoints: with mode VIP, kube-proxy would refuse its address inside the cluster.
  const ipMode = isManaged(service) ? 'Proxy' : 'VIP';
  const ingress = sameTexts(shown, addresses)
    ? undefined
    : { loadBalancer: { ingress: addresses.map((ip) => ({ ip, ipMode })) } };
  const told = [...new Set([...shown, ...addresses])];
  return [{ ...emptyPatch('Service', service), fields: { ...ingress }, conditions: [condition], addresses: told }];
}

function wasOurs({ metadata, status }: Service): boolean {
  return (
    metadata.deletionTimestamp === undefined && status.conditions.some(({ type }) => type === IPAM_REQUEST_SATISFIED)
  );
}

/** Takes back what we wrote, once. An address that another controller has written meanwhile is not ours to remove. */
function patchOfLeaver(service: Service, { allocations }: IpamSnapshot): StatusPatch {
  const own = new Set<string>(
    allocations.filter(({ spec }) => spec.owner.uid === service.metadata.uid).map(({ spec }) => spec.address),
  );
  const ingress = service.status.loadBalancer.ingress.filter(({ ip }) => ip === undefined || !own.has(ip));
  const isChanged = ingress.length < service.status.loadBalancer.ingress.length;
  return {
    ...emptyPatch('Service', service),
    fields: isChanged ? { loadBalancer: { ingress } } : {},
    dropConditions: [IPAM_REQUEST_SATISFIED],
    addresses: [...own],
  };
}
