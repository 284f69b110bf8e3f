// What deletion leaves to do for one object: it goes after its owners, or its dependants, content or instances go first.
// Each step makes at most one write and then yields, so that the caller may let others have their turn.

import { arrayAt, type JsonObject, stringAt } from '../json.ts';
import {
  finalizersOf,
  isBeingDeleted,
  namespaceOf,
  type OwnerReference,
  ownersOf,
  uidOf,
  withMetadata,
} from '../object.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { Kind } from '../registry/kind.ts';
import { CLEANUP_FINALIZER } from '../registry/strategies/custom-resource-definition.ts';
import type { Store } from '../storage/store.ts';
import { type DeleteOptions, deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from '../writes/delete.ts';
import { mayVanish, type Writer } from '../writes/writer.ts';
import { type Ownership, type Place, placeOf } from './ownership.ts';

const IN_BACKGROUND: DeleteOptions = {
  dryRun: false,
  propagation: 'Background',
  gracePeriodSeconds: undefined,
  uid: undefined,
  resourceVersion: undefined,
};

export interface World {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly writer: Writer;
  readonly ownership: Ownership;
}

interface Stored {
  readonly kind: Kind;
  readonly object: JsonObject;
}

/** The steps for the object at that place; none when nothing is to do. Throws JournalError. */
export function* collect(world: World, place: Place): Generator<void> {
  const stored = read(world, place);
  if (stored === undefined) return;
  if (isOrphan(world, stored.object)) remove(world, place);
  else if (isBeingDeleted(stored.object)) yield* finish(world, place, stored.object);
}

/** The steps that an object which is being deleted still waits for. */
function* finish(world: World, place: Place, object: JsonObject): Generator<void> {
  const finalizers = finalizersOf(object);
  if (place.storage === 'namespaces') yield* emptyNamespace(world, place);
  else if (finalizers.includes(CLEANUP_FINALIZER)) yield* emptyDefinition(world, place);
  else if (finalizers.includes(ORPHAN_FINALIZER)) yield* releaseDependants(world, place, uidOf(object));
  else if (finalizers.includes(FOREGROUND_FINALIZER) && !isBlocked(world, uidOf(object)))
    dropFinalizer(world, place, FOREGROUND_FINALIZER);
}

function read({ store, catalog }: World, { storage, namespace, name }: Place): Stored | undefined {
  const kind = catalog.ofStorage(storage);
  const object = store.get(storage, namespace, name);
  return kind === undefined || object === undefined ? undefined : { kind, object: kind.fromStorage(object) };
}

/** It has owners and none of them is there; an owner that waits for its dependants does not hold them either. */
function isOrphan(world: World, object: JsonObject): boolean {
  const owners = ownersOf(object);
  if (owners.length === 0 || isBeingDeleted(object)) return false;
  return owners.every((owner) => !holds(world, owner, object));
}

function holds(world: World, owner: OwnerReference, object: JsonObject): boolean {
  const place = world.ownership.find(owner.uid);
  const found = place === undefined ? undefined : read(world, place)?.object;
  if (found === undefined) return false;
  if (namespaceOf(found) !== '' && namespaceOf(found) !== namespaceOf(object)) return false;
  return !(isBeingDeleted(found) && finalizersOf(found).includes(FOREGROUND_FINALIZER));
}

function isBlocked(world: World, owner: string): boolean {
  return world.ownership.dependantsOf(owner).some((place) => {
    const dependant = read(world, place);
    return ownersOf(dependant?.object ?? {}).some(({ uid, blockOwnerDeletion }) => uid === owner && blockOwnerDeletion);
  });
}

function* emptyNamespace(world: World, place: Place): Generator<void> {
  yield* removeAll(world, contentOf(world, place.name));
  const stored = read(world, place);
  if (stored === undefined || finalizersOf(stored.object).length > 0) return;
  if (contentOf(world, place.name).length === 0) world.writer.remove(stored.kind, stored.object, { dryRun: false });
}

function contentOf({ store, catalog }: World, namespace: string): readonly Place[] {
  return catalog
    .storages()
    .filter(({ namespaced }) => namespaced)
    .flatMap(({ storage }) => store.list(storage).items.map((item) => placeOf(storage, item)))
    .filter((place) => place.namespace === namespace);
}

/** Removes the objects of a definition's kind, then lets the definition go. */
function* emptyDefinition(world: World, place: Place): Generator<void> {
  const storage = place.name;
  yield* removeAll(
    world,
    world.store.list(storage).items.map((item) => placeOf(storage, item)),
  );
  if (world.store.count(storage) === 0) dropFinalizer(world, place, CLEANUP_FINALIZER);
}

function* removeAll(world: World, places: readonly Place[]): Generator<void> {
  for (const place of places) {
    remove(world, place);
    yield;
  }
}

function remove(world: World, place: Place): void {
  const stored = read(world, place);
  if (stored === undefined || isBeingDeleted(stored.object)) return;
  deleteObject(world.writer, { kind: stored.kind, namespace: place.namespace, name: place.name }, IN_BACKGROUND);
}

function* releaseDependants(world: World, place: Place, owner: string): Generator<void> {
  for (const dependant of world.ownership.dependantsOf(owner)) {
    release(world, dependant, owner);
    yield;
  }
  dropFinalizer(world, place, ORPHAN_FINALIZER);
}

function release(world: World, place: Place, owner: string): void {
  const stored = read(world, place);
  if (stored === undefined) return;
  const { kind, object } = stored;
  const left = arrayAt(object, 'metadata', 'ownerReferences').filter((entry) => stringAt(entry, 'uid') !== owner);
  const released = withMetadata(object, 'ownerReferences', left.length === 0 ? undefined : left);
  world.writer.replace(kind, released, { dryRun: false });
}

function dropFinalizer(world: World, place: Place, finalizer: string): void {
  const stored = read(world, place);
  if (stored === undefined) return;
  const { kind, object } = stored;
  const left = finalizersOf(object).filter((entry) => entry !== finalizer);
  const lighter = withMetadata(object, 'finalizers', left.length === 0 ? undefined : left);
  if (left.length === 0 && mayVanish(lighter)) world.writer.remove(kind, lighter, { dryRun: false });
  else world.writer.replace(kind, lighter, { dryRun: false });
}
