// Arrays: how many items, each item, and no item twice where the list is a set or a map.
import { isObject, type Json } from '../json.ts';
import type { Cause } from '../status-error.ts';
import type { Schema } from './schema.ts';

interface ArrayScope {
  readonly path: string;
  readonly validate: (value: Json, schema: Schema, path: string) => readonly Cause[];
}

export function validateArray(
  items: readonly Json[],
  schema: Schema,
  { path, validate }: ArrayScope,
): readonly Cause[] {
  const causes: Cause[] = [];
  if (schema.maxItems !== undefined && items.length > schema.maxItems)
    causes.push({
      reason: 'FieldValueTooMany',
      field: path,
      message: `Too many: ${items.length}: must have at most ${schema.maxItems} items`,
    });
  if (schema.minItems !== undefined && items.length < schema.minItems)
    causes.push({
      reason: 'FieldValueInvalid',
      field: path,
      message: `Invalid value: ${items.length}: ${path} in body should have at least ${schema.minItems} items`,
    });
  const itemSchema = schema.items;
  const inner = itemSchema === undefined ? [] : items.flatMap((item, i) => validate(item, itemSchema, `${path}[${i}]`));
  return [...causes, ...inner, ...duplicateCauses(items, schema, path)];
}

function duplicateCauses(items: readonly Json[], schema: Schema, path: string): readonly Cause[] {
  const identify = identityOf(schema);
  if (identify === undefined) return [];
  const seen = new Set<string>();
  return items.flatMap((item, i) => {
    const identity = identify(item);
    const text = JSON.stringify(identity);
    if (!seen.has(text)) {
      seen.add(text);
      return [];
    }
    return [{ reason: 'FieldValueDuplicate', field: `${path}[${i}]`, message: `Duplicate value: ${text}` }];
  });
}

/** By what two items of the list are the same; undefined for lists that may repeat. */
function identityOf(schema: Schema): ((item: Json) => Json) | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return (item) => item;
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  return (item) => keyValues(item, keys, schema.items);
}

/** The values of the key fields of one item, with their defaults. */
export function keyValues(item: Json, keys: readonly string[], schema: Schema | undefined): Json {
  const holder = isObject(item) ? item : {};
  const pairs = keys.flatMap((key): [string, Json][] => {
    const value = holder[key] ?? schema?.properties?.[key]?.default;
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(pairs);
}
