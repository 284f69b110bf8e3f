// What `kubectl get` shows of the built-in kinds.
import { arrayAt, isObject, type JsonObject, objectAt, stringAt, textOf, valueAt } from '../json.ts';
import type { Column } from '../registry/kind.ts';
import { AGE, formatAge, NAME, NAME_AND_AGE } from './columns.ts';
import { POD_COLUMNS } from './pod-columns.ts';
import { SERVICE_COLUMNS } from './service-columns.ts';

const NONE = '<none>';

const WORKLOAD_WIDE: readonly Column[] = [
  wide('Containers', (object) => containers(object, 'name')),
  wide('Images', (object) => containers(object, 'image')),
  wide('Selector', selector),
];

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Namespace: [NAME, text('Status', (object) => stringAt(object, 'status', 'phase') ?? ''), AGE],
  Service: SERVICE_COLUMNS,
  Pod: POD_COLUMNS,
  Secret: [NAME, text('Type', (object) => stringAt(object, 'type') ?? ''), count('Data', 'data'), AGE],
  ConfigMap: [NAME, count('Data', 'data'), AGE],
  ServiceAccount: [NAME, count('Secrets', 'secrets'), AGE],
  Node: [
    NAME,
    text('Status', nodeStatus),
    text('Roles', nodeRoles),
    AGE,
    text('Version', (object) => stringAt(object, 'status', 'nodeInfo', 'kubeletVersion') ?? ''),
    wide('Internal-IP', (object) => nodeAddress(object)),
  ],
  Endpoints: [NAME, text('Endpoints', endpoints), AGE],
  EndpointSlice: [
    NAME,
    text('AddressType', (object) => stringAt(object, 'addressType') ?? ''),
    text('Ports', (object) => few(arrayAt(object, 'ports').map((port) => textOf(valueAt(port, 'port'))))),
    text('Endpoints', (object) =>
      few(arrayAt(object, 'endpoints').flatMap((endpoint) => arrayAt(endpoint, 'addresses').map(textOf))),
    ),
    AGE,
  ],
  Event: [
    { ...AGE, name: 'Last Seen', read: (object, nowMs) => formatAge(lastSeen(object), nowMs) },
    text('Type', (object) => stringAt(object, 'type') ?? ''),
    text('Reason', (object) => stringAt(object, 'reason') ?? ''),
    text('Object', eventObject),
    text('Message', (object) => (stringAt(object, 'message') ?? stringAt(object, 'note') ?? '').trim()),
    { ...NAME, priority: 1 },
  ],
  Lease: [NAME, text('Holder', (object) => stringAt(object, 'spec', 'holderIdentity') ?? ''), AGE],
  Deployment: [
    NAME,
    text('Ready', (object) => `${number(object, 'status', 'readyReplicas')}/${number(object, 'spec', 'replicas')}`),
    integer('Up-to-date', ['status', 'updatedReplicas']),
    integer('Available', ['status', 'availableReplicas']),
    AGE,
    ...WORKLOAD_WIDE,
  ],
  ReplicaSet: [
    NAME,
    integer('Desired', ['spec', 'replicas']),
    integer('Current', ['status', 'replicas']),
    integer('Ready', ['status', 'readyReplicas']),
    AGE,
    ...WORKLOAD_WIDE,
  ],
  StatefulSet: [
    NAME,
    text('Ready', (object) => `${number(object, 'status', 'readyReplicas')}/${number(object, 'spec', 'replicas')}`),
    AGE,
    ...WORKLOAD_WIDE.slice(0, 2),
  ],
  DaemonSet: [
    NAME,
    integer('Desired', ['status', 'desiredNumberScheduled']),
    integer('Current', ['status', 'currentNumberScheduled']),
    integer('Ready', ['status', 'numberReady']),
    integer('Up-to-date', ['status', 'updatedNumberScheduled']),
    integer('Available', ['status', 'numberAvailable']),
    AGE,
    ...WORKLOAD_WIDE,
  ],
  Ingress: [
    NAME,
    text('Class', (object) => stringAt(object, 'spec', 'ingressClassName') ?? NONE),
    text('Hosts', (object) =>
      few(
        arrayAt(object, 'spec', 'rules').flatMap((rule) => stringAt(rule, 'host') ?? []),
        '*',
      ),
    ),
    text('Address', ingressAddress),
    text('Ports', (object) => (arrayAt(object, 'spec', 'tls').length > 0 ? '80, 443' : '80')),
    AGE,
  ],
  IngressClass: [
    NAME,
    text('Controller', (object) => stringAt(object, 'spec', 'controller') ?? ''),
    text('Parameters', (object) => {
      const parameters = objectAt(object, 'spec', 'parameters');
      return parameters === undefined
        ? NONE
        : `${textOf(parameters['kind'])}.${textOf(parameters['apiGroup'])}/${textOf(parameters['name'])}`;
    }),
    AGE,
  ],
  CustomResourceDefinition: [
    NAME,
    { ...text('Created At', (object) => stringAt(object, 'metadata', 'creationTimestamp') ?? ''), type: 'date' },
  ],
};

