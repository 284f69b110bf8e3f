// Conditions that are only written when something is wrong have to be taken back once it is right.
import type { Condition } from '../../api/meta.ts';
import type { Verdict } from './verdict.ts';

/** A verdict of False for each of these types that stood as True before and has no verdict now. */
export function takeBack(
  before: readonly Condition[] | undefined,
  now: readonly Verdict[],
  types: readonly string[],
): readonly Verdict[] {
  return types
    .filter((type) => (before ?? []).some((condition) => condition.type === type && condition.status === 'True'))
    .filter((type) => !now.some((verdict) => verdict.type === type))
    .map((type) => ({ type, holds: false, reason: 'Resolved', message: 'this is no longer so' }));
}
