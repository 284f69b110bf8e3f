// Fields that a built-in kind must have.
import { isArray, isObject, type Json } from '../json.ts';
import { required } from '../registry/strategies/fields.ts';
import type { Cause } from '../status-error.ts';
import { type Schema, schemaOfField } from './schema.ts';

/** Every required field that is absent, in order. */
export function missingFields(value: Json, schema: Schema, path = ''): readonly Cause[] {
  if (isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.flatMap((item, i) => missingFields(item, items, `${path}[${i}]`));
  }
  if (!isObject(value)) return [];
  const missing = (schema.required ?? []).filter((field) => value[field] === undefined || value[field] === null);
  const inner = Object.entries(value).flatMap(([key, field]) => {
    const fieldSchema = schemaOfField(schema, key);
    return fieldSchema === undefined ? [] : missingFields(field, fieldSchema, join(path, key));
  });
  return [...missing.map((field) => required(join(path, field))), ...inner];
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
