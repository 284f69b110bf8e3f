// The workers of a node: started, kept alive, and all told the same.
import { backoff } from '../../runtime/backoff.ts';
import type { Logger } from '../../runtime/logger.ts';
import { sleep } from '../../runtime/sleep.ts';
import type { EndpointChanges } from '../plan/endpoints.ts';
import { type SocketKey, socketKey } from '../plan/listeners.ts';
import type { CertificateBundle, RoutingTable } from '../plan/routing-table.ts';
import type { SocketState } from '../plan/serving.ts';
import type { TrafficSettings } from '../traffic/traffic-settings.ts';
import { FleetCounters } from './fleet-counters.ts';
import { type Draft, FleetState } from './fleet-state.ts';
import { WorkerProcess } from './worker-process.ts';

export interface WorkerFleetOptions {
  readonly workers: number;
  readonly settings: TrafficSettings;
  readonly log: Logger;
  /** Called after an acknowledgement, and when a worker has gone. */
  readonly onChange: () => void;
  /** The module that a worker runs. */
  readonly workerPath: string;
  /** How often it is looked for a sign of life of each worker, in ms. */
  readonly checkMs?: number;
}

export interface WorkerView {
  readonly pid: number;
  readonly isReady: boolean;
  readonly acknowledged: number;
  readonly connections: number;
  readonly failures: readonly string[];
}

/** A worker that lived this long has not failed at its start. */
const HEALTHY_AFTER_MS = 10_000;
/**
 * Workers send their counters each second. One that is silent for so many checks has hung, and would go on taking its
 * share of new connections. Counted in checks, not by the clock: a machine that was asleep has no silent workers.
 */
const MAX_SILENT_CHECKS = 10;
const CHECK_MS = 1000;
const RESPAWN = { firstMs: 100, maxMs: 5000 } as const;

export class WorkerFleet {
  readonly counters = new FleetCounters();
  readonly #options: WorkerFleetOptions;
  readonly #state: FleetState;
  readonly #workers = new Set<WorkerProcess>();
  readonly #lastSentFor = new Map<SocketKey, number>();
  readonly #stopping = new AbortController();
  #allGone = Promise.withResolvers<void>();
  readonly #waiting = new Set<() => void>();
  #sequence = 0;
  #failedStarts = 0;

  constructor(options: WorkerFleetOptions) {
    this.#options = options;
    this.#state = new FleetState(options.settings);
  }

