// The schemas of all served kinds under the names that OpenAPI documents give them.
import { isArray, isObject, type Json, type JsonObject, stringAt } from '../json.ts';
import { apiVersionOf, type Kind } from '../registry/kind.ts';
import { type KubernetesSchemas, OBJECT_META } from '../schema/kubernetes-schemas.ts';

export interface Definition {
  readonly name: string;
  /** References are `$ref: "name"`. */
  readonly schema: JsonObject;
}

/** What a definition says about its kind: [{group, version, kind}]. */
export const KIND_EXTENSION = 'x-kubernetes-group-version-kind';

const TYPE_META = {
  apiVersion: {
    type: 'string',
    description: 'APIVersion defines the versioned schema of this representation of an object.',
  },
  kind: {
    type: 'string',
    description: 'Kind is a string value representing the REST resource this object represents.',
  },
};

/** The definitions of those kinds and of everything they refer to, by name. */
export function definitionsOf(kinds: readonly Kind[], schemas: KubernetesSchemas): readonly Definition[] {
  const found = new Map<string, JsonObject>();
  for (const kind of kinds) {
    const { name, schema } = kind.isCustom ? customDefinition(kind) : builtInDefinition(kind, schemas);
    found.set(name, { ...schema, [KIND_EXTENSION]: [{ group: kind.group, version: kind.version, kind: kind.kind }] });
    collectReferences(schema, schemas, found);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, schema]) => ({ name, schema }));
}

function builtInDefinition(kind: Kind, { definitions }: KubernetesSchemas): Definition {
  const suffix = `.${kind.version}.${kind.kind}`;
  const names = Object.keys(definitions).filter((name) => name.endsWith(suffix) && groupOf(name) === kind.group);
  const [name = ''] = names;
  return { name, schema: definitions[name] ?? {} };
}

/** io.k8s.api.<group's first part>.<version>.<Kind> */
function groupOf(name: string): string | undefined {
  const part = name.split('.').at(-3) ?? '';
  const known: Readonly<Record<string, string>> = {
    core: '',
    apps: 'apps',
    discovery: 'discovery.k8s.io',
    events: 'events.k8s.io',
    coordination: 'coordination.k8s.io',
    networking: 'networking.k8s.io',
    rbac: 'rbac.authorization.k8s.io',
    apiextensions: 'apiextensions.k8s.io',
  };
  return known[part];
}

function customDefinition(kind: Kind): Definition {
  const reversed = kind.group.split('.').toReversed().join('.');
  const schema: JsonObject = JSON.parse(JSON.stringify(kind.schema));
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  return {
    name: `${reversed}.${kind.version}.${kind.kind}`,
    schema: { ...schema, type: 'object', properties: { ...properties, ...TYPE_META, metadata: { $ref: OBJECT_META } } },
  };
}

function collectReferences(value: Json, schemas: KubernetesSchemas, found: Map<string, JsonObject>): void {
  if (isArray(value)) {
    for (const item of value) collectReferences(item, schemas, found);
    return;
  }
  if (!isObject(value)) return;
  const name = stringAt(value, '$ref');
  const definition = name === undefined ? undefined : schemas.definitions[name];
  if (name !== undefined && definition !== undefined && !found.has(name)) {
    found.set(name, definition);
    collectReferences(definition, schemas, found);
  }
  for (const inner of Object.values(value)) collectReferences(inner, schemas, found);
}

/** Where the objects of a kind are: the collections and the single object. */
export function pathsOf(kind: Kind): { readonly collections: readonly string[]; readonly item: string } {
  const prefix = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const own = kind.namespaced ? `${prefix}/namespaces/{namespace}/${kind.plural}` : `${prefix}/${kind.plural}`;
  return { collections: kind.namespaced ? [own, `${prefix}/${kind.plural}`] : [own], item: `${own}/{name}` };
}

/** Query parameters that clients look for before they use them. */
export const WRITE_PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force', 'pretty'];
