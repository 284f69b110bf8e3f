import { describe, expect, test } from '@jest/globals';
import type { ObjectKey } from '../../../api/meta.ts';
import type { IpAddress } from '../../../net/address.ts';
import { planProxyEvents } from '../../../proxy/plan/events.ts';
import { buildGraph } from '../../../proxy/plan/graph.ts';
import type { SocketState } from '../../../proxy/plan/serving.ts';
import { type ProxyStatusPatch, planProxyStatus } from '../../../proxy/plan/status.ts';
import type { ProxySnapshot } from '../../../proxy/snapshot.ts';
import {
  type Fields,
  gateway,
  gatewayClass,
  httpListener,
  httpRoute,
  httpsListener,
  ingress,
  ingressClass,
  ingressRule,
  rule,
  secret,
  service,
} from '../../support/builders/objects.ts';
import { proxySnapshot } from '../../support/builders/snapshot.ts';

const ADDRESS = '203.0.113.1' as IpAddress;
const OPEN: readonly SocketState[] = [
  { kind: 'open', socket: { address: ADDRESS, port: 80, protocol: 'HTTP' } },
  { kind: 'open', socket: { address: ADDRESS, port: 443, protocol: 'HTTPS' } },
];

function patchesOf(snapshot: ProxySnapshot, sockets = OPEN): readonly ProxyStatusPatch[] {
  return planProxyStatus(buildGraph(snapshot), sockets);
}

/** The status of the only object of a kind, as the API would have it. */
function statusOf(kind: string, snapshot: ProxySnapshot, sockets = OPEN): unknown {
  const found = patchesOf(snapshot, sockets).filter((patch) => patch.kind.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]?.status;
}

function condition(type: string, status: string, reason: string): unknown {
  return expect.objectContaining({ type, status, reason, observedGeneration: 1 });
}

