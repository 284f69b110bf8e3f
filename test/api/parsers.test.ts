import { describe, expect, test } from '@jest/globals';
import { KINDS, type KindName } from '../../api/kinds.ts';
import { formatFieldErrors } from '../../api/parsed.ts';
import { objectOf } from './objects.ts';

const kinds = Object.keys(KINDS) as KindName[];

function errorsOf(kind: KindName, input: unknown): readonly { path: string; reason: string }[] {
  const parsed = KINDS[kind].parse(input);
  return parsed.ok ? [] : parsed.errors;
}

describe.each(kinds)('%s', (kind) => {
  test('the smallest good object parses', () => {
    expect(errorsOf(kind, objectOf(kind))).toEqual([]);
  });

  test('what has been parsed parses again, and to the same', () => {
    const first = KINDS[kind].parse(objectOf(kind));
    if (!first.ok) throw new Error(formatFieldErrors(first.errors));
    expect(KINDS[kind].parse(JSON.parse(JSON.stringify(first.value)))).toEqual(first);
  });

  test('fields that we do not know are left out, not refused', () => {
    const parsed = KINDS[kind].parse({ ...objectOf(kind), madeUp: 1 });
    expect(parsed).toMatchObject({ ok: true });
    expect(parsed.ok && 'madeUp' in parsed.value).toBe(false);
  });

  test.each([undefined, null, 7, 'text', [], { metadata: {} }, { metadata: { name: '' } }])(
    '%j is refused without a throw',
    (input) => {
      expect(errorsOf(kind, input).length).toBeGreaterThan(0);
    },
  );
});

