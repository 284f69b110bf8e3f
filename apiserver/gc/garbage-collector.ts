// What the server does behind the requests: dependants of deleted owners, content of deleted namespaces and definitions.
import { arrayAt, type JsonObject, stringAt } from '../json.ts';
import {
  finalizersOf,
  isBeingDeleted,
  nameOf,
  namespaceOf,
  type OwnerReference,
  ownersOf,
  resourceVersionOf,
  uidOf,
  withMetadata,
} from '../object.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { Kind } from '../registry/kind.ts';
import { CLEANUP_FINALIZER } from '../registry/strategies/custom-resource-definition.ts';
import type { Change } from '../storage/journal.ts';
import type { Store } from '../storage/store.ts';
import { type DeleteOptions, deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../writes/delete.ts';
import type { Writer } from '../writes/writer.ts';

const RETRY_MS = 1000;
const IN_BACKGROUND: DeleteOptions = {
  dryRun: false,
  propagation: 'Background',
  gracePeriodSeconds: undefined,
  uid: undefined,
  resourceVersion: undefined,
};

export interface CollectorParts {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly writer: Writer;
  readonly onError: (error: unknown) => void;
}

interface Stored {
  readonly kind: Kind;
  readonly object: JsonObject;
}

/** Runs after each change that may matter, one pass at a time; a pass looks at everything that is there. */
export class GarbageCollector {
  readonly #parts: CollectorParts;
  readonly #unsubscribe: () => void;
  #next: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.store.subscribe((change) => {
      if (mayMatter(change)) this.#schedule();
    });
    this.#schedule();
  }

  stop(): void {
    this.#unsubscribe();
    clearImmediate(this.#next);
    clearTimeout(this.#retry);
  }

  #schedule(): void {
    this.#next ??= setImmediate(() => this.#pass());
  }

  #pass(): void {
    this.#next = undefined;
    try {
      collect(this.#parts);
    } catch (error) {
      this.#parts.onError(error);
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => this.#schedule(), RETRY_MS).unref();
    }
  }
}

function mayMatter({ type, object }: Change): boolean {
  return type === 'DELETED' || isBeingDeleted(object) || (type === 'ADDED' && ownersOf(object).length > 0);
}

function collect(parts: CollectorParts): void {
  const everything = allObjects(parts);
  const alive = new Map(everything.map((stored) => [uidOf(stored.object), stored]));
  for (const stored of everything) {
    if (!isCurrent(parts, stored)) continue;
    if (isOrphan(stored.object, alive)) remove(parts, stored);
    else if (isBeingDeleted(stored.object)) finishDeletion(parts, stored, everything);
  }
}

/** False when this very pass has changed or removed it; the change brings another pass. */
function isCurrent({ store }: CollectorParts, { kind, object }: Stored): boolean {
  const current = store.get(kind.storage, namespaceOf(object), nameOf(object));
  return current !== undefined && resourceVersionOf(current) === resourceVersionOf(object);
}

function allObjects({ store, catalog }: CollectorParts): readonly Stored[] {
  return catalog
    .storages()
    .flatMap((kind) => store.list(kind.storage).items.map((item) => ({ kind, object: kind.fromStorage(item) })));
}

/** It has owners and none of them is there; an owner that waits for its dependants does not hold them either. */
function isOrphan(object: JsonObject, alive: ReadonlyMap<string, Stored>): boolean {
  const owners = ownersOf(object);
  if (owners.length === 0 || isBeingDeleted(object)) return false;
  return owners.every((owner) => !holds(owner, object, alive));
}

function holds(owner: OwnerReference, object: JsonObject, alive: ReadonlyMap<string, Stored>): boolean {
  const found = alive.get(owner.uid)?.object;
  if (found === undefined) return false;
  if (namespaceOf(found) !== '' && namespaceOf(found) !== namespaceOf(object)) return false;
  return !(isBeingDeleted(found) && finalizersOf(found).includes(FOREGROUND_FINALIZER));
}

function finishDeletion(parts: CollectorParts, { kind, object }: Stored, everything: readonly Stored[]): void {
  if (kind.storage === 'namespaces') return emptyNamespace(parts, { kind, object }, everything);
  const finalizers = finalizersOf(object);
  if (finalizers.includes(CLEANUP_FINALIZER)) return emptyDefinition(parts, { kind, object }, everything);
  const dependants = everything.filter((other) => ownersOf(other.object).some(({ uid }) => uid === uidOf(object)));
  if (finalizers.includes(ORPHAN_FINALIZER)) {
    for (const dependant of dependants) release(parts, dependant, uidOf(object));
    return dropFinalizer(parts, { kind, object }, ORPHAN_FINALIZER);
  }
  if (!finalizers.includes(FOREGROUND_FINALIZER)) return;
  const blocking = dependants.filter((other) =>
    ownersOf(other.object).some(({ uid, blockOwnerDeletion }) => uid === uidOf(object) && blockOwnerDeletion),
  );
  if (blocking.length === 0) dropFinalizer(parts, { kind, object }, FOREGROUND_FINALIZER);
}

function emptyNamespace(parts: CollectorParts, { kind, object }: Stored, everything: readonly Stored[]): void {
  const content = everything.filter(
    (stored) => stored.kind.namespaced && namespaceOf(stored.object) === nameOf(object),
  );
  for (const stored of content) if (!isBeingDeleted(stored.object)) remove(parts, stored);
  const isEmpty = content.every(
    (stored) => parts.store.get(stored.kind.storage, nameOf(object), nameOf(stored.object)) === undefined,
  );
  if (isEmpty && finalizersOf(object).length === 0) parts.writer.remove(kind, object, { dryRun: false });
}

/** Removes the objects of a definition's kind, then lets the definition go. */
function emptyDefinition(parts: CollectorParts, { kind, object }: Stored, everything: readonly Stored[]): void {
  const instances = everything.filter((stored) => stored.kind.storage === nameOf(object));
  for (const stored of instances) if (!isBeingDeleted(stored.object)) remove(parts, stored);
  if (parts.store.count(nameOf(object)) === 0) dropFinalizer(parts, { kind, object }, CLEANUP_FINALIZER);
}

function remove(parts: CollectorParts, { kind, object }: Stored): void {
  if (!isCurrent(parts, { kind, object })) return;
  deleteObject(parts.writer, { kind, namespace: namespaceOf(object), name: nameOf(object) }, IN_BACKGROUND);
}

function release({ writer, store }: CollectorParts, { kind, object }: Stored, owner: string): void {
  const current = store.get(kind.storage, namespaceOf(object), nameOf(object));
  if (current === undefined) return;
  const left = arrayAt(current, 'metadata', 'ownerReferences').filter((entry) => stringAt(entry, 'uid') !== owner);
  writer.replace(
    kind,
    withMetadata(kind.fromStorage(current), 'ownerReferences', left.length === 0 ? undefined : left),
    { dryRun: false },
  );
}

function dropFinalizer({ writer }: CollectorParts, { kind, object }: Stored, finalizer: string): void {
  const left = finalizersOf(object).filter((entry) => entry !== finalizer);
  if (left.length === 0) writer.remove(kind, object, { dryRun: false });
  else writer.replace(kind, withMetadata(object, 'finalizers', left), { dryRun: false });
}
