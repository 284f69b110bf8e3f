// What bounds and times the data path. Plain data: the supervisor hands it to its workers.
import type { IpPrefix } from '../../net/address.ts';

export interface TrafficSettings {
  /** Bytes of a request's head; more is 431. */
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
  readonly maxTargetBytes: number;
  /** From the first byte of a head to its last; 408. */
  readonly headerTimeoutMs: number;
  readonly tlsHandshakeTimeoutMs: number;
  /** A connection between two requests. */
  readonly keepAliveMs: number;
  /** A client that neither sends nor reads while it is its turn. */
  readonly clientIdleMs: number;
  readonly connectTimeoutMs: number;
  /** A backend that sends nothing while it is its turn; 504 before the answer's head. */
  readonly upstreamIdleMs: number;
  /** An upgraded connection without a byte in either direction. */
  readonly tunnelIdleMs: number;
  /** While draining: how quiet a kept connection must have been before it is closed. */
  readonly drainQuietMs: number;
  /** Connections of clients in this worker; more are closed at once. */
  readonly maxConnections: number;
  /** Whose X-Forwarded-* is believed. */
  readonly trustedProxies: readonly IpPrefix[];
  /** `stdout`, `none`, or a file's path. */
  readonly accessLog: string;
}

export const DEFAULT_TRAFFIC_SETTINGS: TrafficSettings = {
  maxHeaderBytes: 32_768,
  maxHeaders: 128,
  maxTargetBytes: 8192,
  headerTimeoutMs: 10_000,
  tlsHandshakeTimeoutMs: 10_000,
  keepAliveMs: 75_000,
  clientIdleMs: 60_000,
  connectTimeoutMs: 5000,
  upstreamIdleMs: 60_000,
  tunnelIdleMs: 3_600_000,
  drainQuietMs: 3000,
  maxConnections: 50_000,
  trustedProxies: [],
  accessLog: 'stdout',
};
