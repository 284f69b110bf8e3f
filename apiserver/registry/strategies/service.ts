// Services: defaults, and what is wrong with them. Addresses and node ports are given out in service-allocation.ts.
import { isIPv6 } from 'node:net';
import { arrayAt, equals, type Json, type JsonObject, objectAt, omit, stringAt } from '../../json.ts';
import type { Strategy } from '../kind.ts';
import { each, fill, inside } from './fields.ts';
import { allocateService } from './service-allocation.ts';
import { serviceCauses } from './service-validation.ts';

const TYPE_FIELDS = [
  'externalTrafficPolicy',
  'allocateLoadBalancerNodePorts',
  'loadBalancerClass',
  'healthCheckNodePort',
];
const AFFINITY_SECONDS = 10_800;

export const SERVICE: Strategy = {
  prepare: (service, previous) =>
    previous === undefined ? { ...service, status: { loadBalancer: {} } } : withoutLeftovers(service, previous),
  default: (service) => inside(fill(service, { spec: {} }), 'spec', defaultSpec),
  admit: allocateService,
  validate: serviceCauses,
};

/** A changed type takes the fields along that only the old type had, unless this very write sets them. */
function withoutLeftovers(service: JsonObject, previous: JsonObject): JsonObject {
  const [spec, before] = [objectAt(service, 'spec') ?? {}, objectAt(previous, 'spec') ?? {}];
  if (spec['type'] === before['type']) return service;
  const left = TYPE_FIELDS.filter((field) => equals(spec[field], before[field]));
  return { ...service, spec: omit(spec, left) };
}

function defaultSpec(spec: JsonObject): JsonObject {
  const typed = fill(spec, { type: 'ClusterIP', sessionAffinity: 'None' });
  const sticky = typed['sessionAffinity'] === 'ClientIP' ? withAffinityTime(typed) : typed;
  const ported = each(sticky, 'ports', defaultPort);
  const type = ported['type'];
  if (type === 'ExternalName') return ported;
  const isExternal = type === 'LoadBalancer' || type === 'NodePort' || arrayAt(ported, 'externalIPs').length > 0;
  return fill(ported, {
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: isExternal ? 'Cluster' : undefined,
    allocateLoadBalancerNodePorts: type === 'LoadBalancer' ? true : undefined,
    ...defaultFamilies(ported),
  });
}

function withAffinityTime(spec: JsonObject): JsonObject {
  const config = objectAt(spec, 'sessionAffinityConfig') ?? {};
  const clientIP = fill(objectAt(config, 'clientIP') ?? {}, { timeoutSeconds: AFFINITY_SECONDS });
  return { ...spec, sessionAffinityConfig: { ...config, clientIP } };
}

function defaultPort(port: JsonObject): JsonObject {
  const target = port['targetPort'];
  const filled = fill(port, { protocol: 'TCP', targetPort: port['port'] });
  return target === 0 || target === '' ? { ...filled, targetPort: port['port'] ?? 0 } : filled;
}

function defaultFamilies(spec: JsonObject): Readonly<Record<string, Json>> {
  const policy = stringAt(spec, 'ipFamilyPolicy') ?? 'SingleStack';
  const given = arrayAt(spec, 'ipFamilies').filter((family) => typeof family === 'string');
  const address = stringAt(spec, 'clusterIP');
  const first = given[0] ?? (address !== undefined && isIPv6(address) ? 'IPv6' : 'IPv4');
  const second = first === 'IPv4' ? 'IPv6' : 'IPv4';
  return { ipFamilyPolicy: policy, ipFamilies: policy === 'SingleStack' ? [first] : [first, second] };
}
