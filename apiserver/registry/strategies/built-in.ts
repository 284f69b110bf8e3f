// Which built-in kind follows which rules; a kind without an entry is stored as it is.
import type { Strategy } from '../kind.ts';
import { CONFIG_MAP, SECRET } from './configuration.ts';
import { CUSTOM_RESOURCE_DEFINITION } from './custom-resource-definition.ts';
import { ENDPOINT_SLICE, ENDPOINTS } from './endpoints.ts';
import { INGRESS, INGRESS_CLASS } from './ingress.ts';
import { NAMESPACE } from './namespace.ts';
import { POD } from './pod.ts';
import { SERVICE } from './service.ts';
import { BINDING, EVENT, LEASE } from './small.ts';
import { DAEMON_SET, DEPLOYMENT, REPLICA_SET, STATEFUL_SET } from './workload.ts';

export const BUILT_IN_STRATEGIES: Readonly<Record<string, Strategy>> = {
  Namespace: NAMESPACE,
  Service: SERVICE,
  Endpoints: ENDPOINTS,
  EndpointSlice: ENDPOINT_SLICE,
  Secret: SECRET,
  ConfigMap: CONFIG_MAP,
  Pod: POD,
  Event: EVENT,
  Lease: LEASE,
  Deployment: DEPLOYMENT,
  ReplicaSet: REPLICA_SET,
  StatefulSet: STATEFUL_SET,
  DaemonSet: DAEMON_SET,
  Ingress: INGRESS,
  IngressClass: INGRESS_CLASS,
  RoleBinding: BINDING,
  ClusterRoleBinding: BINDING,
  CustomResourceDefinition: CUSTOM_RESOURCE_DEFINITION,
};
