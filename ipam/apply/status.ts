// The plan's status patches in the words of the status writer.
import { KINDS } from '../../api/kinds.ts';
import { objectKey } from '../../api/meta.ts';
import type { StatusPatch as StatusWrite } from '../../kube/status-writer.ts';
import type { AllocationDiff } from '../plan/diff-allocations.ts';
import type { StatusPatch } from '../plan/status-patch.ts';

/** A Gateway's conditions are not even named here: they belong to the proxy. */
export function statusWrites(patches: readonly StatusPatch[]): readonly StatusWrite[] {
  return patches.map(({ kind, key, fields, conditions, dropConditions }) => {
    const names = conditions.length + dropConditions.length > 0;
    return { kind: KINDS[kind], key, status: { ...fields, ...(names && { conditions }) }, retired: dropConditions };
  });
}

export function stateWrites(states: AllocationDiff['states']): readonly StatusWrite[] {
  return states.map(({ name, state }) => ({
    kind: KINDS.IPAllocation,
    key: objectKey(undefined, name),
    status: { state },
  }));
}
