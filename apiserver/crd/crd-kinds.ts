// The kinds that a CustomResourceDefinition brings.
import { arrayAt, isObject, type Json, type JsonObject, objectAt, stringAt } from '../json.ts';
import { nameOf } from '../object.ts';
import { apiVersionOf, type Column, type Kind } from '../registry/kind.ts';
import { compareVersions } from '../registry/version-priority.ts';
import type { Schema } from '../schema/schema.ts';
import { AGE, NAME } from '../table/columns.ts';
import { readJsonPath } from '../table/json-path.ts';

/** One kind for each served version, the preferred one first. */
export function kindsOf(definition: JsonObject): readonly Kind[] {
  const versions = arrayAt(definition, 'spec', 'versions').filter(isObject);
  return versions
    .filter((version) => version['served'] === true)
    .map((version) => kindOf(definition, version))
    .sort((a, b) => compareVersions(a.version, b.version));
}

function kindOf(definition: JsonObject, version: JsonObject): Kind {
  const names = objectAt(definition, 'spec', 'names') ?? {};
  const group = stringAt(definition, 'spec', 'group') ?? '';
  const kind = stringAt(names, 'kind') ?? '';
  const name = stringAt(version, 'name') ?? '';
  const apiVersion = apiVersionOf({ group, version: name });
  const selectable = arrayAt(version, 'selectableFields').map((field) =>
    (stringAt(field, 'jsonPath') ?? '').replace(/^\./, ''),
  );
  const namespaced = stringAt(definition, 'spec', 'scope') !== 'Cluster';
  return {
    group,
    version: name,
    kind,
    listKind: stringAt(names, 'listKind') ?? `${kind}List`,
    plural: stringAt(names, 'plural') ?? '',
    singular: stringAt(names, 'singular') ?? kind.toLowerCase(),
    shortNames: texts(names['shortNames']),
    categories: texts(names['categories']),
    namespaced,
    storage: nameOf(definition),
    hasStatus: objectAt(version, 'subresources', 'status') !== undefined,
    hasGeneration: true,
    isCustom: true,
    schema: schemaOf(version),
    selectableFields: ['metadata.name', ...(namespaced ? ['metadata.namespace'] : []), ...selectable],
    columns: columnsOf(version),
    strategy: {},
    // Conversion "None": the same fields under another apiVersion.
    fromStorage: (object) => (object['apiVersion'] === apiVersion ? object : { ...object, apiVersion }),
    toStorage: (object) => object,
  };
}

/** The schema as the definition holds it; its shape was checked when the definition was stored. */
function schemaOf(version: JsonObject): Schema {
  const schema = objectAt(version, 'schema', 'openAPIV3Schema') ?? { 'x-kubernetes-preserve-unknown-fields': true };
  return schema;
}

function columnsOf(version: JsonObject): readonly Column[] {
  const extra = arrayAt(version, 'additionalPrinterColumns').filter(isObject).map(columnOf);
  return [NAME, ...(extra.length === 0 ? [AGE] : extra)];
}

function columnOf(definition: JsonObject): Column {
  const path = stringAt(definition, 'jsonPath') ?? '';
  const type = stringAt(definition, 'type') ?? 'string';
  const priority = definition['priority'];
  return {
    name: stringAt(definition, 'name') ?? '',
    type: isColumnType(type) ? type : 'string',
    format: stringAt(definition, 'format') ?? '',
    description: stringAt(definition, 'description') ?? '',
    priority: typeof priority === 'number' ? priority : 0,
    read: (object, nowMs) => cellOf(readJsonPath(object, path), type, { nowMs, object }),
  };
}

function cellOf(
  found: Json | undefined,
  type: string,
  { nowMs, object }: { nowMs: number; object: JsonObject },
): string | number | boolean | null {
  if (found === undefined || found === null) return null;
  if (type === 'date' && typeof found === 'string')
    return AGE.read({ ...object, metadata: { creationTimestamp: found } }, nowMs);
  if (typeof found === 'number' || typeof found === 'boolean' || typeof found === 'string') return found;
  return JSON.stringify(found);
}

function isColumnType(type: string): type is Column['type'] {
  return ['string', 'integer', 'number', 'boolean', 'date'].includes(type);
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}
