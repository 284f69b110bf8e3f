import { describe, expect, test } from '@jest/globals';
import { diffEndpoints, planEndpoints } from '../../../proxy/plan/endpoints.ts';
import type { BackendKey } from '../../../proxy/plan/routing-table.ts';
import { endpointSlice, type Fields, type SliceOptions, service } from '../../support/builders/objects.ts';

const A = 'shop/a:80' as BackendKey;
const B = 'shop/b:80' as BackendKey;

function endpoint(address: string, conditions: Fields): Fields {
  return { addresses: [address], conditions };
}

interface Row {
  readonly name: string;
  readonly endpoints: readonly (string | Fields)[];
  readonly options?: SliceOptions;
  readonly spec?: Fields;
  readonly expected: readonly string[];
}

const DYING = { ready: false, serving: true, terminating: true };

describe('the endpoints of a backend', () => {
  test.each<Row>([
    {
      name: 'ready ones, sorted, once each',
      endpoints: ['10.0.0.2', '10.0.0.1', '10.0.0.2'],
      expected: ['10.0.0.1:8080', '10.0.0.2:8080'],
    },
    {
      name: 'ready that is null counts as true',
      endpoints: [endpoint('10.0.0.1', { ready: null }), endpoint('10.0.0.2', { ready: false })],
      expected: ['10.0.0.1:8080'],
    },
    {
      name: 'terminating ones that still serve, only when nobody is ready',
      endpoints: [
        endpoint('10.0.0.1', DYING),
        endpoint('10.0.0.2', { ready: false, serving: false, terminating: true }),
      ],
      expected: ['10.0.0.1:8080'],
    },
    {
      name: 'not the terminating ones while another is ready',
      endpoints: [endpoint('10.0.0.1', DYING), '10.0.0.2'],
      expected: ['10.0.0.2:8080'],
    },
    {
      name: 'all of them where the Service publishes those that are not ready',
      endpoints: [endpoint('10.0.0.1', { ready: false })],
      spec: { publishNotReadyAddresses: true },
      expected: ['10.0.0.1:8080'],
    },
    {
      name: 'by the name of the port',
      endpoints: ['10.0.0.1'],
      options: {
        ports: [
          { name: 'metrics', port: 9 },
          { name: 'http', port: 3000 },
        ],
      },
      expected: ['10.0.0.1:3000'],
    },
    {
      name: 'none where the slice has no port of that name',
      endpoints: ['10.0.0.1'],
      options: { ports: [{ name: 'x', port: 9 }] },
      expected: [],
    },
    {
      name: 'the target port where the slice has no ports',
      endpoints: ['10.0.0.1'],
      options: { ports: null },
      expected: ['10.0.0.1:8080'],
    },
    {
      name: 'the own port where there is no target port either',
      endpoints: ['10.0.0.1'],
      options: { ports: [] },
      spec: { ports: [{ port: 80, name: 'http' }] },
      expected: ['10.0.0.1:80'],
    },
    {
      name: 'IPv6 in its canonical spelling',
      endpoints: ['2001:DB8:0::1'],
      options: { addressType: 'IPv6' },
      expected: ['2001:db8::1:8080'],
    },
    { name: 'no names', endpoints: ['pod.example.com'], options: { addressType: 'FQDN' }, expected: [] },
    {
      name: 'a headless Service as any other',
      endpoints: ['10.0.0.1'],
      spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80 }] },
      expected: ['10.0.0.1:8080'],
    },
  ])('$name', ({ endpoints, options, spec, expected }) => {
    const { sets } = planEndpoints({
      services: [service('a', spec)],
      endpointSlices: [endpointSlice(endpoints, options)],
      backends: [A],
    });
    expect(sets.get(A)?.endpoints.map(({ address, port }) => `${address}:${port}`)).toEqual(expected);
  });

  test('both families of a dual-stack Service', () => {
    const endpointSlices = [
      endpointSlice(['10.0.0.1']),
      endpointSlice(['2001:db8::1'], { addressType: 'IPv6' }),
      endpointSlice([], { addressType: 'IPv6' }),
    ];
    const { sets } = planEndpoints({ services: [service('a')], endpointSlices, backends: [A] });
    expect(sets.get(A)?.endpoints.map(({ address }) => address)).toEqual(['10.0.0.1', '2001:db8::1']);
  });

  test('a backend without a Service has none, and is told so to the workers', () => {
    const plan = planEndpoints({ services: [], endpointSlices: [endpointSlice(['10.0.0.1'])], backends: [A] });
    expect(diffEndpoints(undefined, plan)).toEqual({ changed: [{ backend: A, endpoints: [] }], removed: [] });
  });
});

describe('a plan upon a plan', () => {
  const services = [service('a'), service('b')];
  const [sliceA, sliceB] = [endpointSlice(['10.0.0.1']), endpointSlice(['10.0.0.2'], { service: 'shop/b' })];
  const first = planEndpoints({ services, endpointSlices: [sliceA, sliceB], backends: [A, B] });

  test('takes over what has not changed', () => {
    const changedB = endpointSlice(['10.0.0.3'], { service: 'shop/b' });
    const next = planEndpoints({ services, endpointSlices: [changedB, sliceA], backends: [A, B] }, first);
    expect(next.sets.get(A)).toBe(first.sets.get(A));
    expect(diffEndpoints(first, next)).toEqual({
      changed: [{ backend: B, endpoints: [{ address: '10.0.0.3', port: 8080 }] }],
      removed: [],
    });
  });

  test('names what is gone, and nothing where the same comes again', () => {
    const again = planEndpoints({ services, endpointSlices: [endpointSlice(['10.0.0.1'])], backends: [A] }, first);
    expect(diffEndpoints(first, again)).toEqual({ changed: [], removed: [B] });
  });
});