  start(): void {
    const { workers, checkMs = CHECK_MS } = this.#options;
    for (let count = 0; count < workers; count++) this.#spawn();
    const check = setInterval(() => this.#killSilent(), checkMs).unref();
    this.#stopping.signal.addEventListener('abort', () => clearInterval(check), { once: true });
  }

  setCertificates(bundles: readonly CertificateBundle[]): void {
    this.#broadcast(this.#state.setCertificates(bundles));
  }

  /** Straight to the workers: no table is built and no port is touched. */
  changeEndpoints(changes: EndpointChanges): void {
    this.#broadcast(this.#state.changeEndpoints(changes));
  }

  /** The ports that shall be open, and what they serve. */
  setTable(table: RoutingTable): void {
    const draft = this.#state.setTable(table);
    this.#broadcast(draft);
    for (const socket of draft?.removed ?? []) this.#lastSentFor.delete(socket);
  }

  /** Tries again to open the sockets that could not be opened. */
  retryFailed(): void {
    const failed = this.#state.table.ports.filter((port) => this.#failureOf(socketKey(port)) !== undefined);
    if (failed.length > 0) this.#broadcast({ kind: 'ports', changed: failed, removed: [] });
  }

  setDraining(isDraining: boolean): void {
    this.#broadcast(this.#state.setDraining(isDraining));
  }

  /** After a rotation: the workers open the access log's file by its name again. */
  reopenLog(): void {
    this.#broadcast({ kind: 'reopenLog' });
  }

  /** How it stands with each port: open when every ready worker has opened it, and there is one. */
  socketStates(): readonly SocketState[] {
    const ready = this.#ready();
    return this.#state.table.ports.flatMap(({ address, port, protocol }): readonly SocketState[] => {
      const socket = { address, port, protocol };
      const reason = this.#failureOf(socketKey(socket));
      if (reason !== undefined) return [{ kind: 'failed', socket, reason }];
      const sent = this.#lastSentFor.get(socketKey(socket)) ?? 0;
      const isOpen = ready.length > 0 && ready.every(({ acknowledged }) => acknowledged >= sent);
      return isOpen ? [{ kind: 'open', socket }] : [];
    });
  }

  /** Have all ready workers taken over everything that they were told? */
  isSettled(): boolean {
    const ready = this.#ready();
    return ready.length > 0 && ready.every(({ isSettled }) => isSettled);
  }

  /** Resolves when `isSettled` holds, or when the signal aborts. */
  async untilSettled(signal: AbortSignal): Promise<void> {
    if (this.isSettled() || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = (): void => resolve();
    this.#waiting.add(stop);
    signal.addEventListener('abort', stop, { once: true });
    await promise;
    this.#waiting.delete(stop);
    signal.removeEventListener('abort', stop);
  }

  connections(): number {
    return [...this.#workers].reduce((sum, worker) => sum + worker.connections, 0);
  }

  views(): readonly WorkerView[] {
    return [...this.#workers].map(({ pid, isReady, acknowledged, connections, failures }) => ({
      pid,
      isReady,
      acknowledged,
      connections,
      failures: [...failures.values()].map(({ message }) => message),
    }));
  }

  /** Lets every worker finish what is under way, for at most `graceMs`, and resolves when all have gone. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    for (const worker of this.#workers) worker.send({ kind: 'stop', graceMs, sequence: ++this.#sequence });
    if (this.#workers.size === 0) return;
    const kill = setTimeout(() => {
      for (const worker of this.#workers) worker.kill();
    }, graceMs + 1000);
    await this.#allGone.promise;
    clearTimeout(kill);
  }

  #spawn(): void {
    const { log, onChange, workerPath } = this.#options;
    const worker: WorkerProcess = new WorkerProcess({
      path: workerPath,
      onChange: () => {
        if (worker.isReady) this.#failedStarts = 0;
        if (this.isSettled()) for (const wake of this.#waiting) wake();
        onChange();
      },
      onLog: (message) => log.warn({ worker: worker.pid, reason: message }, 'worker'),
      onExit: (how) => this.#gone(worker, how),
    });
    this.#workers.add(worker);
    this.counters.add(worker);
    for (const draft of this.#state.whole()) worker.send({ ...draft, sequence: ++this.#sequence });
    worker.readyAt = this.#sequence;
    log.info({ worker: worker.pid }, 'worker started');
  }

  #killSilent(): void {
    for (const worker of this.#ready()) {
      worker.silentChecks += 1;
      if (worker.silentChecks < MAX_SILENT_CHECKS) continue;
      this.#options.log.error({ worker: worker.pid }, 'worker gives no sign of life: it is killed');
      worker.kill();
    }
  }

  #gone(worker: WorkerProcess, how: string): void {
    const { log, onChange } = this.#options;
    this.#workers.delete(worker);
    this.counters.retire(worker);
    if (this.#workers.size === 0) this.#allGone.resolve();
    if (this.#stopping.signal.aborted) return;
    log.error({ worker: worker.pid, how }, 'worker died: it is replaced');
    onChange();
    const livedMs = performance.now() - worker.startedAt;
    const pauseMs = livedMs > HEALTHY_AFTER_MS ? 0 : backoff(this.#failedStarts++, RESPAWN);
    sleep(pauseMs, this.#stopping.signal).then(
      () => this.#spawn(),
      () => {},
    );
  }

  #broadcast(draft: Draft | undefined): void {
    if (draft === undefined) return;
    const sequence = ++this.#sequence;
    if (draft.kind === 'ports') {
      for (const port of draft.changed) this.#markSent(socketKey(port), sequence);
    }
    for (const worker of this.#workers) worker.send({ ...draft, sequence });
  }

  /** A port that is open stays open while it gets new rules: only opening counts. */
  #markSent(socket: SocketKey, sequence: number): void {
    if (!this.#lastSentFor.has(socket)) this.#lastSentFor.set(socket, sequence);
  }

  #ready(): readonly WorkerProcess[] {
    return [...this.#workers].filter(({ isReady }) => isReady);
  }

  #failureOf(socket: SocketKey): string | undefined {
    return [...this.#workers]
      .map(({ failures }) => failures.get(socket)?.message)
      .find((reason) => reason !== undefined);
  }
}
