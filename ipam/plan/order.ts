// Who comes first: the older object, and among equally old ones the one whose name sorts first.
import { keyOf, type ObjectMeta } from '../../api/meta.ts';

/** Kubernetes writes creationTimestamp in UTC to the second, so that text order is time order. */
export function byAge(a: { readonly metadata: ObjectMeta }, b: { readonly metadata: ObjectMeta }): number {
  return compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) || compareText(keyOf(a), keyOf(b));
}

/** Orders by code unit, on every machine alike. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