/** The columns of a built-in kind; name and age where nothing better is known. */
export function columnsOf(kind: string): readonly Column[] {
  return COLUMNS[kind] ?? NAME_AND_AGE;
}

function text(name: string, read: (object: JsonObject) => string): Column {
  return { name, type: 'string', read };
}

function wide(name: string, read: (object: JsonObject) => string): Column {
  return { name, type: 'string', priority: 1, read };
}

function integer(name: string, path: readonly string[]): Column {
  return { name, type: 'integer', read: (object) => number(object, ...path) };
}

function count(name: string, field: string): Column {
  return { name, type: 'integer', read: (object) => Object.keys(object[field] ?? {}).length };
}

function number(object: JsonObject, ...path: readonly string[]): number {
  const value = valueAt(object, ...path);
  return typeof value === 'number' ? value : 0;
}

/** The first three, and how many more. */
function few(values: readonly string[], ifNone = '<unset>'): string {
  if (values.length === 0) return ifNone;
  const rest = values.length - 3;
  return values.slice(0, 3).join(',') + (rest > 0 ? ` + ${rest} more...` : '');
}

function containers(object: JsonObject, field: string): string {
  return arrayAt(object, 'spec', 'template', 'spec', 'containers')
    .map((container) => stringAt(container, field) ?? '')
    .join(',');
}

function selector(object: JsonObject): string {
  const labels = Object.entries(objectAt(object, 'spec', 'selector', 'matchLabels') ?? {});
  return labels.length === 0 ? NONE : labels.map(([key, value]) => `${key}=${textOf(value)}`).join(',');
}

function nodeStatus(object: JsonObject): string {
  const ready = arrayAt(object, 'status', 'conditions').find((condition) => stringAt(condition, 'type') === 'Ready');
  const state = ready === undefined ? 'Unknown' : stringAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return valueAt(object, 'spec', 'unschedulable') === true ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(object: JsonObject): string {
  const prefix = 'node-role.kubernetes.io/';
  const labels = Object.keys(objectAt(object, 'metadata', 'labels') ?? {}).filter((key) => key.startsWith(prefix));
  return labels.length === 0 ? NONE : labels.map((key) => key.slice(prefix.length)).join(',');
}

function nodeAddress(object: JsonObject): string {
  const found = arrayAt(object, 'status', 'addresses').find((address) => stringAt(address, 'type') === 'InternalIP');
  return stringAt(found, 'address') ?? NONE;
}

function endpoints(object: JsonObject): string {
  const pairs = arrayAt(object, 'subsets').flatMap((subset) =>
    arrayAt(subset, 'addresses').flatMap((address) =>
      arrayAt(subset, 'ports').map((port) => `${stringAt(address, 'ip') ?? ''}:${textOf(valueAt(port, 'port'))}`),
    ),
  );
  return few(pairs, NONE);
}

function lastSeen(object: JsonObject): string | undefined {
  const times = [
    stringAt(object, 'series', 'lastObservedTime'),
    stringAt(object, 'lastTimestamp'),
    stringAt(object, 'deprecatedLastTimestamp'),
    stringAt(object, 'eventTime'),
    stringAt(object, 'firstTimestamp'),
  ];
  return times.find((time) => time !== undefined);
}

function eventObject(object: JsonObject): string {
  const about = objectAt(object, 'involvedObject') ?? objectAt(object, 'regarding') ?? {};
  return `${textOf(about['kind']).toLowerCase()}/${textOf(about['name'])}`;
}

function ingressAddress(object: JsonObject): string {
  const points = arrayAt(object, 'status', 'loadBalancer', 'ingress').filter(isObject);
  return points.map((point) => textOf(point['ip'] ?? point['hostname'])).join(',');
}