describe('each mistake is reported with its path and a reason', () => {
  test.each<{ kind: KindName; path: string; value: unknown; error: string; reason: RegExp }>([
    { kind: 'Service', path: 'spec.ports.0.port', value: 70000, error: 'spec.ports[0].port', reason: /65535/ },
    { kind: 'Service', path: 'spec.ports.0.protocol', value: 'ICMP', error: 'spec.ports[0].protocol', reason: /TCP/ },
    { kind: 'Service', path: 'spec.type', value: 'Balancer', error: 'spec.type', reason: /LoadBalancer/ },
    { kind: 'Service', path: 'spec.ipFamilies', value: ['IPv5'], error: 'spec.ipFamilies[0]', reason: /IPv4/ },
    { kind: 'Service', path: 'metadata.labels', value: { a: 1 }, error: 'metadata.labels.a', reason: /string/ },
    { kind: 'EndpointSlice', path: 'addressType', value: undefined, error: 'addressType', reason: /IPv4/ },
    {
      kind: 'EndpointSlice',
      path: 'endpoints.0.addresses',
      value: [],
      error: 'endpoints[0].addresses',
      reason: /small/i,
    },
    { kind: 'EndpointSlice', path: 'ports.0.port', value: 0, error: 'ports[0].port', reason: />=1/ },
    { kind: 'Secret', path: 'data', value: { 'tls.crt': 7 }, error: 'data.tls.crt', reason: /string/ },
    { kind: 'Namespace', path: 'metadata.labels', value: 'x', error: 'metadata.labels', reason: /record/ },
    {
      kind: 'GatewayClass',
      path: 'spec.controllerName',
      value: undefined,
      error: 'spec.controllerName',
      reason: /string/,
    },
    { kind: 'Gateway', path: 'spec.listeners.0.port', value: '80', error: 'spec.listeners[0].port', reason: /number/ },
    {
      kind: 'Gateway',
      path: 'spec.gatewayClassName',
      value: undefined,
      error: 'spec.gatewayClassName',
      reason: /string/,
    },
    {
      kind: 'Gateway',
      path: 'spec.listeners.0.tls',
      value: { mode: 'Both' },
      error: 'spec.listeners[0].tls.mode',
      reason: /Terminate/,
    },
    {
      kind: 'HTTPRoute',
      path: 'spec.rules.0.backendRefs.0.weight',
      value: -1,
      error: 'spec.rules[0].backendRefs[0].weight',
      reason: />=0/,
    },
    {
      kind: 'HTTPRoute',
      path: 'spec.rules.0.backendRefs.0.name',
      value: undefined,
      error: 'spec.rules[0].backendRefs[0].name',
      reason: /string/,
    },
    {
      kind: 'HTTPRoute',
      path: 'spec.rules.0.matches',
      value: [{ path: { type: 'Glob' } }],
      error: 'spec.rules[0].matches[0].path.type',
      reason: /PathPrefix/,
    },
    {
      kind: 'ReferenceGrant',
      path: 'spec.from.0.namespace',
      value: undefined,
      error: 'spec.from[0].namespace',
      reason: /string/,
    },
    {
      kind: 'Ingress',
      path: 'spec.rules.0.http.paths.0.pathType',
      value: undefined,
      error: 'spec.rules[0].http.paths[0].pathType',
      reason: /Exact/,
    },
    {
      kind: 'IngressClass',
      path: 'spec.parameters',
      value: { kind: 'Gateway' },
      error: 'spec.parameters.name',
      reason: /string/,
    },
    { kind: 'LoadBalancerIPPool', path: 'spec.blocks', value: [], error: 'spec.blocks', reason: /small/i },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.blocks.0',
      value: {},
      error: 'spec.blocks[0]',
      reason: /must hold cidr or start/,
    },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.blocks.0.start',
      value: '203.0.113.1',
      error: 'spec.blocks[0]',
      reason: /not both/,
    },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.blocks.0',
      value: { stop: '203.0.113.1' },
      error: 'spec.blocks[0]',
      reason: /cidr or start/,
    },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.blocks.0',
      value: { start: '203.0.113.9', stop: '203.0.113.1' },
      error: 'spec.blocks[0]',
      reason: /must not be above/,
    },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.blocks.0',
      value: { start: '203.0.113.9', stop: '::1' },
      error: 'spec.blocks[0]',
      reason: /one family/,
    },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.blocks.0.cidr',
      value: '203.0.113.0/33',
      error: 'spec.blocks[0].cidr',
      reason: /prefix length/,
    },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.blocks.0.cidr',
      value: '010.0.0.0/8',
      error: 'spec.blocks[0].cidr',
      reason: /prefix length/,
    },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.allowFirstLastIPs',
      value: true,
      error: 'spec.allowFirstLastIPs',
      reason: /Yes/,
    },
    {
      kind: 'LoadBalancerIPPool',
      path: 'spec.serviceSelector',
      value: { matchExpressions: [{ key: 'a', operator: 'In' }] },
      error: 'spec.serviceSelector.matchExpressions[0].values',
      reason: /at least one value/,
    },
    {
      kind: 'IPAllocation',
      path: 'spec.address',
      value: '203.0.113',
      error: 'spec.address',
      reason: /IPv4 or IPv6 address/,
    },
    { kind: 'IPAllocation', path: 'spec.owner.kind', value: 'Pod', error: 'spec.owner.kind', reason: /Service/ },
    { kind: 'BGPPeer', path: 'spec.peerASN', value: 0, error: 'spec.peerASN', reason: />=1/ },
    { kind: 'BGPPeer', path: 'spec.peerAddress', value: 'router', error: 'spec.peerAddress', reason: /address/ },
    {
      kind: 'BGPPeer',
      path: 'spec.keepaliveSeconds',
      value: 91,
      error: 'spec.keepaliveSeconds',
      reason: /holdTimeSeconds/,
    },
    { kind: 'BGPAdvertisement', path: 'spec.localPreference', value: -1, error: 'spec.localPreference', reason: />=0/ },
    { kind: 'LBNode', path: 'status.phase', value: 'Gone', error: 'status.phase', reason: /Serving/ },
    {
      kind: 'LBNode',
      path: 'status.announced',
      value: [{ address: 'x' }],
      error: 'status.announced[0].address',
      reason: /address/,
    },
  ])('$kind: $error = $value', ({ kind, path, value, error, reason }) => {
    const errors = errorsOf(kind, objectOf(kind, path, value));
    expect(errors.map((one) => one.path)).toContain(error);
    expect(errors.find((one) => one.path === error)?.reason).toMatch(reason);
  });

  test('all mistakes at once, in one line', () => {
    const parsed = KINDS.BGPPeer.parse(objectOf('BGPPeer', 'spec', { localASN: 0, peerASN: 1, peerAddress: 'x' }));
    expect(parsed.ok ? '' : formatFieldErrors(parsed.errors)).toMatch(/^spec\.localASN: .+; spec\.peerAddress: .+$/);
  });
});

describe('what is read into one form', () => {
  test('addresses and prefixes are canonical', () => {
    expect(
      KINDS.LoadBalancerIPPool.parse(objectOf('LoadBalancerIPPool', 'spec.blocks.0.cidr', '2001:DB8:0::1/64')),
    ).toMatchObject({
      value: { spec: { blocks: [{ cidr: '2001:db8::/64' }], allowFirstLastIPs: 'Yes', disabled: false } },
    });
  });

  test('the null lists of an EndpointSlice are empty lists', () => {
    const slice = { ...objectOf('EndpointSlice'), endpoints: null, ports: null };
    expect(KINDS.EndpointSlice.parse(slice)).toMatchObject({ value: { endpoints: [], ports: [] } });
  });

  test('a filter of a type that is not known keeps its name, so that the route can be refused by it', () => {
    const route = objectOf('HTTPRoute', 'spec.rules.0.filters', [{ type: 'RequestMirror', requestMirror: {} }]);
    expect(KINDS.HTTPRoute.parse(route)).toMatchObject({
      value: { spec: { rules: [{ filters: [{ type: 'Unsupported', filterType: 'RequestMirror' }] }] } },
    });
  });
});
