// What the lab's client is asked to do, and what it tells of each request: one JSON line.

export interface ClientOptions {
  /** Asked in turn. */
  readonly urls: readonly string[];
  /** Where every host name is found. */
  readonly address: string;
  /** PEM file of the CA that a certificate must come from. */
  readonly caFile: string;
  /** Requests are sent at this pace whether or not earlier ones were answered. */
  readonly perSecond: number;
  /** How many; undefined: until it is stopped. */
  readonly count: number | undefined;
  /** `mixed`: every other request opens a connection of its own, the rest share kept ones. */
  readonly connections: 'kept' | 'new' | 'mixed';
}

export interface RequestReport {
  readonly url: string;
  /** When the answer was complete, ms since the epoch. */
  readonly at: number;
  readonly ms: number;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly body: string;
  /** Whether it went over a connection that had carried a request before. */
  readonly reused: boolean;
  /** Why there was no answer; empty when there was one. */
  readonly error: string;
}

/** A request failed when it got no answer or one of the server's own faults. */
export function isFailed({ status, error }: RequestReport): boolean {
  return error !== '' || status === 0 || status >= 500;
}

export interface LoadSummary {
  readonly requests: number;
  readonly failed: readonly RequestReport[];
  readonly slowestMs: number;
}

export function summarize(reports: readonly RequestReport[]): LoadSummary {
  return {
    requests: reports.length,
    failed: reports.filter(isFailed),
    slowestMs: Math.max(0, ...reports.map(({ ms }) => ms)),
  };
}
