// ipam's passes one at a time, over a client of the test's choice.
import { Registry } from 'prom-client';
import { KINDS } from '../../api/kinds.ts';
import { Allocations } from '../../ipam/apply/allocations.ts';
import { EventTeller } from '../../ipam/apply/events.ts';
import { IpamMetrics } from '../../ipam/apply/metrics.ts';
import { Services } from '../../ipam/apply/services.ts';
import { Reconciler } from '../../ipam/reconciler.ts';
import { IPAM_KINDS } from '../../ipam/snapshot.ts';
import type { KubeApi } from '../../kube/client.ts';
import type { EventInput } from '../../kube/event-recorder.ts';
import { StatusWriter } from '../../kube/status-writer.ts';
import { watchKinds } from '../../kube/world.ts';
import { systemClock } from '../../runtime/clock.ts';
import { quietLog } from '../support/quiet-log.ts';

export interface SteppedReconciler {
  readonly pass: () => Promise<void>;
  /** What would have been told. */
  readonly events: readonly EventInput[];
  /** From here on the watches are late for ever. */
  readonly stopWatching: () => void;
  /** How often another pass was asked for. */
  readonly wakes: () => number;
}

/** Resolves when the world is complete. */
export async function startReconciler(client: KubeApi, signal: AbortSignal): Promise<SteppedReconciler> {
  const log = quietLog();
  const events: EventInput[] = [];
  const watching = new AbortController();
  const kinds = IPAM_KINDS.map((kind) => KINDS[kind]);
  const world = watchKinds({ client, kinds, onChange: () => {}, log }, AbortSignal.any([signal, watching.signal]));
  const effects = {
    allocations: new Allocations({ client, world, log }),
    services: new Services({ client, world, log }),
    statusWriter: new StatusWriter({ client, log }),
    events: new EventTeller({ event: (input) => events.push(input) }),
    metrics: new IpamMetrics(new Registry()),
  };
  await world.synced;
  let wakes = 0;
  const wake = (): void => void wakes++;
  const reconciler = new Reconciler({ world, effects, clock: systemClock, defaultClass: true, wake, log });
  const pass = (): Promise<void> => reconciler.reconcile(signal);
  return { pass, events, stopWatching: () => watching.abort(), wakes: () => wakes };
}
