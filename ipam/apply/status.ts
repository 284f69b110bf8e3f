// The plan's status patches in the words of the status writer.
import { KINDS } from '../../api/kinds.ts';
import { keyOf } from '../../api/meta.ts';
import type { StatusPatch as StatusWrite } from '../../kube/status-writer.ts';
import type { AllocationState } from '../plan/diff-allocations.ts';
import type { StatusPatch } from '../plan/status-patch.ts';

/** A Gateway's conditions are not even named here: they belong to the proxy. */
export function statusWrite({ fields, conditions, dropConditions, ...patch }: StatusPatch): StatusWrite {
  const { key, uid, resourceVersion } = patch;
  const status = { ...fields, ...(conditions.length + dropConditions.length > 0 && { conditions }) };
  return { kind: KINDS[patch.kind], key, uid, resourceVersion, status, retired: dropConditions };
}

export function stateWrite({ allocation, state }: AllocationState): StatusWrite {
  const { uid, resourceVersion } = allocation.metadata;
  return { kind: KINDS.IPAllocation, key: keyOf(allocation), uid, resourceVersion, status: { state } };
}
