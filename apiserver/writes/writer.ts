// Creating, changing and deleting objects. Every decision and the write itself happen in one turn of the event loop, so
// nothing can come between reading the stored object and replacing it.
import { randomUUID } from 'node:crypto';
import { recordOwnership } from '../apply/managed-fields.ts';
import { equals, type Json, type JsonObject, objectAt, omit, stringAt } from '../json.ts';
import {
  finalizersOf,
  isBeingDeleted,
  nameOf,
  namespaceOf,
  resourceVersionOf,
  uidOf,
  withMetadata,
} from '../object.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { Kind, World } from '../registry/kind.ts';
import { RuleChecker } from '../schema/cel/rules.ts';
import { customResourceCauses } from '../schema/custom-resource.ts';
import { applyDefaults } from '../schema/default.ts';
import { pruneUnknown, withTypeFields } from '../schema/fields.ts';
import { missingFields } from '../schema/required.ts';
import type { Schema } from '../schema/schema.ts';
import {
  alreadyExists,
  badRequest,
  type Cause,
  conflict,
  forbidden,
  insufficientStorage,
  internalError,
  invalid,
  notFound,
  staleObject,
} from '../status-error.ts';
import { JournalError } from '../storage/journal.ts';
import type { Store } from '../storage/store.ts';
import { ingest } from './ingest.ts';
import { bornObject, carriedObject, withGeneration } from './metadata.ts';
import { validateMetadata } from './names.ts';
import type { WriteOptions } from './options.ts';

export interface WriterParts {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly metadataSchema: Schema;
  readonly now: () => number;
  readonly random: () => number;
}

