// JSON Pointer, RFC 6901, with changes that copy only what lies on the way.
import { isArray, isObject, type Json } from '../json.ts';

/** The patch cannot be applied to this document. */
export class PointerError extends Error {
  readonly code = 'POINTER';
}

/** Splits a pointer into its keys; throws PointerError when it is none. */
export function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw new PointerError(`${JSON.stringify(pointer)} is no JSON pointer`);
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function getAt(document: Json, path: readonly string[]): Json {
  let value = document;
  for (const key of path) {
    const next: Json | undefined = isArray(value) ? value[indexIn(value, key, value.length - 1)] : fieldOf(value, key);
    if (next === undefined) throw new PointerError(`there is nothing at /${path.join('/')}`);
    value = next;
  }
  return value;
}

/** Adds (into an array: inserts) a value, as "add" of RFC 6902 does. */
export function addAt(document: Json, path: readonly string[], value: Json): Json {
  const field = (holder: Json, key: string): Json => {
    if (isArray(holder))
      return holder.toSpliced(key === '-' ? holder.length : indexIn(holder, key, holder.length), 0, value);
    return { ...asObject(holder, path), [key]: value };
  };
  return change(document, path, { field, whole: value });
}

export function removeAt(document: Json, path: readonly string[]): Json {
  const field = (holder: Json, key: string): Json => {
    if (isArray(holder)) return holder.toSpliced(indexIn(holder, key, holder.length - 1), 1);
    const object = asObject(holder, path);
    if (!Object.hasOwn(object, key)) throw new PointerError(`there is nothing to remove at /${path.join('/')}`);
    const { [key]: _removed, ...rest } = object;
    return rest;
  };
  return change(document, path, { field, whole: null });
}

export function replaceAt(document: Json, path: readonly string[], value: Json): Json {
  getAt(document, path);
  const field = (holder: Json, key: string): Json => {
    if (isArray(holder)) return holder.with(indexIn(holder, key, holder.length - 1), value);
    return { ...asObject(holder, path), [key]: value };
  };
  return change(document, path, { field, whole: value });
}

interface Edit {
  /** The holder with its field changed. */
  readonly field: (holder: Json, key: string) => Json;
  /** What becomes of the document when the path is empty. */
  readonly whole: Json;
}

function change(document: Json, path: readonly string[], edit: Edit): Json {
  const [key, ...rest] = path;
  if (key === undefined) return edit.whole;
  if (rest.length === 0) return edit.field(document, key);
  const inner = change(getAt(document, [key]), rest, edit);
  if (isArray(document)) return document.with(indexIn(document, key, document.length - 1), inner);
  return { ...asObject(document, path), [key]: inner };
}

function fieldOf(value: Json, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function asObject(value: Json, path: readonly string[]): { readonly [key: string]: Json } {
  if (!isObject(value)) throw new PointerError(`/${path.join('/')} does not lead through objects`);
  return value;
}

function indexIn(array: readonly Json[], key: string, highest: number): number {
  const index = /^(0|[1-9]\d{0,8})$/.test(key) ? Number(key) : -1;
  if (index < 0 || index > highest)
    throw new PointerError(`index ${JSON.stringify(key)} is out of the bounds of an array of ${array.length}`);
  return index;
}
