// What the owners of objects are told: only what is new to them.

import type { Service } from '../../api/core.ts';
import { API_VERSION } from '../../api/identity.ts';
import { keyOf, type ObjectReference } from '../../api/meta.ts';
import type { IpamEventReason } from '../../api/reasons.ts';
import { IPAM_REQUEST_SATISFIED, POOL_ACCEPTED, POOL_CONFLICT } from '../../api/reasons.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import type { ServiceVerdict } from './managed-services.ts';
import type { StatusPatch } from './status-patch.ts';

export interface PlannedEvent {
  readonly regarding: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: IpamEventReason;
  readonly action: 'Allocate' | 'Release' | 'Check';
  readonly message: string;
}

/** The events that go with changes of status, and with objects that have no status to say it in. */
export function planEvents(
  patches: readonly StatusPatch[],
  verdicts: Iterable<ServiceVerdict>,
  snapshot: IpamSnapshot,
): readonly PlannedEvent[] {
  const services = new Map(snapshot.services.map((service) => [keyOf(service), service]));
  return [
    ...patches.flatMap((patch) => {
      const service = patch.kind === 'Service' ? services.get(patch.key) : undefined;
      return service === undefined ? [] : serviceEvents(patch, service);
    }),
    ...patches.filter(({ kind }) => kind === 'LoadBalancerIPPool').flatMap((patch) => poolEvents(patch, snapshot)),
    ...[...verdicts].flatMap(nameEvents),
    ...snapshot.refused
      .filter(({ kind }) => kind !== 'LoadBalancerIPPool')
      .map(({ reference, message }) => ({ ...warning('ObjectInvalid', message), regarding: reference })),
  ];
}

function serviceEvents({ fields, conditions, dropConditions }: StatusPatch, service: Service): readonly PlannedEvent[] {
  const regarding = referenceToService(service);
  if (dropConditions.includes(IPAM_REQUEST_SATISFIED)) {
    const message = 'the Service is not ours any more: its addresses are given back';
    return [{ regarding, type: 'Normal', reason: 'ClearAssignment', action: 'Release', message }];
  }
  const condition = conditions.find(({ type }) => type === IPAM_REQUEST_SATISFIED);
  if (condition?.status === 'False') {
    const message = `${condition.reason}: ${condition.message}`;
    return [{ regarding, type: 'Warning', reason: 'AllocationFailed', action: 'Allocate', message }];
  }
  if (condition === undefined || fields['loadBalancer'] === undefined) return [];
  return [{ regarding, type: 'Normal', reason: 'IPAllocated', action: 'Allocate', message: condition.message }];
}

function poolEvents({ key, conditions }: StatusPatch, { pools, refused }: IpamSnapshot): readonly PlannedEvent[] {
  const pool = pools.find((one) => keyOf(one) === key);
  const told = pool?.status.conditions ?? [];
  const regarding = pool === undefined ? refused.find((one) => one.key === key)?.reference : referenceToPool(pool);
  if (regarding === undefined) return [];
  return conditions.flatMap((condition) => {
    const isNew = !told.some(
      ({ type, status, message }) =>
        type === condition.type && status === condition.status && message === condition.message,
    );
    if (!isNew) return [];
    if (condition.type === POOL_CONFLICT && condition.status === 'True') {
      return [{ ...warning('PoolConflict', condition.message), regarding }];
    }
    if (condition.type === POOL_ACCEPTED && condition.status === 'False') {
      return [{ ...warning('PoolInvalid', condition.message), regarding }];
    }
    return [];
  });
}

function nameEvents(verdict: ServiceVerdict): readonly PlannedEvent[] {
  if (verdict.kind !== 'refused') return [];
  const { regarding, reason, message } = verdict.because;
  return [{ ...warning(reason, message), regarding }];
}

function warning(reason: IpamEventReason, message: string): Omit<PlannedEvent, 'regarding'> {
  return { type: 'Warning', reason, action: 'Check', message };
}

function referenceToService({ metadata: { namespace, name, uid } }: Service): ObjectReference {
  return { apiVersion: 'v1', kind: 'Service', namespace, name, uid };
}

function referenceToPool({ metadata: { name, uid } }: IpamSnapshot['pools'][number]): ObjectReference {
  return { apiVersion: API_VERSION, kind: 'LoadBalancerIPPool', namespace: undefined, name, uid };
}
