// Small pieces of which the rules of the built-in kinds are made.
import { isObject, type Json, type JsonObject, objectAt } from '../../json.ts';
import type { Cause } from '../../status-error.ts';

/** The object with those fields filled in where they are absent. */
export function fill(object: JsonObject, defaults: Readonly<Record<string, Json | undefined>>): JsonObject {
  const missing = Object.entries(defaults).filter(
    (entry): entry is [string, Json] => entry[1] !== undefined && !Object.hasOwn(object, entry[0]),
  );
  return missing.length === 0 ? object : { ...object, ...Object.fromEntries(missing) };
}

/** The object with its inner object of that name changed; nothing happens where there is none. */
export function inside(object: JsonObject, key: string, change: (inner: JsonObject) => JsonObject): JsonObject {
  const inner = objectAt(object, key);
  return inner === undefined ? object : { ...object, [key]: change(inner) };
}

/** The object with each object of an array field changed; nothing happens where there is no array. */
export function each(object: JsonObject, key: string, change: (item: JsonObject) => JsonObject): JsonObject {
  const items = object[key];
  if (!Array.isArray(items)) return object;
  return { ...object, [key]: items.map((item: Json) => (isObject(item) ? change(item) : item)) };
}

export function required(field: string, why = ''): Cause {
  return { reason: 'FieldValueRequired', field, message: why === '' ? 'Required value' : `Required value: ${why}` };
}

export function invalidValue(field: string, value: Json | undefined, why: string): Cause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}` };
}

export function duplicate(field: string, value: Json | undefined): Cause {
  return { reason: 'FieldValueDuplicate', field, message: `Duplicate value: ${JSON.stringify(value ?? null)}` };
}

export function forbiddenField(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', field, message: `Forbidden: ${why}` };
}

/** `Unsupported value: "a": supported values: "b", "c"`. */
export function notSupported(field: string, value: Json | undefined, allowed: readonly string[]): Cause {
  const values = allowed.map((entry) => JSON.stringify(entry)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${JSON.stringify(value ?? null)}: supported values: ${values}`,
  };
}

/** The value is one of those, or absent. */
export function oneOf(field: string, value: Json | undefined, allowed: readonly string[]): readonly Cause[] {
  if (value === undefined || (typeof value === 'string' && allowed.includes(value))) return [];
  return [notSupported(field, value, allowed)];
}
