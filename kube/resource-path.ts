import type { KindRow } from '../api/kinds.ts';
import { type ObjectKey, splitKey } from '../api/meta.ts';

/** What a path needs to know of a kind. */
export type ResourceKind = Pick<KindRow, 'apiVersion' | 'plural' | 'namespaced'>;

/** `/api/v1/services`, `/apis/<group>/<version>/namespaces/<ns>/<plural>`; all namespaces when none is given. */
export function collectionPath(kind: ResourceKind, namespace?: string): string {
  const root = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const scope = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${kind.plural}`;
}

/** The path of one object, or of its subresource ('status'). */
export function objectPath(kind: ResourceKind, key: ObjectKey, subresource?: 'status'): string {
  const { namespace, name } = splitKey(key);
  const path = `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}
