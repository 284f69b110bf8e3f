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
  const present = Object.entries(object).map(([key, inner]): [string, Json] => {
    const fieldSchema = schemaOfField(schema, key);
    return [key, fieldSchema === undefined ? inner : applyDefaults(nullAsDefault(inner, fieldSchema), fieldSchema)];
  });
  const missing = Object.entries(schema.properties ?? {}).flatMap(([key, fieldSchema]): [string, Json][] => {
    if (fieldSchema.default === undefined || Object.hasOwn(object, key)) return [];
    return [[key, applyDefaults(fieldSchema.default, fieldSchema)]];
  });
  const isSame = missing.length === 0 && present.every(([key, value]) => value === object[key]);
  return isSame ? object : Object.fromEntries([...present, ...missing]);
}

/** A null where null is not allowed and a default exists is as good as absent. */
function nullAsDefault(value: Json, schema: Schema): Json {
  return value === null && schema.nullable !== true && schema.default !== undefined ? schema.default : value;
}
