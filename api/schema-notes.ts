// Notes on a schema that checking by zod does not need, but that a CustomResourceDefinition says to the API server.

/** What zod's `.meta()` takes: it is copied as it stands into the JSON schema. */
export type SchemaNote = Readonly<Record<string, unknown>>;

/** One rule in CEL (Kubernetes: x-kubernetes-validations). `self` is the value that the note is on. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  /** Field below `self` that the error names, such as `.keepaliveSeconds`. */
  readonly fieldPath?: string;
}

export function rules(...list: readonly CelRule[]): SchemaNote {
  return { 'x-kubernetes-validations': list };
}

/** A list whose items are known by these fields: two writers can each apply their own items. */
export function listMap(...keys: readonly string[]): SchemaNote {
  return { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys };
}

/** A list of different values, without order. */
export const LIST_SET: SchemaNote = { 'x-kubernetes-list-type': 'set' };

/** A list that is replaced as a whole. */
export const LIST_ATOMIC: SchemaNote = { 'x-kubernetes-list-type': 'atomic' };
