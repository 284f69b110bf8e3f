// Fields that a schema does not know: found, and taken out (pruning), as Kubernetes does on every write.
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { type Schema, schemaOfField } from './schema.ts';

export interface Pruned {
  readonly value: JsonObject;
  /** Where unknown fields stood: `spec.rules[0].mathces`. */
  readonly unknown: readonly string[];
}

/** The parts of every object that its own schema does not list. */
export interface TypeSchemas {
  readonly root: Schema;
  readonly metadata: Schema;
}

/** A copy without unknown fields, and their paths. The same values are shared where nothing was taken out. */
export function pruneUnknown(object: JsonObject, schemas: TypeSchemas): Pruned {
  const unknown: string[] = [];
  const value = pruneValue(object, withTypeFields(schemas), { path: '', unknown, metadata: schemas.metadata });
  return { value: isObject(value) ? value : object, unknown };
}

/** The schema with apiVersion, kind and metadata, which custom resources need not declare. */
export function withTypeFields({ root, metadata }: TypeSchemas): Schema {
  const typed = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata };
  return { ...root, type: 'object', properties: { ...root.properties, ...typed } };
}

interface Walk {
  readonly path: string;
  readonly unknown: string[];
  readonly metadata: Schema;
}

function pruneValue(value: Json, schema: Schema, walk: Walk): Json {
  if (isArray(value)) return pruneItems(value, schema.items, walk);
  if (!isObject(value)) return value;
  const here =
    schema['x-kubernetes-embedded-resource'] === true
      ? withTypeFields({ root: schema, metadata: walk.metadata })
      : schema;
  return pruneFields(value, here, walk);
}

function pruneItems(items: readonly Json[], schema: Schema | undefined, walk: Walk): Json {
  if (schema === undefined) return items;
  const pruned = items.map((item, i) => pruneValue(item, schema, { ...walk, path: `${walk.path}[${i}]` }));
  return pruned.some((item, i) => item !== items[i]) ? pruned : items;
}

function pruneFields(object: JsonObject, schema: Schema, walk: Walk): Json {
  const keepsUnknown = keepsUnknownFields(schema);
  const kept: [string, Json][] = [];
  let changed = false;
  for (const [key, inner] of Object.entries(object)) {
    const path = walk.path === '' ? key : `${walk.path}.${key}`;
    const fieldSchema = schemaOfField(schema, key);
    if (fieldSchema === undefined && !keepsUnknown) {
      walk.unknown.push(path);
      changed = true;
      continue;
    }
    const next = fieldSchema === undefined ? inner : pruneValue(inner, fieldSchema, { ...walk, path });
    changed ||= next !== inner;
    kept.push([key, next]);
  }
  return changed ? Object.fromEntries(kept) : object;
}

function keepsUnknownFields(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
}
