// Lists: one moment of the store, filtered, in pages when asked for.
import type { RequestQuery } from '../http/query.ts';
import type { JsonObject } from '../json.ts';
import { labelsOf, namespaceOf } from '../object.ts';
import type { Kind } from '../registry/kind.ts';
import { parseFieldSelector } from '../select/field-selector.ts';
import { parseLabelSelector } from '../select/label-selector.ts';
import { badRequest, expired, StatusError } from '../status-error.ts';
import { orderKeyOf } from '../storage/object-table.ts';
import { RevisionError, type Snapshot, type Store } from '../storage/store.ts';

/** Which objects of a kind a request means. */
export interface Scope {
  readonly kind: Kind;
  /** Empty for all namespaces. */
  readonly namespace: string;
  /** Whether an object, in the kind's version, is meant. */
  readonly matches: (object: JsonObject) => boolean;
  readonly isFiltered: boolean;
}

export interface Page {
  readonly revision: number;
  readonly items: readonly JsonObject[];
  /** Where the next page begins; empty on the last one. */
  readonly continueToken: string;
  readonly remaining: number | undefined;
}

/** Throws 400 for selectors that cannot be read. */
export function scopeOf(kind: Kind, namespace: string, query: RequestQuery): Scope {
  const labels = parseLabelSelector(query.labelSelector);
  const fields = parseFieldSelector(query.fieldSelector, kind.selectableFields);
  const matches = (object: JsonObject): boolean =>
    (namespace === '' || namespaceOf(object) === namespace) && labels(labelsOf(object)) && fields.matches(object);
  return { kind, namespace, matches, isFiltered: query.labelSelector !== '' || query.fieldSelector !== '' };
}

/** Throws StatusError: 400 for a broken request, 410 for a forgotten moment, 504 for one that is not there yet. */
export function listPage(store: Store, scope: Scope, query: RequestQuery): Page {
  const from = query.continueToken === '' ? undefined : readToken(query.continueToken);
  const { revision, items } = snapshot(
    store,
    scope.kind.storage,
    from === undefined ? wantedMoment(query) : { kind: 'exact', at: from.revision },
  );
  const { kind } = scope;
  const left = from === undefined ? items : items.filter((item) => orderKeyOf(item) > from.after);
  const rest = left.map((item) => kind.fromStorage(item)).filter(scope.matches);
  const page = query.limit > 0 ? rest.slice(0, query.limit) : rest;
  const last = page.at(-1);
  const remaining = rest.length - page.length;
  if (last === undefined || remaining === 0) return { revision, items: page, continueToken: '', remaining: undefined };
  return {
    revision,
    items: page,
    continueToken: writeToken({ revision, after: orderKeyOf(last) }),
    remaining: scope.isFiltered ? undefined : remaining,
  };
}

/** Reads a resourceVersion; undefined when none is given. Throws 400. */
export function parseRevision(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

/** 410 or 504 for what the store says about a revision; other errors pass. */
export function revisionStatus(error: unknown): StatusError {
  if (!(error instanceof RevisionError)) throw error;
  if (error.code === 'COMPACTED') return expired(error.message);
  return new StatusError(504, 'Timeout', {
    message: error.message,
    details: {
      retryAfterSeconds: 1,
      causes: [{ reason: 'ResourceVersionTooLarge', field: '', message: 'Too large resource version' }],
    },
  });
}

type Moment =
  | { readonly kind: 'present'; readonly notBefore: number }
  | { readonly kind: 'exact'; readonly at: number };

function wantedMoment({ resourceVersion, resourceVersionMatch, limit }: RequestQuery): Moment {
  const revision = parseRevision(resourceVersion);
  if (resourceVersionMatch !== '' && revision === undefined)
    throw badRequest(
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  if (!['', 'Exact', 'NotOlderThan'].includes(resourceVersionMatch))
    throw badRequest(
      `resourceVersionMatch: Unsupported value: "${resourceVersionMatch}": supported values: "Exact", "NotOlderThan", ""`,
    );
  if (resourceVersionMatch === 'Exact' && revision === 0)
    throw badRequest(
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    );
  const isExact = resourceVersionMatch === 'Exact' || (resourceVersionMatch === '' && limit > 0);
  if (isExact && revision !== undefined && revision > 0) return { kind: 'exact', at: revision };
  return { kind: 'present', notBefore: revision ?? 0 };
}

function snapshot(store: Store, storage: string, moment: Moment): Snapshot {
  try {
    return store.list(storage, moment.kind === 'exact' ? moment.at : Math.max(moment.notBefore, store.revision));
  } catch (error) {
    throw revisionStatus(error);
  }
}

interface Position {
  readonly revision: number;
  readonly after: string;
}

function writeToken({ revision, after }: Position): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: after })).toString('base64url');
}

function readToken(token: string): Position {
  try {
    const { rv, start }: { rv: unknown; start: unknown } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (typeof rv === 'number' && typeof start === 'string') return { revision: rv, after: start };
  } catch {
    // The same answer as for a token of the wrong shape.
  }
  throw badRequest('continue key is not valid: the token cannot be read');
}
