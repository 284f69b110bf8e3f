// The Services that ipam keeps for others: one for each Gateway, one for each IngressClass. They have no selector; they
// stand for the address, in the place where every Kubernetes tool looks for it (GEP-1762).
import type { Service } from '../../api/core.ts';
import { LOAD_BALANCER_CLASS } from '../../api/identity.ts';
import type { ObjectReference } from '../../api/meta.ts';

/** Label of the Services that are ours to change and to delete. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'fairlead-ipam';

/**
 * Annotations in which we note the names, with commas between, of labels and annotations that the Service has from its
 * Gateway: so that they can go with it, and those that others have put there stay.
 */
export const INHERITED = {
  labels: 'fairlead.dev/inherited-labels',
  annotations: 'fairlead.dev/inherited-annotations',
} as const;

/** A DNS-1035 label, as the name of a Service must be. */
export const SERVICE_NAME = /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

export interface ManagedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

export interface DesiredService {
  readonly namespace: string;
  readonly name: string;
  /** The object that it stands for; when that goes, the API server removes the Service too. */
  readonly owner: ObjectReference;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ports: readonly ManagedPort[];
}

/** An object that should have a Service and cannot. */
export interface ServiceRefusal {
  readonly regarding: ObjectReference;
  readonly reason: 'ServiceNameTaken' | 'ServiceNameInvalid';
  readonly message: string;
}

export type ServiceVerdict =
  | { readonly kind: 'wanted'; readonly service: DesiredService }
  | { readonly kind: 'refused'; readonly because: ServiceRefusal };

/** Whether we made this Service. One that somebody else made is never touched, whatever it is called. */
export function isManaged({ metadata, spec }: Service): boolean {
  return metadata.labels[MANAGED_BY_LABEL] === MANAGED_BY && spec.loadBalancerClass === LOAD_BALANCER_CLASS;
}
