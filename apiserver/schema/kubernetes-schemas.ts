// The schemas of the built-in kinds, derived from Kubernetes' own (scripts/generate-kubernetes-schemas.ts).
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import type { Schema } from './schema.ts';

export interface KubernetesSchemas {
  /** As published: definitions by name, with `$ref: "name"` between them. */
  readonly definitions: Readonly<Record<string, JsonObject>>;
  /** A definition with all references followed (shared, not copied). Throws when there is no such name. */
  schema(name: string): Schema;
}

export const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Reads the schemas; about 4 ms. */
export async function loadKubernetesSchemas(): Promise<KubernetesSchemas> {
  const module: { readonly default: unknown } = await import('./gen/kubernetes-schemas.json', {
    with: { type: 'json' },
  });
  const definitions = module.default as Readonly<Record<string, JsonObject>>;
  const linked = new Map<string, Record<string, unknown>>();
  return { definitions, schema: (name) => linkDefinition(name, { definitions, linked }) };
}

interface Linking {
  readonly definitions: Readonly<Record<string, JsonObject>>;
  readonly linked: Map<string, Record<string, unknown>>;
}

/** Definitions may refer to themselves, so the result is entered before it is filled. */
function linkDefinition(name: string, linking: Linking): Schema {
  const known = linking.linked.get(name);
  if (known !== undefined) return known;
  const definition = linking.definitions[name];
  if (definition === undefined) throw new Error(`bug: no schema ${name}`);
  const result: Record<string, unknown> = {};
  linking.linked.set(name, result);
  for (const [key, value] of Object.entries(definition)) result[key] = linkValue(value, linking);
  return result;
}

function linkValue(value: Json, linking: Linking): unknown {
  if (isArray(value)) return value;
  if (!isObject(value)) return value;
  const { $ref, ...rest } = value;
  if (typeof $ref === 'string') return { ...linkDefinition($ref, linking), ...rest };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, linkValue(inner, linking)]));
}
