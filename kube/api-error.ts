// What can go wrong between us and the API server.
import { z } from 'zod';

const statusSchema = z.object({
  kind: z.literal('Status').optional(),
  code: z.number().optional(),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z.object({ retryAfterSeconds: z.number().optional() }).optional(),
});

interface ApiErrorFields {
  /** The HTTP status: 409, 410, ... */
  readonly status: number;
  /** metav1.Status reason: 'Conflict', 'AlreadyExists', 'Expired', ...; empty when the answer had none. */
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs: number | undefined;
}

/** The API server answered with an error. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  /** How long the server asked us to stay away. */
  readonly retryAfterMs: number | undefined;

  constructor({ status, reason, message, retryAfterMs }: ApiErrorFields) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }

  get code(): string {
    return this.reason === '' ? `HTTP ${this.status}` : this.reason;
  }

  /** From the body of an answer or the object of an ERROR event; `status` is used when the body has no code. */
  static fromStatus(body: unknown, status: number, retryAfterMs?: number): ApiError {
    const parsed = statusSchema.safeParse(body);
    const { code, reason, message, details } = parsed.success ? parsed.data : {};
    const seconds = details?.retryAfterSeconds;
    return new ApiError({
      status: code ?? status,
      reason: reason ?? '',
      message: message ?? `API server answered ${code ?? status}`,
      retryAfterMs: retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000),
    });
  }
}

/** The API server could not be reached, or the connection broke: refused, reset, timeout, wrong TLS. */
export class ApiConnectionError extends Error {
  readonly code: string;

  constructor(server: string, cause: unknown) {
    const code = causeCode(cause);
    super(`${server}: ${messageOf(cause)}${code === '' ? '' : ` (${code})`}`, { cause });
    this.name = 'ApiConnectionError';
    this.code = code;
  }
}

/** The API server sent something that is not the protocol: no JSON, a line or a body beyond our bounds. */
export class ApiProtocolError extends Error {
  readonly code = 'API_PROTOCOL';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ApiProtocolError';
  }
}

/** Is this the server's answer with that HTTP status? */
export function isApiStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

/**
 * Does the server refuse this very request, so that another may well succeed? Not when it is overloaded (429, 503) or
 * does not know us (401).
 */
export function isRefusal(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  return error.status <= 500 && error.status !== 401 && error.status !== 429;
}

/** One line. A name with several addresses fails with one error for each, and no message of its own. */
function messageOf(cause: unknown): string {
  const isEmpty = Error.isError(cause) && cause.message === '';
  const causes: readonly unknown[] =
    isEmpty && 'errors' in cause && Array.isArray(cause.errors) ? cause.errors : [cause];
  return causes.map((one) => (Error.isError(one) ? one.message : String(one)).replaceAll(/\s*\n\s*/g, ' ')).join(', ');
}

function causeCode(cause: unknown): string {
  return Error.isError(cause) && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
