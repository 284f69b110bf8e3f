// What every Kubernetes object has: metadata, a key, conditions, references.
import { z } from 'zod';

/** `namespace/name`, or `name` of a cluster-scoped object. Unique within a kind. */
export type ObjectKey = string & { readonly __brand: 'ObjectKey' };

export const ownerReferenceSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().default(false),
});

export const objectMetaSchema = z.object({
  name: z.string().min(1),
  namespace: z.string().optional(),
  uid: z.string().default(''),
  resourceVersion: z.string().default(''),
  generation: z.number().int().default(0),
  creationTimestamp: z.string().default(''),
  deletionTimestamp: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  finalizers: z.array(z.string()).default([]),
  ownerReferences: z.array(ownerReferenceSchema).default([]),
});
export type ObjectMeta = z.infer<typeof objectMetaSchema>;

export const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().default(''),
  message: z.string().default(''),
  observedGeneration: z.number().int().optional(),
  lastTransitionTime: z.string().default(''),
});
export type Condition = z.infer<typeof conditionSchema>;

/** A condition as a plan decides it: the status writer adds the time of the last transition. */
export type DesiredCondition = Omit<Condition, 'lastTransitionTime'>;

/** Any object that we keep: it says its kind and has metadata. */
export interface KubeObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A reference to one object, for events, conditions and explanations. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly uid: string;
}

export function keyOf(object: { readonly metadata: Pick<ObjectMeta, 'name' | 'namespace'> }): ObjectKey {
  return objectKey(object.metadata.namespace, object.metadata.name);
}

export function objectKey(namespace: string | undefined, name: string): ObjectKey {
  return (namespace === undefined || namespace === '' ? name : `${namespace}/${name}`) as ObjectKey;
}

export function splitKey(key: ObjectKey): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** RFC 3339 with milliseconds, from ms since the epoch. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}
