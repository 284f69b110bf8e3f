// The columns of Services.
import { arrayAt, isObject, type JsonObject, objectAt, stringAt, textOf, valueAt } from '../json.ts';
import type { Column } from '../registry/kind.ts';
import { AGE, NAME } from './columns.ts';

const NONE = '<none>';

export const SERVICE_COLUMNS: readonly Column[] = [
  NAME,
  { name: 'Type', type: 'string', read: (service) => stringAt(service, 'spec', 'type') ?? '' },
  { name: 'Cluster-IP', type: 'string', read: (service) => stringAt(service, 'spec', 'clusterIP') ?? NONE },
  { name: 'External-IP', type: 'string', read: externalAddress },
  { name: 'Port(s)', type: 'string', read: ports },
  AGE,
  { name: 'Selector', type: 'string', priority: 1, read: selector },
];

function externalAddress(service: JsonObject): string {
  const given = arrayAt(service, 'spec', 'externalIPs').map(textOf);
  switch (stringAt(service, 'spec', 'type') ?? 'ClusterIP') {
    case 'ExternalName':
      return stringAt(service, 'spec', 'externalName') ?? NONE;
    case 'LoadBalancer': {
      const points = arrayAt(service, 'status', 'loadBalancer', 'ingress').filter(isObject);
      const addresses = [...points.map((point) => textOf(point['ip'] ?? point['hostname'])), ...given];
      return addresses.length === 0 ? '<pending>' : addresses.join(',');
    }
    default:
      return given.length === 0 ? NONE : given.join(',');
  }
}

function ports(service: JsonObject): string {
  const texts = arrayAt(service, 'spec', 'ports').map((port) => {
    const [number, nodePort] = [valueAt(port, 'port'), valueAt(port, 'nodePort')];
    return `${textOf(number)}${nodePort ? `:${textOf(nodePort)}` : ''}/${stringAt(port, 'protocol') ?? 'TCP'}`;
  });
  return texts.length === 0 ? NONE : texts.join(',');
}

function selector(service: JsonObject): string {
  const labels = Object.entries(objectAt(service, 'spec', 'selector') ?? {});
  return labels.length === 0 ? NONE : labels.map(([key, value]) => `${key}=${textOf(value)}`).join(',');
}
