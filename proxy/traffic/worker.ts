// A worker without its process: applies what the supervisor says, in order, to one engine.

import { type SocketKey, socketKey } from '../plan/listeners.ts';
import type { PortTable } from '../plan/routing-table.ts';
import { accessLine } from './access-line.ts';
import { AccessLog } from './access-log.ts';
import { Backends } from './balance/backends.ts';
import { Counters } from './counters.ts';
import type { EngineListener, EngineServices, HttpEngine } from './engine.ts';
import { networkTest } from './http/trusted-networks.ts';
import { listenFailure } from './listen-failure.ts';
import type { ListenFailure, SupervisorMessage } from './messages.ts';
import { RequestCounters } from './request-counters.ts';
import { compilePort } from './routing/compile-port.ts';
import { Certificates } from './tls/certificates.ts';
import type { TrafficSettings } from './traffic-settings.ts';

export interface TrafficWorkerOptions {
  readonly settings: TrafficSettings;
  readonly createEngine: (services: EngineServices) => HttpEngine;
  /** Chance, 0 <= x < 1: where balancing begins. */
  readonly pick: () => number;
  readonly onWarning: (message: string) => void;
}

interface OpenListener {
  readonly protocol: PortTable['protocol'];
  readonly listener: EngineListener;
}

/** Holds what one worker serves. Messages are applied one after the other, in the order of their sequence. */
export class TrafficWorker {
  readonly counters = new Counters();
  readonly #options: TrafficWorkerOptions;
  readonly #backends: Backends;
  readonly #certificates = new Certificates();
  readonly #accessLog: AccessLog;
  readonly #engine: HttpEngine;
  readonly #listeners = new Map<SocketKey, OpenListener>();
  readonly #closing = new Set<Promise<void>>();
  readonly #failures = new Map<SocketKey, ListenFailure>();

  constructor(options: TrafficWorkerOptions) {
    const { settings, pick, onWarning } = options;
    this.#options = options;
    this.#backends = new Backends(pick);
    const dropped = this.counters.slot('access_log_dropped_total', {});
    const accessLog = new AccessLog({
      target: settings.accessLog,
      onDrop: (lines) => this.counters.add(dropped, lines),
      onError: (error) => onWarning(`access log: ${error.message}`),
    });
    this.#accessLog = accessLog;
    this.#engine = options.createEngine({
      settings,
      backends: this.#backends,
      certificates: this.#certificates,
      counters: this.counters,
      requestCounters: new RequestCounters(this.counters),
      isTrustedProxy: networkTest(settings.trustedProxies),
      log: (entry) => accessLog.write(accessLine(entry)),
    });
  }

  /** Sockets that are wanted and could not be opened. */
  failures(): readonly ListenFailure[] {
    return [...this.#failures.values()];
  }

  connections(): number {
    return this.#engine.connections();
  }

  /** After `stop`: does a reader of the access log keep a thread of ours, which process.exit would wait for? */
  isStuck(): boolean {
    return this.#accessLog.isStuck;
  }

  /** Applies one message; resolves when it is in force. A socket that cannot be opened is a failure, not a rejection. */
  async apply(message: SupervisorMessage): Promise<void> {
    switch (message.kind) {
      case 'settings':
        return;
      case 'certificates':
        return this.#certificates.update(message.changed, message.removed);
      case 'endpoints':
        this.#backends.update(message.changed, message.removed);
        return this.#engine.keepOnly(this.#backends.allEndpoints());
      case 'ports':
        return this.#applyPorts(message);
      case 'drain':
        return this.#engine.setDraining(message.isDraining);
      case 'reopenLog':
        return this.#accessLog.reopen();
      case 'stop':
        return this.stop(message.graceMs);
      default:
        return message satisfies never;
    }
  }

  /** Stops accepting and waits for the last connection, at most so long; then cuts what is left. */
  async stop(graceMs: number): Promise<void> {
    this.#engine.setDraining(true);
    const listeners = [...this.#listeners.values()].map(({ listener }) => listener);
    for (const socket of this.#listeners.keys()) this.#close(socket);
    const cut = setTimeout(() => {
      for (const listener of listeners) listener.destroy();
    }, graceMs);
    await Promise.all(this.#closing);
    clearTimeout(cut);
    this.#engine.keepOnly([]);
    await this.#accessLog.end();
  }

  async #applyPorts({ changed, removed }: Extract<SupervisorMessage, { kind: 'ports' }>): Promise<void> {
    for (const socket of removed) this.#close(socket);
    await Promise.all(
      changed.map(async (table) => {
        const socket = socketKey(table);
        const port = compilePort(table, this.#options.pick);
        const open = this.#listeners.get(socket);
        if (open?.protocol === table.protocol) return open.listener.update(port);
        this.#close(socket);
        try {
          this.#listeners.set(socket, { protocol: table.protocol, listener: await this.#engine.open(port) });
          this.#failures.delete(socket);
        } catch (error) {
          this.#failures.set(socket, listenFailure(table, error));
        }
      }),
    );
  }

  #close(socket: SocketKey): void {
    const open = this.#listeners.get(socket);
    this.#listeners.delete(socket);
    this.#failures.delete(socket);
    if (open === undefined) return;
    const closed = open.listener.close().finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}
