// `fairlead proxy`: watches the objects, carries layer-7 traffic by them, and tells the speaker what is served.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ProxySettings, proxySettings } from '../config/proxy.ts';
import { VERSION } from '../config/version.ts';
import { KubeClient } from '../kube/client.ts';
import { EventRecorder } from '../kube/event-recorder.ts';
import { Lease } from '../kube/lease.ts';
import { StatusWriter } from '../kube/status-writer.ts';
import { systemClock } from '../runtime/clock.ts';
import { serveDebugSocket } from '../runtime/debug-socket.ts';
import { type ProgramContext, runProgram } from '../runtime/run-program.ts';
import { registerCertificateMetrics } from './apply/certificate-metrics.ts';
import { GatewayApiVersion } from './apply/gateway-api-version.ts';
import { StatusLeader } from './apply/status-leader.ts';
import { registerTrafficMetrics } from './apply/traffic-metrics.ts';
import { debugRoutes } from './debug-views.ts';
import { NodeProxy } from './node-proxy.ts';
import { planProxyEvents } from './plan/events.ts';
import { planProxyStatus } from './plan/status.ts';
import { StartReport } from './start-report.ts';
import { trafficSettingsOf } from './traffic-settings-of.ts';
import { watchObjects } from './watched-objects.ts';

/** A pass that takes longer than this has hung: systemd may restart us. */
const HUNG_MS = 30_000;
const WORKER = import.meta.url.endsWith('.ts') ? 'worker-main.ts' : 'worker-main.js';

/** Runs the proxy until SIGTERM or the signal; resolves with the exit code. */
export function run(argv: readonly string[], signal?: AbortSignal): Promise<number> {
  return runProgram(
    {
      name: 'proxy',
      version: VERSION,
      summary: 'Carries the HTTP and HTTPS traffic of Gateways and Ingresses from this node to the pods.',
      schema: proxySettings,
      main: serve,
    },
    argv,
    signal,
  );
}

async function serve(context: ProgramContext<ProxySettings>, signal: AbortSignal): Promise<void> {
  const { settings, log, metrics, notifier, health } = context;
  await using client = await KubeClient.fromConfig({ kubeconfig: settings.kubeconfig });
  await using watches = watchObjects({
    client,
    log,
    onObjects: () => proxy.wake(),
    onPods: () => proxy.endpointsChanged(),
  });
  const version = new GatewayApiVersion({ client, log, onChange: () => proxy.wake() });
  const writer = new StatusWriter({ client, log });
  const recorder = new EventRecorder({ client, component: 'fairlead-proxy', instance: settings.node, log });
  const leader = new StatusLeader({
    write: (patches, pass) => writer.apply(patches, pass),
    record: (event) => recorder.event(event),
    log,
  });
  const start = new StartReport(
    notifier,
    () => `waiting for the API server at ${client.server}: ${watches.waitingFor()}`,
  );
  const proxy = new NodeProxy({
    node: settings.node,
    workers: settings.workers === 0 ? availableParallelism() : settings.workers,
    traffic: trafficSettingsOf(settings),
    servingSocket: settings.servingSocket,
    drainMs: settings.drainSeconds * 1000,
    workerPath: join(import.meta.dirname, 'traffic', WORKER),
    objects: () => (watches.isComplete ? watches : undefined),
    gatewayApiVersion: () => version.value,
    clock: systemClock,
    log,
    onPass: ({ snapshot, graph, sockets }) => {
      const patches = planProxyStatus(graph, sockets).map((patch) => watches.withVersion(patch));
      if (version.isTold(snapshot.gatewayApiVersion)) leader.set(patches, planProxyEvents(graph, snapshot.refusals));
      start.serving(sockets);
    },
  });
  registerTrafficMetrics(metrics, proxy.fleet.counters);
  registerCertificateMetrics(metrics, () => proxy.certificates());
  health.require('pass', () => proxy.busyMs() < HUNG_MS);
  start.run(signal);
  reopenLogOnHangup(proxy, signal);
  await serveDebugSocket(
    settings.debugSocket,
    debugRoutes(proxy, () => watches.waitingFor()),
    signal,
  );
  await Promise.all([proxy.run(signal), version.run(signal), lead(context, { client, leader, recorder }, signal)]);
}

/** SIGHUP: the access log has been rotated. */
function reopenLogOnHangup(proxy: NodeProxy, signal: AbortSignal): void {
  const reopen = (): void => proxy.fleet.reopenLog();
  process.on('SIGHUP', reopen);
  signal.addEventListener('abort', () => process.off('SIGHUP', reopen), { once: true });
}

/** Competes for the lease, and writes status and events while it is held. */
async function lead(
  { settings, log }: ProgramContext<ProxySettings>,
  { client, leader, recorder }: { client: KubeClient; leader: StatusLeader; recorder: EventRecorder },
  signal: AbortSignal,
): Promise<void> {
  const lease = new Lease({
    client,
    namespace: settings.leaseNamespace,
    name: settings.leaseName,
    holder: `${settings.node}-${process.pid}`,
    durationMs: settings.leaseSeconds * 1000,
    log,
  });
  await Promise.all([recorder.run(signal), lease.run(signal, (leading) => leader.lead(leading))]);
}
