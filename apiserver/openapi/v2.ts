// OpenAPI v2: one document for everything, for clients before v3.
import { isObject, type Json, type JsonObject } from '../json.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { Kind } from '../registry/kind.ts';
import type { KubernetesSchemas } from '../schema/kubernetes-schemas.ts';
import { definitionsOf, KIND_EXTENSION, pathsOf, WRITE_PARAMETERS } from './definitions.ts';

/** What v2 can say; the rest of a schema is left out. */
const KEPT = new Set([
  'type',
  'format',
  'description',
  'required',
  'enum',
  KIND_EXTENSION,
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-patch-merge-key',
  'x-kubernetes-patch-strategy',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-int-or-string',
]);

export function openApiV2Document(catalog: Catalog, schemas: KubernetesSchemas): JsonObject {
  const kinds = catalog.kinds();
  const definitions = definitionsOf(kinds, schemas).map(({ name, schema }): [string, Json] => [name, narrow(schema)]);
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: 'v1.37.1' },
    paths: Object.fromEntries(kinds.map(patchPath)),
    definitions: Object.fromEntries(definitions),
  };
}

function patchPath(kind: Kind): [string, Json] {
  const parameters = WRITE_PARAMETERS.map((name) => ({ name, in: 'query', type: 'string' }));
  const extension = { group: kind.group, version: kind.version, kind: kind.kind };
  return [
    pathsOf(kind).item,
    { patch: { parameters, responses: { 200: { description: 'OK' } }, [KIND_EXTENSION]: extension } },
  ];
}

function narrow(schema: JsonObject): JsonObject {
  const { $ref, properties, items, additionalProperties } = schema;
  if (typeof $ref === 'string') {
    const description = schema['description'] === undefined ? {} : { description: schema['description'] };
    const merge = Object.entries(schema).filter(([key]) => key.startsWith('x-kubernetes-patch'));
    return { $ref: `#/definitions/${$ref}`, ...description, ...Object.fromEntries(merge) };
  }
  if (holdsAnything(schema))
    return typeof schema['description'] === 'string' ? { description: schema['description'] } : {};
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([key]) => KEPT.has(key))),
    ...(isObject(properties) ? { properties: narrowAll(properties) } : {}),
    ...(isObject(items) ? { items: narrow(items) } : {}),
    ...(isObject(additionalProperties) ? { additionalProperties: narrow(additionalProperties) } : {}),
  };
}

/** v2 has no word for these, and a client must not refuse them. */
function holdsAnything(schema: JsonObject): boolean {
  return (
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true ||
    schema['nullable'] === true ||
    (schema['type'] === 'array' && !isObject(schema['items']))
  );
}

function narrowAll(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([key, inner]) => [key, isObject(inner) ? narrow(inner) : {}]),
  );
}
