// `fairlead ipam`: gives addresses to Services of type LoadBalancer and to Gateways. One instance at a time acts.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { SYSTEM_NAMESPACE } from '../api/identity.ts';
import { KINDS, type KindRow } from '../api/kinds.ts';
import { type IpamSettings, ipamSettings } from '../config/ipam.ts';
import { VERSION } from '../config/version.ts';
import { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { Lease } from '../kube/lease.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import { watchKinds } from '../kube/world.ts';
import { systemClock } from '../runtime/clock.ts';
import { serveDebugSocket } from '../runtime/debug-socket.ts';
import { ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { type ProgramContext, runProgram } from '../runtime/run-program.ts';
import { Allocations } from './apply/allocations.ts';
import { EventTeller } from './apply/events.ts';
import { IpamMetrics } from './apply/metrics.ts';
import { Services } from './apply/services.ts';
import { Reconciler } from './reconciler.ts';
import { IPAM_KINDS } from './snapshot.ts';

/** A pass that takes longer has gone astray, and the watchdog may end us. */
const MAX_PASS_MS = 120_000;

/** Runs the program until it is told to stop; resolves with its exit code. */
export function run(argv: readonly string[], signal?: AbortSignal): Promise<number> {
  const summary = 'Gives addresses from LoadBalancerIPPools to Services of type LoadBalancer and to Gateways.';
  const notes = [
    'Several instances may run; the one that holds the Lease fairlead-system/fairlead-ipam acts.',
    'Examples:',
    '  fairlead ipam --kubeconfig /etc/fairlead/kubeconfig',
    '  fairlead ipam --config /etc/fairlead/ipam.yaml --log-level debug',
    'See docs/reference/ipam.md for pools, annotations, conditions and events.',
  ].join('\n');
  return runProgram({ name: 'ipam', version: VERSION, summary, notes, schema: ipamSettings, main }, argv, signal);
}

async function main(context: ProgramContext<IpamSettings>, signal: AbortSignal): Promise<void> {
  const { settings, log, metrics, notifier, health } = context;
  const identity = `${hostname()}_${randomUUID().slice(0, 8)}`;
  await using client = await KubeClient.fromConfig({ kubeconfig: settings.kubeconfig });

  const loop: ReconcileLoop = new ReconcileLoop({
    reconcile: (pass) => reconciler.reconcile(pass),
    settleMs: settings.settleMs,
    onError: (error, attempt) => log.warn({ err: error, attempt }, 'pass failed, will be repeated'),
  });
  const wake = (): void => loop.wake();
  const kinds: readonly KindRow[] = IPAM_KINDS.map((kind): KindRow => KINDS[kind]);
  const world = watchKinds({ client, kinds, onChange: wake, log }, signal);
  const recorder = new EventRecorder({ client, component: 'fairlead-ipam', instance: identity, log });
  const effects = {
    allocations: new Allocations({ client, world, log }),
    services: new Services({ client, world, log }),
    statusWriter: new StatusWriter({ client, log }),
    events: new EventTeller(recorder),
    metrics: new IpamMetrics(metrics),
  };
  const { defaultClass, leaseSeconds } = settings;
  const reconciler = new Reconciler({ world, effects, clock: systemClock, defaultClass, wake, log });
  const durationMs = leaseSeconds * 1000;
  const lease = new Lease({
    client,
    namespace: SYSTEM_NAMESPACE,
    name: 'fairlead-ipam',
    holder: identity,
    durationMs,
    log,
  });

  await serveDebugSocket(settings.debugSocket, reconciler.debugRoutes(), signal);
  health.require('pass', () => loop.busyMs() < MAX_PASS_MS);
  const recording = recorder.run(signal);
  await world.synced;
  notifier.ready();
  await lease.run(signal, (leading) => {
    notifier.status('holds the lease and gives addresses');
    loop.wake();
    return loop.run(leading);
  });
  await Promise.all([recording, world.stopped]);
}
