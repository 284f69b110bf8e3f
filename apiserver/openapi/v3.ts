// OpenAPI v3: one document for each group and version.
import { createHash } from 'node:crypto';
import { isArray, isObject, type Json, type JsonObject, omit } from '../json.ts';
import type { Catalog } from '../registry/catalog.ts';
import { apiVersionOf, type Kind } from '../registry/kind.ts';
import type { KubernetesSchemas } from '../schema/kubernetes-schemas.ts';
import { definitionsOf, KIND_EXTENSION, pathsOf, WRITE_PARAMETERS } from './definitions.ts';

/** The documents by their path below /openapi/v3/: `api/v1`, `apis/apps/v1`. */
export function openApiV3Paths(catalog: Catalog): ReadonlyMap<string, readonly Kind[]> {
  const byPath = new Map<string, Kind[]>();
  for (const kind of catalog.kinds()) {
    const path = `${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`;
    byPath.set(path, [...(byPath.get(path) ?? []), kind]);
  }
  return byPath;
}

/** The index; the hash changes when a document may have. */
export function openApiV3Index(catalog: Catalog): JsonObject {
  const paths = [...openApiV3Paths(catalog)].map(([path, kinds]): [string, Json] => {
    const hash = createHash('sha256')
      .update(JSON.stringify(kinds.map((kind) => [kind.plural, kind.isCustom ? kind.schema : ''])))
      .digest('hex');
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash.slice(0, 32)}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

export function openApiV3Document(kinds: readonly Kind[], schemas: KubernetesSchemas): JsonObject {
  const definitions = definitionsOf(kinds, schemas).map(({ name, schema }): [string, Json] => [name, refer(schema)]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.37.1' },
    paths: Object.fromEntries(kinds.flatMap(pathEntries)),
    components: { schemas: Object.fromEntries(definitions) },
  };
}

function pathEntries(kind: Kind): readonly [string, Json][] {
  const { collections, item } = pathsOf(kind);
  const parameters = WRITE_PARAMETERS.map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const operation = (action: string): JsonObject => ({
    [KIND_EXTENSION]: { group: kind.group, version: kind.version, kind: kind.kind },
    'x-kubernetes-action': action,
    parameters: action === 'get' || action === 'list' ? [] : parameters,
    responses: { 200: { description: 'OK' } },
  });
  return [
    ...collections.map((path): [string, Json] => [path, { get: operation('list'), post: operation('post') }]),
    [item, { get: operation('get'), put: operation('put'), patch: operation('patch'), delete: operation('delete') }],
  ];
}

/** References as OpenAPI writes them; what stands beside a reference needs an allOf around it. */
function refer(value: Json): Json {
  if (isArray(value)) return value.map(refer);
  if (!isObject(value)) return value;
  const { $ref, ...rest } = value;
  const inner = Object.fromEntries(Object.entries(rest).map(([key, part]): [string, Json] => [key, refer(part)]));
  if (typeof $ref !== 'string') return withoutOddTypes(inner);
  const reference = { $ref: `#/components/schemas/${$ref}` };
  return Object.keys(inner).length === 0 ? reference : { ...inner, allOf: [reference] };
}

function withoutOddTypes(schema: JsonObject): JsonObject {
  if (schema['x-kubernetes-int-or-string'] !== true || schema['anyOf'] !== undefined) return schema;
  return { ...omit(schema, ['type']), oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' };
}
