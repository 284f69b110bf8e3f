// What every stored object has: its kind and its metadata.
import { arrayAt, type Json, type JsonObject, objectAt, stringAt, withoutValue, withValue } from './json.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly blockOwnerDeletion: boolean;
}

export function nameOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'name') ?? '';
}

export function namespaceOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'namespace') ?? '';
}

export function uidOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'uid') ?? '';
}

export function resourceVersionOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'resourceVersion') ?? '';
}

export function generationOf(object: JsonObject): number {
  const generation = objectAt(object, 'metadata')?.['generation'];
  return typeof generation === 'number' ? generation : 0;
}

export function finalizersOf(object: JsonObject): readonly string[] {
  return arrayAt(object, 'metadata', 'finalizers').filter((entry) => typeof entry === 'string');
}

export function isBeingDeleted(object: JsonObject): boolean {
  return stringAt(object, 'metadata', 'deletionTimestamp') !== undefined;
}

export function labelsOf(object: JsonObject): JsonObject {
  return objectAt(object, 'metadata', 'labels') ?? {};
}

export function annotationsOf(object: JsonObject): JsonObject {
  return objectAt(object, 'metadata', 'annotations') ?? {};
}

export function ownersOf(object: JsonObject): readonly OwnerReference[] {
  return arrayAt(object, 'metadata', 'ownerReferences').map((owner) => ({
    apiVersion: stringAt(owner, 'apiVersion') ?? '',
    kind: stringAt(owner, 'kind') ?? '',
    name: stringAt(owner, 'name') ?? '',
    uid: stringAt(owner, 'uid') ?? '',
    blockOwnerDeletion: objectAt(owner)?.['blockOwnerDeletion'] === true,
  }));
}

/** A copy with that metadata field set, or without it when the value is undefined. */
export function withMetadata(object: JsonObject, field: string, value: Json | undefined): JsonObject {
  if (value === undefined) return withoutValue(object, ['metadata', field]);
  return withValue(object, ['metadata', field], value);
}
