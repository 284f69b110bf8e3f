// What is wrong with a Service.
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { arrayAt, equals, isObject, type Json, type JsonObject, objectAt, stringAt, textOf } from '../../json.ts';
import { uidOf } from '../../object.ts';
import { matchesFormat } from '../../schema/formats.ts';
import type { Cause } from '../../status-error.ts';
import type { World } from '../kind.ts';
import { duplicate, forbiddenField, invalidValue, oneOf, required } from './fields.ts';
import { mayHaveNodePorts, usedNodePorts } from './service-allocation.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const PORT_RANGE = 'must be between 1 and 65535, inclusive';

export function serviceCauses(service: JsonObject, previous: JsonObject | undefined, world: World): readonly Cause[] {
  const spec = objectAt(service, 'spec') ?? {};
  const others = world.list('services').filter((other) => uidOf(other) !== uidOf(service));
  return [
    ...oneOf('spec.type', spec['type'], ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...oneOf('spec.sessionAffinity', spec['sessionAffinity'], ['ClientIP', 'None']),
    ...oneOf('spec.externalTrafficPolicy', spec['externalTrafficPolicy'], ['Cluster', 'Local']),
    ...oneOf('spec.internalTrafficPolicy', spec['internalTrafficPolicy'], ['Cluster', 'Local']),
    ...portsCauses(spec, others),
    ...addressCauses(spec, objectAt(previous, 'spec'), others),
    ...loadBalancerCauses(spec, objectAt(previous, 'spec')),
    ...(spec['type'] === 'ExternalName' && !stringAt(spec, 'externalName') ? [required('spec.externalName')] : []),
  ];
}

function portsCauses(spec: JsonObject, others: readonly JsonObject[]): readonly Cause[] {
  const ports = arrayAt(spec, 'ports').filter(isObject);
  const isHeadless = spec['clusterIP'] === 'None';
  if (ports.length === 0) return isHeadless || spec['type'] === 'ExternalName' ? [] : [required('spec.ports')];
  const seen = new Set<string>();
  const used = usedNodePorts(others);
  return ports.flatMap((port, i) => {
    const path = `spec.ports[${i}]`;
    return [
      ...portCauses(port, path),
      ...nameCauses(port, { path, isRequired: ports.length > 1, seen }),
      ...nodePortCauses(port, { path, spec, used, seen }),
      ...sameCauses(`${textOf(port['protocol'])}/${textOf(port['port'])}`, {
        path,
        seen,
        value: { port: port['port'] ?? 0, protocol: port['protocol'] ?? '' },
      }),
    ];
  });
}

function portCauses(port: JsonObject, path: string): readonly Cause[] {
  const [number, target] = [port['port'], port['targetPort']];
  return [
    ...(isPort(number) ? [] : [invalidValue(`${path}.port`, number ?? 0, PORT_RANGE)]),
    ...(typeof target === 'string' || isPort(target) ? [] : [invalidValue(`${path}.targetPort`, target, PORT_RANGE)]),
    ...oneOf(`${path}.protocol`, port['protocol'], ['SCTP', 'TCP', 'UDP']),
  ];
}

function isPort(value: Json | undefined): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function nameCauses(
  port: JsonObject,
  { path, isRequired, seen }: { readonly path: string; readonly isRequired: boolean; readonly seen: Set<string> },
): readonly Cause[] {
  const name = stringAt(port, 'name') ?? '';
  if (name === '') return isRequired ? [required(`${path}.name`)] : [];
  if (!LABEL.test(name)) return [invalidValue(`${path}.name`, name, 'must be a lowercase RFC 1123 label')];
  const isKnown = seen.has(`name ${name}`);
  seen.add(`name ${name}`);
  return isKnown ? [duplicate(`${path}.name`, name)] : [];
}

function nodePortCauses(
  port: JsonObject,
  { path, spec, used, seen }: { path: string; spec: JsonObject; used: ReadonlySet<Json>; seen: Set<string> },
): readonly Cause[] {
  const nodePort = port['nodePort'];
  if (nodePort === undefined || nodePort === 0) return [];
  if (!mayHaveNodePorts(spec))
    return [forbiddenField(`${path}.nodePort`, `may not be used when \`type\` is '${textOf(spec['type'])}'`)];
  if (typeof nodePort !== 'number' || nodePort < 30_000 || nodePort > 32_767)
    return [
      invalidValue(
        `${path}.nodePort`,
        nodePort,
        'provided port is not in the valid range. The range of valid ports is 30000-32767',
      ),
    ];
  if (used.has(nodePort)) return [invalidValue(`${path}.nodePort`, nodePort, 'provided port is already allocated')];
  return sameCauses(`node ${textOf(port['protocol'])}/${nodePort}`, {
    path: `${path}.nodePort`,
    seen,
    value: nodePort,
  });
}

function sameCauses(
  key: string,
  { path, seen, value }: { path: string; seen: Set<string>; value: Json },
): readonly Cause[] {
  const isKnown = seen.has(key);
  seen.add(key);
  return isKnown ? [duplicate(path, value)] : [];
}

function addressCauses(
  spec: JsonObject,
  before: JsonObject | undefined,
  others: readonly JsonObject[],
): readonly Cause[] {
  const address = stringAt(spec, 'clusterIP') ?? '';
  if (spec['type'] === 'ExternalName') return [];
  if (address === 'None') {
    return spec['type'] === 'ClusterIP'
      ? []
      : [invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${textOf(spec['type'])} services`)];
  }
  const had = stringAt(before, 'clusterIP') ?? '';
  if (had !== '' && had !== address) return [invalidValue('spec.clusterIP', address, 'field is immutable')];
  if (isIP(address) === 0)
    return [
      invalidValue('spec.clusterIPs[0]', address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    ];
  const isTaken = others.some((other) => arrayAt(other, 'spec', 'clusterIPs').includes(address));
  if (isTaken)
    return [invalidValue('spec.clusterIPs[0]', address, 'failed to allocate IP: provided IP is already allocated')];
  return isInRange(address)
    ? []
    : [
        invalidValue(
          'spec.clusterIPs[0]',
          address,
          'failed to allocate IP: the provided IP is not in the valid range. The range of valid IPs is 10.96.0.0/16',
        ),
      ];
}

function isInRange(address: string): boolean {
  return (isIPv4(address) && address.startsWith('10.96.')) || (isIPv6(address) && address.startsWith('fd00:10:96::'));
}

function loadBalancerCauses(spec: JsonObject, before: JsonObject | undefined): readonly Cause[] {
  const isLoadBalancer = spec['type'] === 'LoadBalancer';
  const loadBalancerClass = spec['loadBalancerClass'];
  const causes: Cause[] = [];
  if (!isLoadBalancer && loadBalancerClass !== undefined)
    causes.push(forbiddenField('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  if (isLoadBalancer && before?.['type'] === 'LoadBalancer' && !equals(loadBalancerClass, before['loadBalancerClass']))
    causes.push(invalidValue('spec.loadBalancerClass', loadBalancerClass, 'may not change once set'));
  if (
    !mayHaveNodePorts(spec) &&
    spec['externalTrafficPolicy'] !== undefined &&
    arrayAt(spec, 'externalIPs').length === 0
  )
    causes.push(
      invalidValue(
        'spec.externalTrafficPolicy',
        spec['externalTrafficPolicy'],
        'may only be set for externally-accessible services',
      ),
    );
  arrayAt(spec, 'loadBalancerSourceRanges').forEach((range, i) => {
    if (typeof range !== 'string' || !matchesFormat(range.trim(), 'cidr'))
      causes.push(
        invalidValue(
          `spec.loadBalancerSourceRanges[${i}]`,
          range,
          'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        ),
      );
  });
  return causes;
}
