// The Service that carries the address of all Ingresses of an IngressClass.
import { INGRESS_CLASS_LABEL, INGRESS_CONTROLLER, ingressServiceName, SYSTEM_NAMESPACE } from '../../api/identity.ts';
import type { Ingress, IngressClass } from '../../api/ingress.ts';
import { keyOf, type ObjectKey, type ObjectReference, objectKey } from '../../api/meta.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import {
  isManaged,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  type ManagedPort,
  SERVICE_NAME,
  type ServiceVerdict,
} from './managed-services.ts';

const LEGACY_CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const PORTS: readonly ManagedPort[] = [
  { name: 'tcp-80', port: 80, protocol: 'TCP' },
  { name: 'tcp-443', port: 443, protocol: 'TCP' },
];

/** For each IngressClass of ours that has Ingresses and no Gateway to serve them: its Service, or why it has none. */
export function planIngressServices(snapshot: IpamSnapshot): ReadonlyMap<ObjectKey, ServiceVerdict> {
  const used = new Set(snapshot.ingresses.map(classNameOf));
  return new Map(
    snapshot.ingressClasses
      .filter(
        (ingressClass) => isOurs(ingressClass) && !hasGateway(ingressClass) && used.has(ingressClass.metadata.name),
      )
      .map((ingressClass) => [keyOf(ingressClass), verdictOf(ingressClass, snapshot)]),
  );
}

function isOurs({ metadata, spec }: IngressClass): boolean {
  return spec.controller === INGRESS_CONTROLLER && metadata.deletionTimestamp === undefined;
}

function hasGateway({ spec: { parameters } }: IngressClass): boolean {
  return parameters?.apiGroup === 'gateway.networking.k8s.io' && parameters.kind === 'Gateway';
}

/** An Ingress without a class is nobody's: the API server fills in the default class where there is one. */
function classNameOf({ metadata, spec }: Ingress): string | undefined {
  return spec.ingressClassName ?? metadata.annotations[LEGACY_CLASS_ANNOTATION];
}

function verdictOf({ metadata }: IngressClass, { services }: IpamSnapshot): ServiceVerdict {
  const name = ingressServiceName(metadata.name);
  const owner: ObjectReference = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    namespace: undefined,
    name: metadata.name,
    uid: metadata.uid,
  };
  if (!SERVICE_NAME.test(name)) {
    const message = `${name} is no name for a Service: give the IngressClass a shorter name without dots, or a Gateway`;
    return { kind: 'refused', because: { regarding: owner, reason: 'ServiceNameInvalid', message } };
  }
  const key = objectKey(SYSTEM_NAMESPACE, name);
  if (services.some((service) => keyOf(service) === key && !isManaged(service))) {
    const message = `Service ${key} exists and is not ours`;
    return { kind: 'refused', because: { regarding: owner, reason: 'ServiceNameTaken', message } };
  }
  const labels = { [INGRESS_CLASS_LABEL]: metadata.name, [MANAGED_BY_LABEL]: MANAGED_BY };
  const service = { namespace: SYSTEM_NAMESPACE, name, owner, labels, annotations: {}, ports: PORTS };
  return { kind: 'wanted', service };
}