/** Which object a request means. */
export interface Target {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

/** From the stored object, in the request's version, to what it shall be. */
export type Transform = (current: JsonObject) => Json;

export class Writer {
  readonly #parts: WriterParts;
  readonly #world: World;
  readonly #rules = new RuleChecker();
  readonly #schemas = new WeakMap<Schema, Schema>();

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#world = {
      list: (storage) => parts.store.list(storage).items,
      get: (storage, namespace, name) => parts.store.get(storage, namespace, name),
    };
  }

  /** Stores a new object. `target.name` is empty when the object names itself. Throws StatusError. */
  create(target: Target, body: Json, options: WriteOptions): JsonObject {
    const { kind, namespace } = target;
    const ingested = ingest(body, kind, { metadata: this.#parts.metadataSchema, options });
    checkIdentity(ingested, target);
    if (resourceVersionOf(ingested) !== '' && resourceVersionOf(ingested) !== '0')
      throw badRequest('resourceVersion should not be set on objects to be created');
    this.#checkNamespace(target, nameOf(ingested));
    const now = this.timestamp();
    const birth = { namespace, uid: randomUUID(), now, random: this.#parts.random };
    const born = bornObject(kind.hasStatus ? omit(ingested, ['status']) : ingested, kind, birth);
    const complete = this.#complete(born, undefined, kind);
    if (this.#parts.store.get(kind.storage, kind.namespaced ? namespace : '', nameOf(complete)) !== undefined)
      throw alreadyExists(kind, nameOf(complete));
    this.#validate(complete, undefined, kind);
    const owned = recordOwnership({
      live: undefined,
      next: complete,
      kind,
      schema: this.schemaOf(kind),
      now,
      ...options,
    });
    return this.#put(kind, owned, options);
  }

  /** Changes a stored object. Throws StatusError; 404 when there is none. */
  update(target: Target, transform: Transform, options: WriteOptions): JsonObject {
    const { kind } = target;
    const stored = this.read(target);
    const current = kind.fromStorage(stored);
    const wanted = ingest(transform(current), kind, { metadata: this.#parts.metadataSchema, options });
    checkIdentity(wanted, target);
    checkPreconditions(wanted, current, kind);
    const scoped = scopeToSubresource(carriedObject(wanted, current), current, { kind, options });
    const complete = withGeneration(this.#complete(scoped, current, kind), current, kind);
    this.#validate(complete, current, kind);
    const owned = recordOwnership({
      live: current,
      next: complete,
      kind,
      schema: this.schemaOf(kind),
      now: this.timestamp(),
      ...options,
    });
    if (isBeingDeleted(owned) && mayVanish(owned)) return this.#remove(kind, owned, options);
    if (
      equals(withMetadata(owned, 'managedFields', null), withMetadata(current, 'managedFields', null)) &&
      equals(ownership(owned), ownership(current))
    )
      return current;
    return this.#put(kind, owned, options);
  }

  /** The stored object as it is stored. Throws 404. */
  read({ kind, namespace, name }: Target): JsonObject {
    const stored = this.#parts.store.get(kind.storage, kind.namespaced ? namespace : '', name);
    if (stored === undefined) throw notFound(kind, name);
    return stored;
  }

  exists({ kind, namespace, name }: Target): boolean {
    return this.#parts.store.get(kind.storage, kind.namespaced ? namespace : '', name) !== undefined;
  }

  /** The schema of whole objects of a kind, metadata included. */
  schemaOf(kind: Kind): Schema {
    const known = this.#schemas.get(kind.schema);
    if (known !== undefined) return known;
    const whole = withTypeFields({ root: kind.schema, metadata: this.#parts.metadataSchema });
    this.#schemas.set(kind.schema, whole);
    return whole;
  }

  /** The object without fields that the kind does not know. */
  prune(object: JsonObject, kind: Kind): JsonObject {
    return pruneUnknown(object, { root: kind.schema, metadata: this.#parts.metadataSchema }).value;
  }

  /** Removes the object now, whatever its finalizers say. */
  remove(kind: Kind, object: JsonObject, options: Pick<WriteOptions, 'dryRun'>): JsonObject {
    return this.#remove(kind, object, options);
  }

  /** Stores an object that the server itself changed, without the checks for clients. */
  replace(kind: Kind, object: JsonObject, options: Pick<WriteOptions, 'dryRun'>): JsonObject {
    return this.#put(kind, object, options);
  }

  #complete(object: JsonObject, previous: JsonObject | undefined, kind: Kind): JsonObject {
    const { strategy } = kind;
    const prepared = strategy.prepare?.(object, previous) ?? object;
    const defaulted = kind.isCustom ? applyDefaults(prepared, kind.schema) : (strategy.default?.(prepared) ?? prepared);
    return strategy.admit?.(defaulted as JsonObject, previous, this.#world) ?? (defaulted as JsonObject);
  }

  #validate(object: JsonObject, previous: JsonObject | undefined, kind: Kind): void {
    const causes: readonly Cause[] = [
      ...validateMetadata(object, kind),
      ...(kind.isCustom
        ? customResourceCauses({ object, previous, schema: kind.schema }, this.#rules)
        : missingFields(omit(object, ['status']), kind.schema)),
      ...(kind.strategy.validate?.(object, previous, this.#world) ?? []),
    ];
    if (causes.length > 0) throw invalid(kind, nameOf(object), distinct(causes));
  }

  /** Namespaced objects need a namespace that exists and is not going away. */
  #checkNamespace({ kind, namespace }: Target, name: string): void {
    if (!kind.namespaced) return;
    const holder = this.#parts.store.get('namespaces', '', namespace);
    if (holder === undefined) throw notFound({ group: '', kind: 'Namespace', plural: 'namespaces' }, namespace);
    if (isBeingDeleted(holder))
      throw forbidden(kind, name, {
        // What client-go calls NamespaceTerminatingCause: controllers stop trying when they see it.
        reason: 'NamespaceTerminating',
        field: 'metadata.namespace',
        message: `unable to create new content in namespace ${namespace} because it is being terminated`,
      });
  }

  #put(kind: Kind, object: JsonObject, { dryRun }: Pick<WriteOptions, 'dryRun'>): JsonObject {
    if (dryRun) return object;
    return kind.fromStorage(storing(() => this.#parts.store.put(kind.storage, kind.toStorage(object))));
  }

  #remove(kind: Kind, object: JsonObject, { dryRun }: Pick<WriteOptions, 'dryRun'>): JsonObject {
    if (dryRun) return object;
    return kind.fromStorage(storing(() => this.#parts.store.delete(kind.storage, kind.toStorage(object))));
  }

  /** The time of writes, in whole seconds as metadata keeps it. */
  timestamp(): string {
    return new Date(this.#parts.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}

/** Nothing holds an object that is being deleted any more. */
export function mayVanish(object: JsonObject): boolean {
  const grace = objectAt(object, 'metadata')?.['deletionGracePeriodSeconds'];
  return finalizersOf(object).length === 0 && (grace === undefined || grace === 0) && !isNamespace(object);
}

/** The rules of a kind and its schema may both miss a field. */
function distinct(causes: readonly Cause[]): readonly Cause[] {
  const isFirst = (cause: Cause, i: number): boolean =>
    causes.findIndex(({ field, reason }) => field === cause.field && reason === cause.reason) === i;
  return causes.filter((cause, i) => cause.reason !== 'FieldValueRequired' || isFirst(cause, i));
}

/** Namespaces vanish only when their content is gone. */
function isNamespace(object: JsonObject): boolean {
  return stringAt(object, 'kind') === 'Namespace' && stringAt(object, 'apiVersion') === 'v1';
}

function storing<T>(write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    if (error.code === 'DISK_FULL')
      throw insufficientStorage(`nothing was changed: no space left: ${error.message}`, error);
    throw internalError(error.message, error);
  }
}

function checkIdentity(object: JsonObject, { kind, namespace, name }: Target): void {
  if (kind.namespaced && namespaceOf(object) !== '' && namespaceOf(object) !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (name !== '' && nameOf(object) !== '' && nameOf(object) !== name)
    throw badRequest(`the name of the object (${nameOf(object)}) does not match the name on the URL (${name})`);
}

function checkPreconditions(wanted: JsonObject, current: JsonObject, kind: Kind): void {
  const version = resourceVersionOf(wanted);
  if (version !== '' && version !== '0' && version !== resourceVersionOf(current))
    throw staleObject(kind, nameOf(current));
  if (uidOf(wanted) !== '' && uidOf(wanted) !== uidOf(current))
    throw conflict(
      kind,
      nameOf(current),
      `Precondition failed: UID in precondition: ${uidOf(wanted)}, UID in object meta: ${uidOf(current)}`,
    );
}

/** Through /status only status changes; without it everything else, where the kind has a status of its own. */
function scopeToSubresource(
  wanted: JsonObject,
  current: JsonObject,
  { kind, options }: { readonly kind: Kind; readonly options: WriteOptions },
): JsonObject {
  if (options.subresource === 'status') {
    const managed = objectAt(wanted, 'metadata')?.['managedFields'];
    return withStatusOf(withMetadata(current, 'managedFields', managed), wanted);
  }
  return kind.hasStatus ? withStatusOf(wanted, current) : wanted;
}

function withStatusOf(object: JsonObject, source: JsonObject): JsonObject {
  const status = source['status'];
  return status === undefined ? omit(object, ['status']) : { ...object, status };
}

/** managedFields without their times: who owns what. */
function ownership(object: JsonObject): Json {
  const entries = objectAt(object, 'metadata')?.['managedFields'];
  if (!Array.isArray(entries)) return [];
  return entries.map((entry: Json) => omit(entry as JsonObject, ['time']));
}
