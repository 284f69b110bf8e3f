// Everything that ipam wants to be different, from one snapshot.
import type { IpamSnapshot } from '../snapshot.ts';
import { type AllocationPlan, planAllocations } from './allocate.ts';
import { type AllocationDiff, diffAllocations } from './diff-allocations.ts';
import { diffServices, type ServiceChange } from './diff-services.ts';
import { type PlannedEvent, planEvents } from './events.ts';
import { planGatewayAddresses } from './gateway-addresses.ts';
import { planGatewayServices } from './gateway-services.ts';
import { planIngressServices } from './ingress-services.ts';
import { type PoolUsage, planPoolStatus, poolUsage } from './pool-status.ts';
import { planServiceStatus } from './service-status.ts';
import type { StatusPatch } from './status-patch.ts';

export interface IpamPlan {
  readonly addresses: AllocationPlan;
  readonly usage: ReadonlyMap<string, PoolUsage>;
  readonly services: readonly ServiceChange[];
  readonly allocations: AllocationDiff;
  readonly serviceStatus: readonly StatusPatch[];
  readonly gatewayStatus: readonly StatusPatch[];
  readonly poolStatus: readonly StatusPatch[];
  readonly events: readonly PlannedEvent[];
}

/** Plans. A world that is as it should be gives a plan without a change. */
export function planIpam(snapshot: IpamSnapshot): IpamPlan {
  const addresses = planAllocations(snapshot);
  const gatewayServices = planGatewayServices(snapshot);
  const verdicts = [...gatewayServices.values(), ...planIngressServices(snapshot).values()];
  const desired = verdicts.flatMap((verdict) => (verdict.kind === 'wanted' ? [verdict.service] : []));
  const serviceStatus = planServiceStatus(addresses, snapshot);
  const usage = poolUsage(addresses, snapshot);
  const poolStatus = planPoolStatus(addresses, usage, snapshot);
  return {
    addresses,
    usage,
    services: diffServices(desired, snapshot),
    allocations: diffAllocations(addresses, snapshot),
    serviceStatus,
    gatewayStatus: planGatewayAddresses(gatewayServices, addresses, snapshot),
    poolStatus,
    events: planEvents([...serviceStatus, ...poolStatus], verdicts, snapshot),
  };
}
