// Carries out a plan in the order that survives a crash after any step: an address is on record before anybody is told
// of it, and it is given back only when nobody is told of it any more.
import type { ObjectKey } from '../../api/meta.ts';
import type { StatusWriter } from '../../kube/status-writer.ts';
import type { IpamPlan } from '../plan/plan.ts';
import type { StatusPatch } from '../plan/status-patch.ts';
import type { Allocations } from './allocations.ts';
import type { EventTeller } from './events.ts';
import type { IpamMetrics } from './metrics.ts';
import type { Services } from './services.ts';
import { stateWrites, statusWrites } from './status.ts';

export interface IpamEffects {
  readonly allocations: Allocations;
  readonly services: Services;
  readonly statusWriter: StatusWriter;
  readonly events: EventTeller;
  readonly metrics: IpamMetrics;
}

/**
 * Resolves with whether another pass is due: the store knows already of what was written here, so that the watch will
 * not wake us for it, and others may wait for just that. Throws when a write failed.
 */
export async function carryOut(
  plan: IpamPlan,
  { allocations, services, statusWriter, events, metrics }: IpamEffects,
  signal: AbortSignal,
): Promise<{ readonly mustPlanAgain: boolean }> {
  metrics.show(plan);
  countWrites(plan, metrics);
  const outrun = await allocations.record(plan.allocations.records, signal);
  await statusWriter.apply(stateWrites(plan.allocations.states), signal);
  await statusWriter.apply(statusWrites(settled(plan.serviceStatus, outrun)), signal);
  if (outrun.size > 0) return { mustPlanAgain: true };
  await statusWriter.apply(statusWrites(plan.gatewayStatus), signal);
  const changed = await services.apply(plan.services, signal);
  const freed = await allocations.release(plan.allocations.releases, signal);
  await statusWriter.apply(statusWrites(plan.poolStatus), signal);
  events.tell(plan.events);
  return { mustPlanAgain: changed + freed > 0 };
}

function settled(patches: readonly StatusPatch[], outrun: ReadonlySet<ObjectKey>): readonly StatusPatch[] {
  return patches.filter(({ key }) => !outrun.has(key));
}

function countWrites(plan: IpamPlan, metrics: IpamMetrics): void {
  const { records, releases, states } = plan.allocations;
  metrics.countWrites('IPAllocation', records.length + releases.length + states.length);
  metrics.countWrites('Service', plan.services.length + plan.serviceStatus.length);
  metrics.countWrites('Gateway', plan.gatewayStatus.length);
  metrics.countWrites('LoadBalancerIPPool', plan.poolStatus.length);
}
