// Metadata that the server sets: on creation from nothing, on update carried over from the stored object.
import { equals, type Json, type JsonObject, objectAt, omit } from '../json.ts';
import { generationOf, nameOf } from '../object.ts';
import type { Kind } from '../registry/kind.ts';

/** Fields of metadata that clients may not choose or change. */
const SERVER_FIELDS = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'selfLink',
];
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const MAX_GENERATED_PREFIX = 58;

export interface Birth {
  readonly namespace: string;
  readonly uid: string;
  readonly now: string;
  readonly random: () => number;
}

/** A new object with name, namespace, uid, creation time and first generation. */
export function bornObject(object: JsonObject, kind: Kind, birth: Birth): JsonObject {
  const given = objectAt(object, 'metadata') ?? {};
  const prefix = typeof given['generateName'] === 'string' ? given['generateName'] : '';
  const name = nameOf(object) === '' && prefix !== '' ? generateName(prefix, birth.random) : nameOf(object);
  const metadata = {
    ...omit(given, [...SERVER_FIELDS, 'resourceVersion', 'namespace']),
    name,
    ...(kind.namespaced ? { namespace: birth.namespace } : {}),
    uid: birth.uid,
    creationTimestamp: birth.now,
    ...(kind.hasGeneration ? { generation: 1 } : {}),
  };
  return withoutEmptyMetadata({ ...object, metadata });
}

/** The changed object with the server's fields of the stored one */
export function carriedObject(next: JsonObject, previous: JsonObject): JsonObject {
  const stored = objectAt(previous, 'metadata') ?? {};
  const kept = Object.fromEntries(
    [...SERVER_FIELDS, 'resourceVersion', 'namespace', 'name'].flatMap((field): [string, Json][] => {
      const value = stored[field];
      return value === undefined ? [] : [[field, value]];
    }),
  );
  const metadata = { ...omit(objectAt(next, 'metadata') ?? {}, SERVER_FIELDS), ...kept };
  return withoutEmptyMetadata({ ...next, metadata });
}

/** The object with the next generation when anything but metadata and status differs. */
export function withGeneration(next: JsonObject, previous: JsonObject, kind: Kind): JsonObject {
  if (!kind.hasGeneration) return next;
  const ignored = ['metadata', 'apiVersion', ...(kind.hasStatus ? ['status'] : [])];
  if (equals(omit(next, ignored), omit(previous, ignored))) return next;
  return { ...next, metadata: { ...objectAt(next, 'metadata'), generation: generationOf(previous) + 1 } };
}

function generateName(prefix: string, random: () => number): string {
  const suffix = Array.from(
    { length: SUFFIX_LENGTH },
    () => SUFFIX_ALPHABET[Math.floor(random() * SUFFIX_ALPHABET.length)],
  );
  return prefix.slice(0, MAX_GENERATED_PREFIX) + suffix.join('');
}

/** Maps and lists of metadata that are empty or null are as good as absent, and are not kept. */
function withoutEmptyMetadata(object: JsonObject): JsonObject {
  const metadata = objectAt(object, 'metadata') ?? {};
  const kept = Object.entries(metadata).filter(([, value]) => value !== null && !isEmpty(value));
  return { ...object, metadata: Object.fromEntries(kept) };
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
