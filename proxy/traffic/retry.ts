import type { ProxyError } from './proxy-error.ts';

/** A request is tried on at most so many endpoints in all. */
export const MAX_ATTEMPTS = 3;

/** Methods whose repetition means the same as one request (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

export interface AttemptFacts {
  readonly method: string;
  /** How many endpoints have been tried, this one included. */
  readonly attempts: number;
  /** Has any part of the client's body been handed on? */
  readonly isBodyTouched: boolean;
  /** Has the client seen anything of an answer? */
  readonly isAnswered: boolean;
}

/**
 * May the request be sent again? A connection that could not be made has sent nothing: any method. A connection that
 * broke before an answer may be an idle one that the pod had just closed: idempotent methods, once.
 */
export function mayRetry(error: ProxyError, facts: AttemptFacts): boolean {
  if (facts.isBodyTouched || facts.isAnswered) return false;
  if (error.retryable === 'neverSent') return facts.attempts < MAX_ATTEMPTS;
  return error.retryable === 'maybeSent' && facts.attempts < 2 && IDEMPOTENT.has(facts.method);
}
