// The proxy of one node without its API server: workers, listeners, serving report, and the loop that joins them.
import { keyOf } from '../api/meta.ts';
import type { AnnouncedReport } from '../api/serving-report.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { ReconcileLoop } from '../runtime/reconcile-loop.ts';
import { sleep } from '../runtime/sleep.ts';
import type { CertificateEnd } from './apply/certificate-metrics.ts';
import { CertificateStore } from './apply/certificate-store.ts';
import { ListenerSet } from './apply/listener-set.ts';
import { Publisher } from './apply/publisher.ts';
import { ServingReportWriter } from './apply/serving-report-writer.ts';
import { WorkerFleet } from './apply/worker-fleet.ts';
import { compileTable } from './plan/compile-table.ts';
import { buildGraph } from './plan/graph.ts';
import type { Graph } from './plan/nodes.ts';
import type { SocketState } from './plan/serving.ts';
import { certificatesOf } from './plan/table-needs.ts';
import { type ProxySnapshot, type ProxyWorld, takeProxySnapshot } from './snapshot.ts';
import { isValidRegex } from './traffic/routing/rule-matcher.ts';
import type { TrafficSettings } from './traffic/traffic-settings.ts';

export interface NodeProxyOptions {
  readonly node: string;
  readonly workers: number;
  readonly traffic: TrafficSettings;
  readonly servingSocket: string;
  /** How long requests may go on at the end, in ms. */
  readonly drainMs: number;
  readonly workerPath: string;
  /** The objects, or undefined while the API server has not told all of them yet. */
  readonly objects: () => ProxyWorld | undefined;
  /** The installed version of the Gateway API, where it is known. */
  readonly gatewayApiVersion: () => string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told after each pass that the workers have taken over. */
  readonly onPass: (pass: Pass) => void;
}

/** What one pass came to. */
export interface Pass {
  readonly snapshot: ProxySnapshot;
  readonly graph: Graph;
  readonly sockets: readonly SocketState[];
}

/** Changes gather so long before a table is built. */
const SETTLE_MS = 50;
/** Workers that take longer to answer are told about in the status without having answered. */
const ACKNOWLEDGE_MS = 5000;
/** How often it is looked whether something that lingers may be closed. */
const TICK_MS = 100;
/** How often a socket that could not be opened is tried again. */
const RETRY_MS = 1000;

export class NodeProxy {
  readonly fleet: WorkerFleet;
  readonly publisher: Publisher;
  last: Pass | undefined;
  readonly #options: NodeProxyOptions;
  readonly #listeners: ListenerSet;
  readonly #writer: ServingReportWriter;
  readonly #certificates = new CertificateStore();
  readonly #loop: ReconcileLoop;
  #knownFailures = '';
  #isEnding = false;

  constructor(options: NodeProxyOptions) {
    const { clock, log, node, servingSocket, traffic, workers, workerPath } = options;
    this.#options = options;
    this.#listeners = new ListenerSet(clock);
    this.fleet = new WorkerFleet({ workers, settings: traffic, log, workerPath, onChange: () => this.#report() });
    this.publisher = new Publisher({ audience: this.fleet, inspect: (secret) => this.#certificates.inspect(secret) });
    this.#writer = new ServingReportWriter({
      path: servingSocket,
      node,
      connections: () => this.fleet.connections(),
      onAnnounced: (report) => this.#hear(report),
      onBadLine: (line) => log.warn({ line }, 'the speaker sent a line that is no report'),
    });
    this.#loop = new ReconcileLoop({
      settleMs: SETTLE_MS,
      clock,
      reconcile: (signal) => this.#pass(signal),
      onError: (error) => log.error({ err: error }, 'pass failed: the last good state keeps serving'),
    });
  }

  /** Asks for a pass over everything. */
  wake(): void {
    this.#loop.wake();
  }

  /** Pods have come or gone: straight to the workers. */
  endpointsChanged(): void {
    const world = this.#options.objects();
    if (world === undefined) return;
    this.publisher.publishEndpoints({ services: world.list('Service'), endpointSlices: world.list('EndpointSlice') });
  }

  /** The certificates that listeners show, and when they end. */
  certificates(): readonly CertificateEnd[] {
    const inUse = new Set<string>(certificatesOf(this.publisher.table));
    return (this.last?.snapshot.secrets ?? []).flatMap((secret) => {
      const key = keyOf(secret);
      const inspection = inUse.has(key) ? this.#certificates.inspect(secret) : undefined;
      return inspection !== undefined && 'expiresAt' in inspection
        ? [{ secret: key, expiresAt: inspection.expiresAt }]
        : [];
    });
  }

  /** How long the present pass has been running, in ms. */
  busyMs(): number {
    return this.#loop.busyMs();
  }

  /** Serves until the signal aborts; then withdraws, drains and stops the workers. */
  async run(signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    await this.#writer.start(end.signal);
    this.fleet.start();
    const tick = setInterval(() => this.#tick(), TICK_MS);
    const retry = setInterval(() => this.fleet.retryFailed(), RETRY_MS);
    try {
      this.wake();
      await this.#loop.run(signal);
      clearInterval(retry);
      await this.#withdraw();
      await this.fleet.stop(this.#options.drainMs);
    } finally {
      clearInterval(tick);
      clearInterval(retry);
      end.abort();
    }
  }

  async #pass(signal: AbortSignal): Promise<void> {
    const { objects, clock, gatewayApiVersion, onPass } = this.#options;
    const world = objects();
    if (world === undefined) return;
    const snapshot = takeProxySnapshot(world, {
      now: clock.now(),
      inspectCertificate: (secret) => this.#certificates.inspect(secret).verdict,
      isValidRegex,
      gatewayApiVersion: gatewayApiVersion(),
    });
    const graph = buildGraph(snapshot);
    this.#listeners.want(compileTable(graph), this.fleet.socketStates());
    this.publisher.publish(this.#listeners.table(), snapshot);
    await this.fleet.untilSettled(AbortSignal.any([signal, AbortSignal.timeout(ACKNOWLEDGE_MS)]));
    this.last = { snapshot, graph, sockets: this.#report() };
    onPass(this.last);
  }

  /** Tells the speaker how it stands. A socket that fails or heals is news for the status too. */
  #report(): readonly SocketState[] {
    const states = this.fleet.socketStates();
    this.#writer.report(this.#listeners.served(states));
    const failures = states.flatMap((state) => (state.kind === 'failed' ? [state.reason] : [])).join('\n');
    if (failures !== this.#knownFailures) {
      this.#knownFailures = failures;
      if (failures === '') this.#options.log.info('all sockets are open');
      else this.#options.log.error({ failures: failures.split('\n') }, 'sockets cannot be opened: trying again');
      this.wake();
    }
    return states;
  }

  #hear(report: AnnouncedReport | undefined): void {
    this.#listeners.setAnnounced(report?.addresses);
    if (report !== undefined) this.fleet.setDraining(report.draining || this.#isEnding);
  }

  #tick(): void {
    if (!this.#listeners.release()) return;
    this.#publishAgain();
    this.#report();
  }

  /** Everything is `closing`; the network is given the time to hear of it. */
  async #withdraw(): Promise<void> {
    this.#isEnding = true;
    this.fleet.setDraining(true);
    this.#listeners.want({ ports: [] }, this.fleet.socketStates());
    this.#report();
    const never = new AbortController().signal;
    while (this.#listeners.isLingering()) await sleep(TICK_MS, never);
  }

  #publishAgain(): void {
    const table = this.#listeners.table();
    if (this.last === undefined) this.fleet.setTable(table);
    else this.publisher.publish(table, this.last.snapshot);
  }
}
