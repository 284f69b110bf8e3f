// Carries out a plan in the order that survives a crash after any step: an address is on record before anybody is told
// of it, and it is given back only when nobody is told of it any more.
import { type StatusPatch as StatusWrite, StatusWriteError, type StatusWriter } from '../../kube/status-writer.ts';
import type { IpamPlan } from '../plan/plan.ts';
import type { StatusPatch } from '../plan/status-patch.ts';
import type { Allocations } from './allocations.ts';
import type { EventTeller } from './events.ts';
import type { IpamMetrics } from './metrics.ts';
import { Refusals, type Refused } from './refusals.ts';
import type { Services } from './services.ts';
import { stateWrite, statusWrite } from './status.ts';

export interface IpamEffects {
  readonly allocations: Allocations;
  readonly services: Services;
  readonly statusWriter: StatusWriter;
  readonly events: EventTeller;
  readonly metrics: IpamMetrics;
}

export interface CarryOutcome {
  /**
   * Another pass is due: the store knows already of what was written here, so that the watch will not wake us for it,
   * and others may wait for just that.
   */
  readonly mustPlanAgain: boolean;
  /** What the server refused; everything else was written. */
  readonly refused: readonly Refused[];
}

/** Throws when nothing can be written at present. */
export async function carryOut(
  plan: IpamPlan,
  { allocations, services, statusWriter, events, metrics }: IpamEffects,
  signal: AbortSignal,
): Promise<CarryOutcome> {
  metrics.show(plan);
  countWrites(plan, metrics);
  const refusals = new Refusals();
  const write = (writes: readonly StatusWrite[]): Promise<Refused | undefined> =>
    refusals.attempt(() => statusWriter.apply(writes, signal));

  const { outrun, refused } = await allocations.record(plan.allocations.records, refusals, signal);
  await write(plan.allocations.states.map(stateWrite));
  const unrecorded = outrun.union(refused);
  const telling = [...plan.serviceStatus, ...plan.gatewayStatus].filter((patch) => !tellsOf(patch, unrecorded));
  const refusal = await write(telling.map(statusWrite));
  if (outrun.size > 0) return { mustPlanAgain: true, refused: refusals.errors };
  const changed = await services.apply(plan.services, refusals, signal);
  const untold = telling.filter((patch) => isAmong(patch, refusal) || statusWriter.isRefused(statusWrite(patch)));
  const stillTold = new Set(untold.flatMap(({ addresses }) => addresses));
  const releases = plan.allocations.releases.filter(({ address }) => !stillTold.has(address));
  const freed = await allocations.release(releases, refusals, signal);
  await write(plan.poolStatus.map(statusWrite));
  events.tell(plan.events.filter(({ regarding }) => !isUnrecorded(regarding.uid, plan, refused)));
  return { mustPlanAgain: changed + freed > 0, refused: refusals.errors };
}

function tellsOf({ addresses }: StatusPatch, unrecorded: ReadonlySet<string>): boolean {
  return addresses.some((address) => unrecorded.has(address));
}

/** Whether this status is one of those that the server refused: it may tell of addresses that it should not any more. */
function isAmong({ kind, key }: StatusPatch, refused: Refused | undefined): boolean {
  if (!(refused instanceof StatusWriteError)) return false;
  return refused.failures.some(({ patch }) => patch.kind.kind === kind && patch.key === key);
}

/** Whether a record that was to be made for the owner with this uid was refused. */
function isUnrecorded(uid: string, { allocations }: IpamPlan, refused: ReadonlySet<string>): boolean {
  return allocations.records.some(
    (record) => record.kind === 'create' && record.spec.owner.uid === uid && refused.has(record.spec.address),
  );
}

function countWrites(plan: IpamPlan, metrics: IpamMetrics): void {
  const { records, releases, states } = plan.allocations;
  metrics.countWrites('IPAllocation', records.length + releases.length + states.length);
  metrics.countWrites('Service', plan.services.length + plan.serviceStatus.length);
  metrics.countWrites('Gateway', plan.gatewayStatus.length);
  metrics.countWrites('LoadBalancerIPPool', plan.poolStatus.length);
}
