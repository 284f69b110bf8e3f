// The seam between the speaker and whatever speaks BGP for it.
import type { IpAddress } from '../../net/address.ts';
import type { BgpChange, BgpState, Session } from '../plan/bgp.ts';

/** One running BGP daemon. All methods throw BgpEngineError. */
export interface BgpEngine {
  /** What the daemon calls itself, for logs: `gobgpd API v3`. */
  readonly name: string;
  /**
   * Everything the daemon holds now. `peers` are those whose exclusion from a route can be recognised, besides those
   * that the daemon itself knows.
   */
  observe(peers: readonly IpAddress[], signal: AbortSignal): Promise<BgpState>;
  /** Resolves when the daemon gives a sign of life. */
  ping(signal: AbortSignal): Promise<void>;
  /**
   * Carries out the changes in their order. One that the daemon refuses does not keep it from the following ones. After
   * an error the daemon holds an unknown part of them: observe again.
   */
  apply(changes: readonly BgpChange[], signal: AbortSignal): Promise<void>;
  /**
   * Tells of every session's state, first of all of them and then of each change, until the signal aborts or the daemon
   * goes away. Always ends by rejecting.
   */
  watch(onSession: (session: Session) => void, signal: AbortSignal): Promise<never>;
  /** Sessions with their counters, as they are now. */
  sessions(signal: AbortSignal): Promise<readonly Session[]>;
}

/** Why the daemon could not be used: `Unreachable`, `Unsupported` (an API we do not speak yet) or `Refused`. */
export type BgpEngineErrorCode = 'Unreachable' | 'Unsupported' | 'Refused';

export class BgpEngineError extends Error {
  readonly code: BgpEngineErrorCode;

  constructor(code: BgpEngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BgpEngineError';
    this.code = code;
  }
}
