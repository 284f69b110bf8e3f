// Keeps the catalog in step with the CustomResourceDefinitions in the store, and says in their status that they serve.
import { arrayAt, equals, isObject, type Json, type JsonObject, objectAt, stringAt, valueAt } from '../json.ts';
import { isBeingDeleted, nameOf } from '../object.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { Kind } from '../registry/kind.ts';
import type { Store } from '../storage/store.ts';
import type { Writer } from '../writes/writer.ts';
import { kindsOf } from './crd-kinds.ts';

const RETRY_MS = 1000;
export const CRD_STORAGE = 'customresourcedefinitions.apiextensions.k8s.io';

export interface RegistrarParts {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly writer: Writer;
  /** Told when a status could not be stored; it is tried again. */
  readonly onError: (error: unknown) => void;
}

/** Serves what is stored, and follows every change. Returns how to stop. */
export function followDefinitions(parts: RegistrarParts): () => void {
  for (const definition of parts.store.list(CRD_STORAGE).items) register(parts, definition);
  return parts.store.subscribe(({ resource, type, object }) => {
    if (resource !== CRD_STORAGE) return;
    if (type === 'DELETED') parts.catalog.setCustom(nameOf(object), []);
    else register(parts, object);
  });
}

function register(parts: RegistrarParts, definition: JsonObject): void {
  const conflicting = conflictOf(parts.catalog, definition);
  parts.catalog.setCustom(nameOf(definition), conflicting === undefined ? kindsOf(definition) : []);
  const status = statusOf(definition, conflicting, parts.writer.timestamp());
  if (equals(withoutTimes(status), withoutTimes(objectAt(definition, 'status') ?? {}))) return;
  // The listener is called within the write of the definition; its status is a write of its own, after that one.
  queueMicrotask(() => storeStatus(parts, nameOf(definition), status));
}

function storeStatus(parts: RegistrarParts, name: string, status: JsonObject): void {
  const kind = parts.catalog.find('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
  const current = parts.store.get(CRD_STORAGE, '', name);
  if (kind === undefined || current === undefined) return;
  try {
    parts.writer.replace(kind, { ...current, status }, { dryRun: false });
  } catch (error) {
    parts.onError(error);
    setTimeout(() => storeStatus(parts, name, status), RETRY_MS).unref();
  }
}

/** Another definition that has the names already. */
function conflictOf(catalog: Catalog, definition: JsonObject): Kind | undefined {
  const group = stringAt(definition, 'spec', 'group');
  const kind = stringAt(definition, 'spec', 'names', 'kind');
  return catalog.kinds().find((row) => row.group === group && row.kind === kind && row.storage !== nameOf(definition));
}

function statusOf(definition: JsonObject, conflicting: Kind | undefined, now: string): JsonObject {
  const accepted = conflicting === undefined;
  const known = arrayAt(definition, 'status', 'conditions').filter(isObject);
  const conditions = [
    condition('NamesAccepted', accepted, accepted ? 'NoConflicts' : 'KindConflict'),
    condition('Established', accepted, accepted ? 'InitialNamesAccepted' : 'NotAccepted'),
    ...(isBeingDeleted(definition) ? [condition('Terminating', true, 'InstanceDeletionInProgress')] : []),
  ].map((fresh) => withTime(fresh, known, now));
  const storage = arrayAt(definition, 'spec', 'versions').find((version) => valueAt(version, 'storage') === true);
  const stored = new Set([...arrayAt(definition, 'status', 'storedVersions'), stringAt(storage, 'name') ?? '']);
  return {
    conditions,
    acceptedNames: accepted ? acceptedNames(definition) : { plural: '', kind: '' },
    storedVersions: [...stored],
  };
}

function acceptedNames(definition: JsonObject): JsonObject {
  const names = objectAt(definition, 'spec', 'names') ?? {};
  const kind = stringAt(names, 'kind') ?? '';
  return { listKind: `${kind}List`, singular: kind.toLowerCase(), ...names };
}

function condition(type: string, holds: boolean, reason: string): JsonObject {
  const message = { NoConflicts: 'no conflicts found', InitialNamesAccepted: 'the initial names have been accepted' }[
    reason
  ];
  return {
    type,
    status: holds ? 'True' : 'False',
    reason,
    message: message ?? 'the names are taken by another definition',
  };
}

function withTime(fresh: JsonObject, known: readonly JsonObject[], now: string): JsonObject {
  const before = known.find((entry) => entry['type'] === fresh['type'] && entry['status'] === fresh['status']);
  return { ...fresh, lastTransitionTime: before?.['lastTransitionTime'] ?? now };
}

function withoutTimes(status: JsonObject): JsonObject {
  const conditions = arrayAt(status, 'conditions').map(
    (entry): Json => (isObject(entry) ? { ...entry, lastTransitionTime: '' } : entry),
  );
  return { ...status, conditions };
}
