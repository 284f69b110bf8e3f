// Every field of an object with its path, as metadata.managedFields spells paths: `f:spec`, `k:{"port":80}`, `v:"x"`.
import { isArray, isObject, type Json } from '../json.ts';
import { type Schema, schemaOfField } from '../schema/schema.ts';
import { keyValues } from '../schema/validate-array.ts';

/** Elements of a path, joined by a separator that JSON text never holds raw. */
export type FieldPath = string;
export const SEPARATOR = '\0';

/**
 * leaf: owned as a whole (scalars, atomic lists and maps, empty holders). struct: an object with named fields.
 * entry: a holder in a map, item: one in a list; both come and go by themselves. list: a list whose items have owners.
 */
export type FieldRole = 'leaf' | 'struct' | 'entry' | 'item' | 'list';

export interface Field {
  readonly path: FieldPath;
  readonly role: FieldRole;
  readonly value: Json;
}

/** The fields of a value, outer ones before inner ones; the value itself is not among them. */
export function fieldsOf(value: Json, schema: Schema | undefined): readonly Field[] {
  const fields: Field[] = [];
  descend(value, schema, { path: '', fields });
  return fields;
}

interface Walk {
  readonly path: FieldPath;
  readonly fields: Field[];
}

function descend(value: Json, schema: Schema | undefined, walk: Walk): void {
  if (isArray(value)) {
    for (const item of value)
      visit({ value: item, role: 'item', element: itemElement(item, schema) }, schema?.items, walk);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const isNamed = schema?.properties !== undefined && Object.hasOwn(schema.properties, key);
    visit({ value: inner, role: isNamed ? 'struct' : 'entry', element: `f:${key}` }, schemaOfField(schema, key), walk);
  }
}

interface Named {
  readonly value: Json;
  readonly role: FieldRole;
  readonly element: string;
}

function visit({ value, role, element }: Named, schema: Schema | undefined, { path, fields }: Walk): void {
  const here = path === '' ? element : path + SEPARATOR + element;
  if (isLeaf(value, schema)) {
    fields.push({ path: here, role: 'leaf', value });
    return;
  }
  const holder = role === 'struct' && isArray(value) ? 'list' : role;
  fields.push({ path: here, role: holder, value });
  descend(value, schema, { path: here, fields });
}

/** Whether a value has one owner for all that is in it. */
export function isLeaf(value: Json, schema: Schema | undefined): boolean {
  if (isArray(value)) return value.length === 0 || !isAssociative(schema);
  if (!isObject(value)) return true;
  return Object.keys(value).length === 0 || schema?.['x-kubernetes-map-type'] === 'atomic';
}

/** Whether the items of a list have owners of their own. */
export function isAssociative(schema: Schema | undefined): boolean {
  const type = schema?.['x-kubernetes-list-type'];
  return type === 'map' || type === 'set';
}

/** How an item of a list is named in a path: by its key fields, or by its value. */
export function itemElement(item: Json, schema: Schema | undefined): string {
  if (schema?.['x-kubernetes-list-type'] !== 'map') return `v:${JSON.stringify(item)}`;
  const keys = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort();
  return `k:${JSON.stringify(keyValues(item, keys, schema.items))}`;
}