describe('planProxyStatus', () => {
  test('mentions nothing of other controllers', () => {
    const snapshot = proxySnapshot({
      gatewayClasses: [gatewayClass('fairlead', { controllerName: 'example.com/other' })],
      httpRoutes: [httpRoute()],
      ingressClasses: [ingressClass('fairlead', { controller: 'example.com/other' })],
      ingresses: [ingress('i', {})],
    });
    expect(patchesOf(snapshot)).toEqual([]);
  });

  test('a GatewayClass is accepted and names its features in order', () => {
    const status = statusOf('GatewayClass', proxySnapshot({ gateways: [] }));
    expect(status).toMatchObject({
      conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', observedGeneration: 0 }],
    });
    const { supportedFeatures } = status as { supportedFeatures: { name: string }[] };
    const names = supportedFeatures.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).toEqual(expect.arrayContaining(['Gateway', 'HTTPRoute', 'ReferenceGrant']));
  });

  test('a Gateway with everything in order', () => {
    const gateways = [gateway('edge', { listeners: [httpListener(), httpsListener()] })];
    const httpRoutes = [httpRoute('one'), httpRoute('two', { parentRefs: [{ name: 'edge', sectionName: 'http' }] })];
    const snapshot = proxySnapshot({ gateways, httpRoutes, secrets: [secret('cert')] });
    const fine = [
      condition('Accepted', 'True', 'Accepted'),
      condition('ResolvedRefs', 'True', 'ResolvedRefs'),
      condition('Conflicted', 'False', 'NoConflicts'),
      condition('Programmed', 'True', 'Programmed'),
    ];
    const supportedKinds = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }];
    expect(statusOf('Gateway', snapshot)).toEqual({
      conditions: [condition('Accepted', 'True', 'Accepted'), condition('Programmed', 'True', 'Programmed')],
      listeners: [
        { name: 'http', supportedKinds, attachedRoutes: 2, conditions: fine },
        { name: 'https', supportedKinds, attachedRoutes: 1, conditions: fine },
      ],
    });
  });

  const failing: readonly SocketState[] = [
    { kind: 'failed', socket: { address: ADDRESS, port: 80, protocol: 'HTTP' }, reason: 'EADDRINUSE' },
  ];
  const noCertificate = { gateways: [gateway('edge', { listeners: [httpsListener()] })] };
  const asksFor = (value: string): Partial<ProxySnapshot> => ({
    gateways: [gateway('edge', { spec: { addresses: [{ type: 'IPAddress', value }] } })],
  });

  test.each<{
    name: string;
    parts: Partial<ProxySnapshot>;
    sockets?: readonly SocketState[];
    says: readonly [string, string];
  }>([
    {
      name: 'no address',
      parts: { gateways: [gateway('edge', { addresses: [] })] },
      says: ['False', 'AddressNotAssigned'],
    },
    { name: 'the requested address', parts: asksFor('203.0.113.1'), says: ['True', 'Programmed'] },
    { name: 'any address', parts: asksFor(''), says: ['True', 'Programmed'] },
    { name: 'another address than requested', parts: asksFor('203.0.113.7'), says: ['False', 'AddressNotUsable'] },
    { name: 'sockets not open yet', parts: {}, sockets: [], says: ['False', 'Pending'] },
    { name: 'a socket that cannot be opened', parts: {}, sockets: failing, says: ['False', 'NoResources'] },
    { name: 'no listener that can be served', parts: noCertificate, says: ['False', 'Invalid'] },
    {
      name: 'one broken listener of two',
      parts: { gateways: [gateway('edge', { listeners: [httpListener(), httpsListener()] })] },
      says: ['True', 'Programmed'],
    },
  ])('Programmed of a Gateway with $name', ({ parts, sockets, says: [status, reason] }) => {
    expect(statusOf('Gateway', proxySnapshot(parts), sockets)).toMatchObject({
      conditions: [{ type: 'Accepted' }, { type: 'Programmed', status, reason }],
    });
  });

  test.each([
    { name: 'spelt otherwise', value: '2001:DB8:0::1', programmed: 'Programmed' },
    { name: 'that is another', value: '2001:db8::2', programmed: 'AddressNotUsable' },
    { name: 'that is none', value: 'nonsense', programmed: 'AddressNotUsable' },
  ])('a requested address $name is compared by what it means', ({ value, programmed }) => {
    const gateways = [gateway('edge', { addresses: ['2001:db8::1'], spec: { addresses: [{ value }] } })];
    const sockets: readonly SocketState[] = [
      { kind: 'open', socket: { address: '2001:db8::1' as IpAddress, port: 80, protocol: 'HTTP' } },
    ];
    expect(statusOf('Gateway', proxySnapshot({ gateways }), sockets)).toMatchObject({
      conditions: [{ type: 'Accepted' }, { type: 'Programmed', reason: programmed }],
    });
  });

  test('a listener in conflict gives the same reason three times', () => {
    const listeners = [httpListener('a'), httpListener('b')];
    expect(statusOf('Gateway', proxySnapshot({ gateways: [gateway('edge', { listeners })] }))).toMatchObject({
      listeners: [
        {
          conditions: [
            { type: 'Accepted', status: 'False', reason: 'HostnameConflict' },
            { type: 'ResolvedRefs', status: 'True' },
            { type: 'Conflicted', status: 'True', reason: 'HostnameConflict' },
            { type: 'Programmed', status: 'False', reason: 'HostnameConflict' },
          ],
        },
        { name: 'b' },
      ],
    });
  });

  test('HTTPS listeners whose hostnames overlap say so, and let go of it later', () => {
    const wide = httpsListener('wide', { hostname: '*.test' });
    const narrow = httpsListener('narrow', { hostname: 'a.test' });
    const snapshot = proxySnapshot({
      gateways: [gateway('edge', { listeners: [wide, narrow] })],
      secrets: [secret('cert')],
    });
    const overlapping = condition('OverlappingTLSConfig', 'True', 'OverlappingHostnames');
    expect(statusOf('Gateway', snapshot)).toMatchObject({
      listeners: [
        { conditions: expect.arrayContaining([overlapping]) },
        { conditions: expect.arrayContaining([overlapping]) },
      ],
    });
    const healed = patchesOf({ ...snapshot, gateways: [gateway('edge', { listeners: [wide] })] }).find(
      ({ kind }) => kind.kind === 'Gateway',
    );
    expect(JSON.stringify(healed?.status)).not.toContain('OverlappingTLSConfig');
    expect(healed?.retired).toEqual(['OverlappingTLSConfig']);
  });

  test('observedGeneration follows the object', () => {
    const gateways = [gateway('edge', { metadata: { generation: 7 } })];
    expect(statusOf('Gateway', proxySnapshot({ gateways }))).toMatchObject({
      conditions: [{ observedGeneration: 7 }, { observedGeneration: 7 }],
      listeners: [{ conditions: Array.from({ length: 4 }, () => ({ observedGeneration: 7 })) }],
    });
  });

  test('a route answers each parentRef of ours, word for word, and no other', () => {
    const parentRefs = [{ name: 'edge', sectionName: 'http', port: 80 }, { name: 'elsewhere' }];
    expect(statusOf('HTTPRoute', proxySnapshot({ httpRoutes: [httpRoute('site', { parentRefs })] }))).toEqual({
      parents: [
        {
          parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', ...parentRefs[0] },
          controllerName: 'fairlead.dev/gateway-controller',
          conditions: [condition('Accepted', 'True', 'Accepted'), condition('ResolvedRefs', 'True', 'ResolvedRefs')],
        },
      ],
    });
  });

  test('a route that has left us loses our parents', () => {
    const parents = [{ parentRef: { name: 'edge' }, controllerName: 'fairlead.dev/gateway-controller' }];
    const httpRoutes = [httpRoute('site', { parentRefs: [{ name: 'other' }], status: { parents } })];
    expect(statusOf('HTTPRoute', proxySnapshot({ httpRoutes }))).toEqual({ parents: [] });
  });

  test('a route that is partly refused says so, and a whole one lets go of what was said', () => {
    const bad = rule('/bad', { filters: [{ type: 'Nonsense' }] });
    const patchOf = (rules: readonly Fields[]): ProxyStatusPatch | undefined =>
      patchesOf(proxySnapshot({ httpRoutes: [httpRoute('site', { rules })] })).find(
        ({ kind }) => kind.kind === 'HTTPRoute',
      );
    const partly = { type: 'PartiallyInvalid', status: 'True', reason: 'UnsupportedValue' };
    expect(patchOf([rule(), bad])?.status).toMatchObject({
      parents: [{ conditions: [{ type: 'Accepted', status: 'True' }, { type: 'ResolvedRefs' }, partly] }],
    });
    const whole = patchOf([rule()]);
    expect(JSON.stringify(whole?.status)).not.toContain('PartiallyInvalid');
    expect(whole?.retired).toEqual(['PartiallyInvalid']);
  });

  test('an Ingress gets the addresses of its class', () => {
    const loadBalancer = { ingress: [{ ip: '203.0.113.9' }, { ip: '2001:db8::9' }] };
    const snapshot = proxySnapshot({
      gateways: [],
      services: [service('fairlead-system/fairlead-ingress-fairlead', {}, { loadBalancer })],
      ingressClasses: [ingressClass()],
      ingresses: [ingress('i', { rules: [ingressRule('', { '/': 'a' })] })],
    });
    expect(statusOf('Ingress', snapshot)).toEqual({
      loadBalancer: { ingress: [{ ip: '2001:db8::9' }, { ip: '203.0.113.9' }] },
    });
    expect(statusOf('Ingress', { ...snapshot, services: [] })).toEqual({ loadBalancer: { ingress: [] } });
  });
});

