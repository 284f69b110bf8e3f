// Does JSON fit into the types of a built-in kind at all? Kubernetes answers 400 when its decoder fails.
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { withTypeFields } from './fields.ts';
import { type Schema, schemaOfField } from './schema.ts';

interface Scope {
  readonly metadata: Schema;
  /** Custom resources: only metadata is decoded into a type; the rest is judged by validation. */
  readonly onlyMetadata: boolean;
}

/** The first misfit in words; undefined when all fits. Null fits everywhere, as in Go. */
export function checkTypes(object: JsonObject, schema: Schema, scope: Scope): string | undefined {
  const root = scope.onlyMetadata
    ? { type: 'object', properties: { metadata: scope.metadata } }
    : withTypeFields({ root: schema, metadata: scope.metadata });
  return misfit(object, root, '');
}

function misfit(value: Json, schema: Schema, path: string): string | undefined {
  if (value === null || schema.type === undefined) return undefined;
  if (!fits(value, schema.type))
    return `json: cannot unmarshal ${nameOfType(value)} into Go struct field ${path} of type ${schema.format ?? schema.type}`;
  if (isArray(value))
    return firstOf(
      value.map((item, i) => () => (schema.items ? misfit(item, schema.items, `${path}[${i}]`) : undefined)),
    );
  if (!isObject(value)) return undefined;
  return firstOf(
    Object.entries(value).map(([key, inner]) => () => {
      const fieldSchema = schemaOfField(schema, key);
      return fieldSchema === undefined ? undefined : misfit(inner, fieldSchema, path === '' ? key : `${path}.${key}`);
    }),
  );
}

function firstOf(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function fits(value: Json, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return isArray(value);
    case 'object':
      return isObject(value);
    default:
      return typeof value === type;
  }
}

function nameOfType(value: Json): string {
  if (isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
