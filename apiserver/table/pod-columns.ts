// The columns of Pods.
import { arrayAt, isObject, type JsonObject, stringAt, valueAt } from '../json.ts';
import { isBeingDeleted } from '../object.ts';
import type { Column } from '../registry/kind.ts';
import { AGE, NAME } from './columns.ts';

const NONE = '<none>';

export const POD_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Ready', type: 'string', read: ready },
  { name: 'Status', type: 'string', read: status },
  { name: 'Restarts', type: 'string', read: (pod) => String(restarts(pod)) },
  AGE,
  { name: 'IP', type: 'string', priority: 1, read: (pod) => stringAt(pod, 'status', 'podIP') ?? NONE },
  { name: 'Node', type: 'string', priority: 1, read: (pod) => stringAt(pod, 'spec', 'nodeName') ?? NONE },
];

function containersOf(pod: JsonObject): readonly JsonObject[] {
  return arrayAt(pod, 'status', 'containerStatuses').filter(isObject);
}

function ready(pod: JsonObject): string {
  const count = containersOf(pod).filter((container) => container['ready'] === true).length;
  return `${count}/${arrayAt(pod, 'spec', 'containers').length}`;
}

/** Terminating, else why a container waits or ended, else the phase. */
function status(pod: JsonObject): string {
  if (isBeingDeleted(pod)) return 'Terminating';
  const reasons = containersOf(pod).flatMap((container) => [
    stringAt(container, 'state', 'waiting', 'reason'),
    stringAt(container, 'state', 'terminated', 'reason'),
  ]);
  return (
    reasons.find((reason) => reason !== undefined) ??
    stringAt(pod, 'status', 'reason') ??
    stringAt(pod, 'status', 'phase') ??
    'Unknown'
  );
}

function restarts(pod: JsonObject): number {
  const counts = containersOf(pod).map((container) => valueAt(container, 'restartCount'));
  return counts.reduce((sum: number, count) => sum + (typeof count === 'number' ? count : 0), 0);
}
