export interface BackoffOptions {
  /** Upper bound of the first wait. */
  readonly firstMs?: number;
  /** No wait is longer. */
  readonly maxMs?: number;
  /** A number in [0, 1): chance enters as a value. */
  readonly pick?: () => number;
}

/**
 * How long to wait before try number `attempt` + 1 (the first failure is attempt 0), in milliseconds.
 * Doubles from `firstMs` to `maxMs` and takes a random point in the upper half, so that a hundred clients that lost
 * the same server do not return in step.
 */
export function backoff(attempt: number, options: BackoffOptions = {}): number {
  const { firstMs = 200, maxMs = 30_000, pick = Math.random } = options;
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling * (0.5 + pick() / 2));
}
