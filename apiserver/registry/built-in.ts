// The built-in kinds, one row each.
import type { JsonObject } from '../json.ts';
import type { KubernetesSchemas } from '../schema/kubernetes-schemas.ts';
import { columnsOf } from '../table/built-in-columns.ts';
import { type Kind, type Strategy } from './kind.ts';
import { BUILT_IN_STRATEGIES } from './strategies/built-in.ts';
import { eventFromStorage, eventToStorage } from './strategies/event.ts';

interface Row {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly plural: string;
  readonly short?: readonly string[];
  readonly all?: true;
  readonly cluster?: true;
  readonly status?: true;
  readonly generation?: true;
  readonly schema: string;
  readonly fields?: readonly string[];
}

const CORE = 'io.k8s.api.core.v1.';
const APPS = 'io.k8s.api.apps.v1.';
const NETWORKING = 'io.k8s.api.networking.v1.';
const RBAC = 'io.k8s.api.rbac.v1.';
const EVENT_FIELDS = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
];
const POD_FIELDS = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
];

const ROWS: readonly Row[] = [
  {
    kind: 'Namespace',
    plural: 'namespaces',
    short: ['ns'],
    cluster: true,
    status: true,
    schema: `${CORE}Namespace`,
    fields: ['status.phase'],
  },
  {
    kind: 'Service',
    plural: 'services',
    short: ['svc'],
    all: true,
    status: true,
    schema: `${CORE}Service`,
    fields: ['spec.clusterIP', 'spec.type'],
  },
  { kind: 'Endpoints', plural: 'endpoints', short: ['ep'], schema: `${CORE}Endpoints` },
  { kind: 'Secret', plural: 'secrets', schema: `${CORE}Secret`, fields: ['type'] },
  { kind: 'ConfigMap', plural: 'configmaps', short: ['cm'], schema: `${CORE}ConfigMap` },
  { kind: 'ServiceAccount', plural: 'serviceaccounts', short: ['sa'], schema: `${CORE}ServiceAccount` },
  {
    kind: 'Pod',
    plural: 'pods',
    short: ['po'],
    all: true,
    status: true,
    generation: true,
    schema: `${CORE}Pod`,
    fields: POD_FIELDS,
  },
  {
    kind: 'Node',
    plural: 'nodes',
    short: ['no'],
    cluster: true,
    status: true,
    schema: `${CORE}Node`,
    fields: ['spec.unschedulable'],
  },
  { kind: 'Event', plural: 'events', short: ['ev'], schema: `${CORE}Event`, fields: EVENT_FIELDS },
  {
    group: 'events.k8s.io',
    kind: 'Event',
    plural: 'events',
    short: ['ev'],
    schema: 'io.k8s.api.events.v1.Event',
    fields: ['reason', 'regarding.kind', 'regarding.name', 'regarding.namespace', 'regarding.uid', 'type'],
  },
  {
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    generation: true,
    schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  },
  { group: 'coordination.k8s.io', kind: 'Lease', plural: 'leases', schema: 'io.k8s.api.coordination.v1.Lease' },
  ...workload('Deployment', 'deployments', 'deploy'),
  ...workload('ReplicaSet', 'replicasets', 'rs'),
  ...workload('StatefulSet', 'statefulsets', 'sts'),
  ...workload('DaemonSet', 'daemonsets', 'ds'),
  {
    group: 'networking.k8s.io',
    kind: 'Ingress',
    plural: 'ingresses',
    short: ['ing'],
    status: true,
    generation: true,
    schema: `${NETWORKING}Ingress`,
  },
  {
    group: 'networking.k8s.io',
    kind: 'IngressClass',
    plural: 'ingressclasses',
    cluster: true,
    generation: true,
    schema: `${NETWORKING}IngressClass`,
  },
  {
    group: 'networking.k8s.io',
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    short: ['netpol'],
    generation: true,
    schema: `${NETWORKING}NetworkPolicy`,
  },
  { group: 'rbac.authorization.k8s.io', kind: 'Role', plural: 'roles', schema: `${RBAC}Role` },
  { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding', plural: 'rolebindings', schema: `${RBAC}RoleBinding` },
  {
    group: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    plural: 'clusterroles',
    cluster: true,
    schema: `${RBAC}ClusterRole`,
  },
  {
    group: 'rbac.authorization.k8s.io',
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    cluster: true,
    schema: `${RBAC}ClusterRoleBinding`,
  },
  {
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    short: ['crd', 'crds'],
    cluster: true,
    status: true,
    generation: true,
    schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  },
];

const same = (object: JsonObject): JsonObject => object;
const NO_STRATEGY: Strategy = {};

/** The rows of all built-in kinds. */
export function builtInKinds(schemas: KubernetesSchemas): readonly Kind[] {
  return ROWS.map((row) => kindOf(row, schemas));
}

function kindOf(row: Row, schemas: KubernetesSchemas): Kind {
  const { group = '', version = 'v1', kind, plural, short = [] } = row;
  const isNewEvent = group === 'events.k8s.io';
  return {
    group,
    version,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: kind.toLowerCase(),
    shortNames: short,
    categories: row.all === true ? ['all'] : [],
    namespaced: row.cluster !== true,
    storage: group === '' || isNewEvent ? plural : `${plural}.${group}`,
    hasStatus: row.status === true,
    hasGeneration: row.generation === true,
    isCustom: false,
    schema: schemas.schema(row.schema),
    selectableFields: ['metadata.name', ...(row.cluster ? [] : ['metadata.namespace']), ...(row.fields ?? [])],
    columns: columnsOf(kind),
    strategy: BUILT_IN_STRATEGIES[kind] ?? NO_STRATEGY,
    fromStorage: isNewEvent ? eventFromStorage : same,
    toStorage: isNewEvent ? eventToStorage : same,
  };
}

function workload(kind: string, plural: string, short: string): readonly Row[] {
  return [
    { group: 'apps', kind, plural, short: [short], all: true, status: true, generation: true, schema: APPS + kind },
  ];
}
