// The seam between what is served and how bytes move. An engine owns sockets, parsing, TLS and upstream connections;
// every decision comes from the parts it is handed: routing, filters, balancing, limits. Engines stand beside each
// other in folders of their own (`node-engine/` is built on node:http, node:tls and undici).
import type { Endpoint } from '../plan/routing-table.ts';
import type { AccessEntry } from './access-line.ts';
import type { Backends } from './balance/backends.ts';
import type { Counters } from './counters.ts';
import type { RequestCounters } from './request-counters.ts';
import type { CompiledPort } from './routing/compile-port.ts';
import type { Certificates } from './tls/certificates.ts';
import type { TrafficSettings } from './traffic-settings.ts';

/** What an engine works with. All of it may change under way: ask anew for each request. */
export interface EngineServices {
  readonly settings: TrafficSettings;
  readonly backends: Backends;
  readonly certificates: Certificates;
  readonly counters: Counters;
  readonly requestCounters: RequestCounters;
  readonly isTrustedProxy: (address: string) => boolean;
  /** Takes a finished request to the access log. */
  readonly log: (entry: AccessEntry) => void;
}

/** One open listening socket. */
export interface EngineListener {
  /** What the next request on any of its connections is routed by. Requests under way keep what they began with. */
  update(port: CompiledPort): void;
  /** Stops accepting; answers from now on ask the client to close; resolves when the last connection is gone. */
  close(): Promise<void>;
  /** Cuts whatever is still open. */
  destroy(): void;
}

export interface HttpEngine {
  /** Opens a listening socket with SO_REUSEPORT. Rejects with the system's error (`code`) when it cannot. */
  open(port: CompiledPort): Promise<EngineListener>;
  /** While true every answer asks the client to close its connection, and quiet connections are closed. */
  setDraining(isDraining: boolean): void;
  /** Connections to endpoints that are not in the list are closed as soon as they are idle. */
  keepOnly(endpoints: readonly Endpoint[]): void;
  /** Open client connections, upgraded ones included. */
  connections(): number;
}
