// What a status should say, as far as it is ours to say. A patch is planned only where the object says something else.
import { type DesiredCondition, keyOf, type ObjectKey, type ObjectMeta } from '../../api/meta.ts';
import type { IpamKind } from '../snapshot.ts';

export interface StatusPatch {
  readonly kind: IpamKind;
  readonly key: ObjectKey;
  /** Of the object as it was seen. */
  readonly uid: string;
  readonly resourceVersion: string;
  /** Fields of the status that are replaced. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Conditions that are replaced, by type. */
  readonly conditions: readonly DesiredCondition[];
  /** Types of conditions of ours that are to go. */
  readonly dropConditions: readonly string[];
  /** Addresses that the status tells of now, or is to tell of. */
  readonly addresses: readonly string[];
}

/** A patch of nothing, for the object that was seen: to be filled. */
export function emptyPatch(
  kind: IpamKind,
  { metadata }: { readonly metadata: Pick<ObjectMeta, 'namespace' | 'name' | 'uid' | 'resourceVersion'> },
): StatusPatch {
  const { uid, resourceVersion } = metadata;
  return {
    kind,
    key: keyOf({ metadata }),
    uid,
    resourceVersion,
    fields: {},
    conditions: [],
    dropConditions: [],
    addresses: [],
  };
}

/** Whether the object has these conditions already; the time of the last transition does not count. */
export function hasConditions(observed: readonly DesiredCondition[], desired: readonly DesiredCondition[]): boolean {
  return desired.every((want) =>
    observed.some(
      (have) =>
        have.type === want.type &&
        have.status === want.status &&
        have.reason === want.reason &&
        have.message === want.message &&
        have.observedGeneration === want.observedGeneration,
    ),
  );
}

/** Whether two lists hold the same texts, in any order. */
export function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && new Set([...a, ...b]).size === new Set(a).size;
}
