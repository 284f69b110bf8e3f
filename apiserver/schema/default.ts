// Defaults of a structural schema: filled in where the holder exists and the field does not.
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { type Schema, schemaOfField } from './schema.ts';

/** A copy with the schema's defaults; the same value where nothing was missing. */
export function applyDefaults(value: Json, schema: Schema): Json {
  if (isArray(value)) return defaultItems(value, schema.items);
  if (isObject(value)) return defaultFields(value, schema);
  return value;
}

function defaultItems(items: readonly Json[], schema: Schema | undefined): Json {
  if (schema === undefined) return items;
  const filled = items.map((item) => applyDefaults(nullAsDefault(item, schema), schema));
  return filled.some((item, i) => item !== items[i]) ? filled : items;
}

function defaultFields(object: JsonObject, schema: Schema): Json {
  const filled: Record<string, Json> = {};
  let changed = false;
  for (const [key, inner] of Object.entries(object)) {
    const fieldSchema = schemaOfField(schema, key);
    const next = fieldSchema === undefined ? inner : applyDefaults(nullAsDefault(inner, fieldSchema), fieldSchema);
    changed ||= next !== inner;
    filled[key] = next;
  }
  for (const [key, fieldSchema] of Object.entries(schema.properties ?? {})) {
    if (fieldSchema.default === undefined || Object.hasOwn(object, key)) continue;
    filled[key] = applyDefaults(fieldSchema.default, fieldSchema);
    changed = true;
  }
  return changed ? filled : object;
}

/** A null where null is not allowed and a default exists is as good as absent. */
function nullAsDefault(value: Json, schema: Schema): Json {
  return value === null && schema.nullable !== true && schema.default !== undefined ? schema.default : value;
}
