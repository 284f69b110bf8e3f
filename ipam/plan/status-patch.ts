// What a status should say, as far as it is ours to say. A patch is planned only where the object says something else.

import type { DesiredCondition, ObjectKey } from '../../api/meta.ts';
import type { IpamKind } from '../snapshot.ts';

export interface StatusPatch {
  readonly kind: IpamKind;
  readonly key: ObjectKey;
  /** Fields of the status that are replaced. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Conditions that are replaced, by type. */
  readonly conditions: readonly DesiredCondition[];
  /** Types of conditions of ours that are to go. */
  readonly dropConditions: readonly string[];
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
