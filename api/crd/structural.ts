// From zod's JSON schema to what a CustomResourceDefinition takes: a structural schema (Kubernetes: "Specifying a
// structural schema"). It says everything that the parser checks and a JSON schema can say; the rest is in CEL rules.
import { z } from 'zod';

/** A JSON schema as data. */
export interface JsonSchema {
  readonly type?: string | undefined;
  readonly description?: string | undefined;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly additionalProperties?: JsonSchema | boolean | undefined;
  readonly items?: JsonSchema | undefined;
  readonly required?: readonly string[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly [note: string]: unknown;
}

const API_VERSION_DOC = 'Version of the schema of this object, such as fairlead.dev/v1alpha1.';
const KIND_DOC = 'Kind of this object.';

/** The structural schema of a whole object: apiVersion, kind and metadata as every CRD has them, and our spec and status. */
export function structuralSchemaOf(schema: z.ZodType, description: string): JsonSchema {
  const root = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as JsonSchema;
  const { kind, metadata, status, ...own } = root.properties ?? {};
  if (kind === undefined || metadata === undefined) throw new Error('bug: the schema of a kind has kind and metadata');
  const properties = {
    apiVersion: { type: 'string', description: API_VERSION_DOC },
    kind: { type: 'string', description: KIND_DOC },
    metadata: { type: 'object' },
    ...mapValues(own, structural),
    ...(status === undefined ? {} : { status: { ...structural(status), default: undefined } }),
  };
  return withoutUndefined({ ...root, description, properties, required: requiredOf(root) });
}

function structural(schema: JsonSchema): JsonSchema {
  return withoutUndefined({
    ...schema,
    ...integerFormat(schema),
    default: saysNothing(schema) ? undefined : schema.default,
    properties: schema.properties === undefined ? undefined : mapValues(schema.properties, structural),
    additionalProperties:
      typeof schema.additionalProperties === 'object'
        ? structural(schema.additionalProperties)
        : schema.additionalProperties,
    items: schema.items === undefined ? undefined : structural(schema.items),
  });
}

/** JavaScript's safe integers are no bounds that an administrator should read; the width of the number is. */
function integerFormat({ type, minimum, maximum }: JsonSchema): JsonSchema {
  if (type !== 'integer') return {};
  return {
    format: maximum !== undefined && maximum < 2 ** 31 ? 'int32' : 'int64',
    minimum: minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum,
    maximum: maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum,
  };
}

/** A default that means the same as absence: writing it into every stored object would only be noise. */
function saysNothing({ default: value, properties }: JsonSchema): boolean {
  if (value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  const hasDefaultsBelow = Object.values(properties ?? {}).some((below) => below.default !== undefined);
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0 && !hasDefaultsBelow;
}

function requiredOf(root: JsonSchema): readonly string[] | undefined {
  const required = (root.required ?? []).filter((name) => name !== 'metadata');
  return required.length === 0 ? undefined : required;
}

function mapValues(
  record: Readonly<Record<string, JsonSchema>>,
  change: (schema: JsonSchema) => JsonSchema,
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function withoutUndefined(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined));
}
