// Namespaces.
import { type JsonObject } from '../../json.ts';
import { labelsOf, nameOf, withMetadata } from '../../object.ts';
import type { Strategy } from '../kind.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

export const NAMESPACE: Strategy = {
  prepare: (namespace, previous) =>
    previous === undefined
      ? { ...namespace, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }
      : namespace,
  default: (namespace): JsonObject =>
    withMetadata(namespace, 'labels', { ...labelsOf(namespace), [NAME_LABEL]: nameOf(namespace) }),
};
