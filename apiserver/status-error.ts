// Every answer that is not a success: Kubernetes' Status object with its reason, thrown where the trouble is found.
import type { JsonObject } from './json.ts';

/** One wrong field, as `details.causes` carries it. */
export interface Cause {
  readonly reason: string;
  readonly field: string;
  readonly message: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** What an object or a kind is called in messages. */
export interface Subject {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

/** A request that ends without success. `code` is the HTTP status, `reason` one of Kubernetes' StatusReasons. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, text: { message: string; details?: StatusDetails; cause?: unknown }) {
    super(text.message, { cause: text.cause });
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = text.details;
  }
}

/** The Status object that the client gets. */
export function statusOf({ code, reason, message, details }: StatusError): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details: JSON.parse(JSON.stringify(details)) }),
    code,
  };
}

export function notFound(subject: Subject, name: string): StatusError {
  return new StatusError(404, 'NotFound', {
    message: `${qualified(subject)} "${name}" not found`,
    details: { name, group: subject.group, kind: subject.plural },
  });
}

export function pathNotFound(): StatusError {
  return new StatusError(404, 'NotFound', { message: 'the server could not find the requested resource', details: {} });
}

export function alreadyExists(subject: Subject, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', {
    message: `${qualified(subject)} "${name}" already exists`,
    details: { name, group: subject.group, kind: subject.plural },
  });
}

export function conflict(subject: Subject, name: string, why: string): StatusError {
  return new StatusError(409, 'Conflict', {
    message: `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`,
    details: { name, group: subject.group, kind: subject.plural },
  });
}

export function staleObject(subject: Subject, name: string): StatusError {
  return conflict(
    subject,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** 422: what is wrong, field by field. `text` of a cause is `field: message`. */
export function invalid(subject: Subject, name: string, causes: readonly Cause[]): StatusError {
  const texts = causes.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  return new StatusError(422, 'Invalid', {
    message: `${kind} "${name}" is invalid: ${list}`,
    details: { name, group: subject.group, kind: subject.kind, causes },
  });
}

/** 403; `because` holds the cause that a client may look for, with the reason in words. */
export function forbidden(subject: Subject, name: string, because: string | Cause): StatusError {
  const isText = typeof because === 'string';
  return new StatusError(403, 'Forbidden', {
    message: `${qualified(subject)} "${name}" is forbidden: ${isText ? because : because.message}`,
    details: { name, group: subject.group, kind: subject.plural, ...(isText ? {} : { causes: [because] }) },
  });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', { message });
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', { message: 'Unauthorized' });
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', {
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });
}

export function notAcceptable(): StatusError {
  return new StatusError(406, 'NotAcceptable', {
    message: 'only the following media types are accepted: application/json, application/yaml',
  });
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', {
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });
}

/** 410: the revision asked for is compacted; list again. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', { message });
}

export function tooLarge(message: string): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', { message });
}

/** 507: the write was not stored and nothing changed; reads go on. */
export function insufficientStorage(message: string, cause: unknown): StatusError {
  return new StatusError(507, 'InsufficientStorage', { message, details: { retryAfterSeconds: 1 }, cause });
}

export function internalError(message: string, cause: unknown): StatusError {
  return new StatusError(500, 'InternalError', { message: `Internal error occurred: ${message}`, cause });
}

function qualified({ group, plural }: Subject): string {
  return group === '' ? plural : `${plural}.${group}`;
}