describe('planProxyEvents', () => {
  test('one for each problem, none where all is well', () => {
    expect(planProxyEvents(buildGraph(proxySnapshot({ httpRoutes: [httpRoute()] })), [])).toEqual([]);
    const snapshot = proxySnapshot({
      gateways: [gateway('edge', { listeners: [httpListener(), httpsListener()] })],
      httpRoutes: [httpRoute('site', { rules: [rule('/', { backendRefs: [{ name: 'gone', port: 80 }] })] })],
    });
    const errors = [{ path: 'spec', reason: 'must be an object' }];
    const refusals = [{ kind: 'Ingress', key: 'shop/typo' as ObjectKey, errors }];
    expect(planProxyEvents(buildGraph(snapshot), refusals)).toEqual([
      {
        regarding: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'shop', name: 'typo', uid: '' },
        type: 'Warning',
        action: 'Route',
        reason: 'Unreadable',
        message: 'spec: must be an object',
      },
      {
        regarding: expect.objectContaining({ kind: 'Gateway', namespace: 'shop', name: 'edge', uid: 'uid-edge' }),
        type: 'Warning',
        action: 'Route',
        reason: 'InvalidCertificateRef',
        message: 'listener https: Secret shop/cert is missing, or not of type kubernetes.io/tls',
      },
      {
        regarding: expect.objectContaining({ kind: 'HTTPRoute', name: 'site' }),
        type: 'Warning',
        action: 'Route',
        reason: 'BackendNotFound',
        message: 'Service shop/gone does not exist',
      },
    ]);
  });
});
