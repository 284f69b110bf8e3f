// What supervisor and worker say to each other. Plain data only: it is cloned between processes.

import type { SocketKey } from '../plan/listeners.ts';
import type { BackendKey, CertificateBundle, CertificateKey, EndpointSet, PortTable } from '../plan/routing-table.ts';
import type { Series } from './counters.ts';
import type { TrafficSettings } from './traffic-settings.ts';

/** How often a worker sends its counters, in ms. */
export const COUNTERS_INTERVAL_MS = 1000;

/**
 * Supervisor to worker, applied in order. `sequence` grows by one; the worker acknowledges each. Everything is a delta
 * except the first of each kind, which a fresh worker gets as the whole.
 */
export type SupervisorMessage = { readonly sequence: number } & (
  | { readonly kind: 'settings'; readonly settings: TrafficSettings }
  | {
      readonly kind: 'certificates';
      readonly changed: readonly CertificateBundle[];
      readonly removed: readonly CertificateKey[];
    }
  | { readonly kind: 'endpoints'; readonly changed: readonly EndpointSet[]; readonly removed: readonly BackendKey[] }
  /** Sockets are open exactly for the ports in the table; a port whose socket could not be opened is tried again. */
  | { readonly kind: 'ports'; readonly changed: readonly PortTable[]; readonly removed: readonly SocketKey[] }
  /** While true, answers ask clients to close their connections. */
  | { readonly kind: 'drain'; readonly isDraining: boolean }
  /** The access log's file has been renamed away: open it by its name again. */
  | { readonly kind: 'reopenLog' }
  /** Stop accepting, let requests end, for at most so long, then exit. */
  | { readonly kind: 'stop'; readonly graceMs: number }
);

/** A socket that could not be opened. */
export interface ListenFailure {
  readonly socket: SocketKey;
  /** The system's: EADDRINUSE, EADDRNOTAVAIL, EACCES. */
  readonly code: string;
  /** For people: what it means and what to do. */
  readonly message: string;
}

export type WorkerMessage =
  /** Everything up to `sequence` is in force, except the sockets in `failures`. */
  | { readonly kind: 'ack'; readonly sequence: number; readonly failures: readonly ListenFailure[] }
  | {
      readonly kind: 'counters';
      /** Series that were not sent before; they take the next places in `values`. */
      readonly added: readonly Series[];
      readonly values: Float64Array;
      readonly connections: number;
    }
  | { readonly kind: 'log'; readonly level: 'warn' | 'error'; readonly message: string };
