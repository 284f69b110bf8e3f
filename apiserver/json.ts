// Objects as the API server keeps them: plain JSON, never changed in place.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object in a field; undefined when it is absent or something else. */
export function objectAt(holder: Json | undefined, ...path: readonly string[]): JsonObject | undefined {
  const value = valueAt(holder, ...path);
  return isObject(value) ? value : undefined;
}

/** The array in a field; empty when it is absent or something else. */
export function arrayAt(holder: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const value = valueAt(holder, ...path);
  return isArray(value) ? value : [];
}

/** The text in a field; undefined when it is absent or something else. */
export function stringAt(holder: Json | undefined, ...path: readonly string[]): string | undefined {
  const value = valueAt(holder, ...path);
  return typeof value === 'string' ? value : undefined;
}

export function valueAt(holder: Json | undefined, ...path: readonly string[]): Json | undefined {
  let value: Json | undefined = holder;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A scalar as text; nothing for null, objects and arrays. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** A copy with that field set; objects on the way are made where they are missing. */
export function withValue(holder: JsonObject, path: readonly string[], value: Json): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) throw new Error('bug: a path needs a key');
  if (rest.length === 0) return { ...holder, [key]: value };
  return { ...holder, [key]: withValue(objectAt(holder, key) ?? {}, rest, value) };
}

/** A copy without that field; the same object when it has no such field. */
export function withoutValue(holder: JsonObject, path: readonly string[]): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined || !Object.hasOwn(holder, key)) return holder;
  if (rest.length === 0) return omit(holder, [key]);
  const inner = objectAt(holder, key);
  return inner === undefined ? holder : { ...holder, [key]: withoutValue(inner, rest) };
}

export function omit(holder: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(holder).filter(([key]) => !keys.includes(key)));
}

/** Equality of content; the order of keys does not matter. */
export function equals(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isArray(a)) return isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equals(a[key], b[key]));
}
