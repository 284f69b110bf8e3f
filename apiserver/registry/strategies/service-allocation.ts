// Which cluster addresses and node ports a Service gets: those it has, those it asks for, else the first that are free.
import { arrayAt, isObject, type Json, type JsonObject, objectAt, omit, stringAt, textOf } from '../../json.ts';
import { uidOf } from '../../object.ts';
import type { World } from '../kind.ts';

const NODE_PORTS = { first: 30_000, last: 32_767 };
const IPV4_PREFIX = '10.96';
const IPV6_PREFIX = 'fd00:10:96::';
const HOSTS = 65_534;
/** 10.96.0.1 is the API's own address in a cluster. */
const FIRST_HOST = 2;

/** The Service with its addresses and node ports. What a previous version had stays, unless the type forbids it. */
export function allocateService(service: JsonObject, previous: JsonObject | undefined, world: World): JsonObject {
  const others = world.list('services').filter((other) => uidOf(other) !== uidOf(service));
  const spec = objectAt(service, 'spec') ?? {};
  const before = objectAt(previous, 'spec') ?? {};
  const addressed = withAddresses(spec, before, others);
  const ported = withNodePorts(addressed, before, usedNodePorts(others));
  return { ...service, spec: withHealthPort(ported, before, usedNodePorts([...others, { spec: ported }])) };
}

function withAddresses(spec: JsonObject, before: JsonObject, others: readonly JsonObject[]): JsonObject {
  if (spec['type'] === 'ExternalName') return omit(spec, ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']);
  const asked = stringAt(spec, 'clusterIP') ?? '';
  if (asked === 'None') return { ...spec, clusterIP: 'None', clusterIPs: ['None'] };
  const known = arrayAt(spec, 'clusterIPs').length > 0 ? arrayAt(spec, 'clusterIPs') : arrayAt(before, 'clusterIPs');
  const used = new Set(others.flatMap((other) => arrayAt(other, 'spec', 'clusterIPs')));
  const addresses = arrayAt(spec, 'ipFamilies').map((family, i) => {
    const given = i === 0 && asked !== '' ? asked : known[i];
    return typeof given === 'string' && given !== '' && given !== 'None' ? given : freeAddress(textOf(family), used);
  });
  return { ...spec, clusterIP: addresses[0] ?? '', clusterIPs: addresses };
}

function freeAddress(family: string, used: ReadonlySet<Json>): string {
  for (let host = FIRST_HOST; host <= HOSTS; host++) {
    const address =
      family === 'IPv6' ? `${IPV6_PREFIX}${host.toString(16)}` : `${IPV4_PREFIX}.${host >> 8}.${host & 255}`;
    if (!used.has(address)) return address;
  }
  return '';
}

function withNodePorts(spec: JsonObject, before: JsonObject, used: Set<Json>): JsonObject {
  const ports = spec['ports'];
  if (!Array.isArray(ports)) return spec;
  if (!mayHaveNodePorts(spec)) {
    // A port that was given before the type changed goes; one that is asked for now is an error that validation reports.
    const had = new Set(arrayAt(before, 'ports').map((port) => objectAt(port)?.['nodePort']));
    return {
      ...spec,
      ports: ports.map((port: Json) => (isObject(port) && had.has(port['nodePort']) ? omit(port, ['nodePort']) : port)),
    };
  }
  const wants = spec['type'] === 'NodePort' || spec['allocateLoadBalancerNodePorts'] !== false;
  for (const port of ports) if (isObject(port) && port['nodePort']) used.add(port['nodePort']);
  return {
    ...spec,
    ports: ports.map((port: Json) => (isObject(port) ? withNodePort(port, { before, used, wants }) : port)),
  };
}

function withNodePort(
  port: JsonObject,
  { before, used, wants }: { readonly before: JsonObject; readonly used: Set<Json>; readonly wants: boolean },
): JsonObject {
  if (port['nodePort']) return port;
  const same = arrayAt(before, 'ports')
    .filter(isObject)
    .find((known) => known['port'] === port['port'] && known['protocol'] === port['protocol']);
  if (same?.['nodePort']) return { ...port, nodePort: same['nodePort'] };
  return wants ? { ...port, nodePort: takeNodePort(used) } : omit(port, ['nodePort']);
}

function withHealthPort(spec: JsonObject, before: JsonObject, used: Set<Json>): JsonObject {
  const needed = spec['type'] === 'LoadBalancer' && spec['externalTrafficPolicy'] === 'Local';
  if (!needed) return omit(spec, ['healthCheckNodePort']);
  const port = spec['healthCheckNodePort'] ?? before['healthCheckNodePort'] ?? takeNodePort(used);
  return { ...spec, healthCheckNodePort: port };
}

export function mayHaveNodePorts(spec: JsonObject): boolean {
  return spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
}

export function usedNodePorts(services: readonly JsonObject[]): Set<Json> {
  const ports = services.flatMap((service) => {
    const spec = objectAt(service, 'spec') ?? {};
    return [spec['healthCheckNodePort'], ...arrayAt(spec, 'ports').map((port) => objectAt(port)?.['nodePort'])];
  });
  return new Set(ports.filter((port) => port !== undefined));
}

function takeNodePort(used: Set<Json>): number {
  for (let port = NODE_PORTS.first; port <= NODE_PORTS.last; port++) {
    if (used.has(port)) continue;
    used.add(port);
    return port;
  }
  return 0;
}
