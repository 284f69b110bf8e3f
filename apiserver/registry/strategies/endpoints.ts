// EndpointSlices and Endpoints.
import { isIPv4, isIPv6 } from 'node:net';
import { arrayAt, equals, isArray, isObject, type Json, type JsonObject, textOf } from '../../json.ts';
import type { Cause } from '../../status-error.ts';
import type { Strategy } from '../kind.ts';
import { each, fill, invalidValue, oneOf, required } from './fields.ts';

const ADDRESS_TYPES = ['IPv4', 'IPv6', 'FQDN'];
const MAX_ENDPOINTS = 1000;
const MAX_ADDRESSES = 100;

export const ENDPOINT_SLICE: Strategy = {
  // Ports and endpoints are always there; a port without a name is the port named "".
  default: (slice) =>
    each(fill(slice, { endpoints: [], ports: [] }), 'ports', (port) => fill(port, { name: '', protocol: 'TCP' })),
  validate: (slice, previous) => [
    ...typeCauses(slice, previous),
    ...arrayAt(slice, 'endpoints').flatMap((endpoint, i) =>
      endpointCauses(endpoint, slice['addressType'], `endpoints[${i}]`),
    ),
    ...(arrayAt(slice, 'endpoints').length > MAX_ENDPOINTS
      ? [
          {
            reason: 'FieldValueTooMany',
            field: 'endpoints',
            message: `Too many: must have at most ${MAX_ENDPOINTS} items`,
          },
        ]
      : []),
  ],
};

export const ENDPOINTS: Strategy = {
  default: (endpoints) =>
    each(endpoints, 'subsets', (subset) => each(subset, 'ports', (port) => fill(port, { protocol: 'TCP' }))),
};

function typeCauses(slice: JsonObject, previous: JsonObject | undefined): readonly Cause[] {
  const type = slice['addressType'];
  if (type === undefined) return [required('addressType')];
  if (previous !== undefined && !equals(type, previous['addressType']))
    return [invalidValue('addressType', type, 'field is immutable')];
  return oneOf('addressType', type, ADDRESS_TYPES);
}

function endpointCauses(endpoint: Json, type: Json | undefined, path: string): readonly Cause[] {
  const addresses = isObject(endpoint) ? endpoint['addresses'] : undefined;
  if (!isArray(addresses) || addresses.length === 0)
    return [required(`${path}.addresses`, 'must contain at least 1 address')];
  if (addresses.length > MAX_ADDRESSES)
    return [
      {
        reason: 'FieldValueTooMany',
        field: `${path}.addresses`,
        message: `Too many: ${addresses.length}: must have at most ${MAX_ADDRESSES} items`,
      },
    ];
  return addresses.flatMap((address, i) =>
    fits(address, type)
      ? []
      : [invalidValue(`${path}.addresses[${i}]`, address, `must be a valid ${textOf(type)} address`)],
  );
}

function fits(address: Json, type: Json | undefined): boolean {
  if (typeof address !== 'string') return false;
  if (type === 'IPv4') return isIPv4(address);
  if (type === 'IPv6') return isIPv6(address);
  return address !== '';
}
