import { describe, expect, test } from '@jest/globals';
import type { ReferenceGrant } from '../../../api/gateway.ts';
import { buildGraph } from '../../../proxy/plan/graph.ts';
import type { GatewayNode, ListenerNode } from '../../../proxy/plan/nodes.ts';
import type { ProxySnapshot } from '../../../proxy/snapshot.ts';
import {
  type Fields,
  gateway,
  gatewayClass,
  httpListener,
  httpsListener,
  referenceGrant,
  secret,
} from '../../support/builders/objects.ts';
import { proxySnapshot } from '../../support/builders/snapshot.ts';

function gatewayWith(listeners: readonly Fields[], parts: Partial<ProxySnapshot> = {}): GatewayNode {
  const graph = buildGraph(proxySnapshot({ gateways: [gateway('edge', { listeners })], ...parts }));
  const [node] = graph.gateways;
  if (node === undefined) throw new Error('the Gateway is not in the graph');
  return node;
}

/** `Accepted=True/Accepted`. */
function said(verdicts: ListenerNode['verdicts'], type: string): string {
  const verdict = verdicts.find((candidate) => candidate.type === type);
  return verdict === undefined ? 'nothing' : `${verdict.holds ? 'True' : 'False'}/${verdict.reason}`;
}

describe('classes', () => {
  test('are ours by controller name, whatever their own name', () => {
    const gatewayClasses = [gatewayClass('any'), gatewayClass('other', { controllerName: 'example.com/other' })];
    const { classes } = buildGraph(proxySnapshot({ gatewayClasses }));
    expect(classes.map(({ source }) => source.metadata.name)).toEqual(['any']);
  });

  test('say whether the installed version is supported, once it is known', () => {
    const verdictsOf = (gatewayApiVersion: string | undefined): string =>
      said(buildGraph(proxySnapshot({ gatewayApiVersion })).classes[0]?.verdicts ?? [], 'SupportedVersion');
    expect(verdictsOf(undefined)).toBe('nothing');
    expect(verdictsOf('v1.7.0')).toBe('True/SupportedVersion');
    expect(verdictsOf('v2.0.0')).toBe('False/UnsupportedVersion');
  });
});

describe('listeners', () => {
  test.each<{ name: string; listeners: readonly Fields[]; accepted: readonly string[]; gatewayAccepted: string }>([
    {
      name: 'an unknown protocol is refused, and the Gateway with it when nothing else is left',
      listeners: [httpListener('x', { protocol: 'INVALID' })],
      accepted: ['False/UnsupportedProtocol'],
      gatewayAccepted: 'False/ListenersNotValid',
    },
    {
      name: 'a good listener beside a bad one keeps the Gateway accepted',
      listeners: [httpListener(), httpListener('x', { protocol: 'TCP', port: 9000 })],
      accepted: ['True/Accepted', 'False/UnsupportedProtocol'],
      gatewayAccepted: 'True/ListenersNotValid',
    },
    {
      name: 'HTTP and HTTPS on one port both lose',
      listeners: [httpListener(), httpsListener('https', { port: 80 }), httpListener('other', { port: 8080 })],
      accepted: ['False/ProtocolConflict', 'False/ProtocolConflict', 'True/Accepted'],
      gatewayAccepted: 'True/ListenersNotValid',
    },
    {
      name: 'one hostname twice on a port: both lose, in whatever case it is written',
      listeners: [httpListener('a', { hostname: 'x.example.com' }), httpListener('b', { hostname: 'X.example.com' })],
      accepted: ['False/HostnameConflict', 'False/HostnameConflict'],
      gatewayAccepted: 'False/ListenersNotValid',
    },
    {
      name: 'different hostnames share a port',
      listeners: [httpListener('a', { hostname: 'x.example.com' }), httpListener('b', { hostname: '*.example.com' })],
      accepted: ['True/Accepted', 'True/Accepted'],
      gatewayAccepted: 'True/Accepted',
    },
    {
      name: 'HTTPS cannot pass TLS through',
      listeners: [httpsListener('https', { tls: { mode: 'Passthrough' } })],
      accepted: ['False/UnsupportedValue'],
      gatewayAccepted: 'False/ListenersNotValid',
    },
  ])('$name', ({ listeners, accepted, gatewayAccepted }) => {
    const node = gatewayWith(listeners);
    expect(node.listeners.map(({ verdicts }) => said(verdicts, 'Accepted'))).toEqual(accepted);
    expect(said(node.verdicts, 'Accepted')).toBe(gatewayAccepted);
    expect(node.listeners.map(({ verdicts }) => said(verdicts, 'Conflicted').startsWith('True'))).toEqual(
      accepted.map((text) => text.endsWith('Conflict')),
    );
  });

  test('route kinds that a listener cannot take are refused by name, the others stay', () => {
    const kinds = [{ kind: 'HTTPRoute' }, { kind: 'TCPRoute' }];
    const [both] = gatewayWith([httpListener('http', { allowedRoutes: { kinds } })]).listeners;
    expect(both?.routeKinds).toEqual(['HTTPRoute']);
    expect(said(both?.verdicts ?? [], 'ResolvedRefs')).toBe('False/InvalidRouteKinds');
    const [none] = gatewayWith([httpListener('http', { allowedRoutes: { kinds: kinds.slice(1) } })]).listeners;
    expect(none?.routeKinds).toEqual([]);
  });

  test('an address of an unknown type refuses the Gateway as a whole', () => {
    const spec = { addresses: [{ type: 'example.com/sentinel', value: 'x' }] };
    const node = buildGraph(proxySnapshot({ gateways: [gateway('edge', { spec })] })).gateways[0];
    expect(said(node?.verdicts ?? [], 'Accepted')).toBe('False/UnsupportedAddress');
    expect(node?.listeners.map(({ isServed }) => isServed)).toEqual([false]);
  });

  test('parameters refuse the Gateway as a whole: we read none', () => {
    const infrastructure = { parametersRef: { group: 'example.com', kind: 'Tuning', name: 'x' } };
    const node = buildGraph(proxySnapshot({ gateways: [gateway('edge', { spec: { infrastructure } })] })).gateways[0];
    expect(said(node?.verdicts ?? [], 'Accepted')).toBe('False/InvalidParameters');
    expect(node?.listeners.map(({ isServed }) => isServed)).toEqual([false]);
  });

  test('a port of an address belongs to the older Gateway; the younger keeps its other ports', () => {
    const gateways = [
      gateway('young', { listeners: [httpListener(), httpListener('alt', { port: 8080 })] }),
      gateway('old', { metadata: { creationTimestamp: '2020-01-01T00:00:00Z' } }),
    ];
    const [old, young] = buildGraph(proxySnapshot({ gateways })).gateways;
    expect(old?.listeners.map(({ isServed }) => isServed)).toEqual([true]);
    expect(young?.listeners.map(({ isServed }) => isServed)).toEqual([false, true]);
    expect(said(young?.listeners[0]?.verdicts ?? [], 'Accepted')).toBe('False/PortUnavailable');
    expect(said(young?.verdicts ?? [], 'Accepted')).toBe('True/ListenersNotValid');
  });
});

describe('certificates', () => {
  const from = [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'shop' }];
  const grant = (to: Fields): ReferenceGrant => referenceGrant('certs/g', { from, to: [to] });
  const elsewhere = httpsListener('https', { tls: { certificateRefs: [{ name: 'cert', namespace: 'certs' }] } });

  test.each<{ name: string; listener: Fields; parts: Partial<ProxySnapshot>; expected: string; served: boolean }>([
    {
      name: 'a good one in the same namespace',
      listener: httpsListener(),
      parts: { secrets: [secret('cert')] },
      expected: 'True/ResolvedRefs',
      served: true,
    },
    {
      name: 'a missing Secret',
      listener: httpsListener(),
      parts: {},
      expected: 'False/InvalidCertificateRef',
      served: false,
    },
    {
      name: 'garbage',
      listener: httpsListener(),
      parts: { secrets: [secret('cert', { 'tls.crt': 'garbage' })] },
      expected: 'False/InvalidCertificateRef',
      served: false,
    },
    {
      name: 'a Secret without a certificate',
      listener: httpsListener(),
      parts: { secrets: [secret('cert', {})] },
      expected: 'False/InvalidCertificateRef',
      served: false,
    },
    {
      name: 'no certificate named',
      listener: httpsListener('https', { tls: undefined }),
      parts: {},
      expected: 'False/InvalidCertificateRef',
      served: false,
    },
    {
      name: 'another kind',
      listener: httpsListener('https', { tls: { certificateRefs: [{ kind: 'ConfigMap', name: 'cert' }] } }),
      parts: {},
      expected: 'False/InvalidCertificateRef',
      served: false,
    },
    {
      name: 'another namespace without a grant, before it is said that nothing is there',
      listener: elsewhere,
      parts: {},
      expected: 'False/RefNotPermitted',
      served: false,
    },
    {
      name: 'another namespace with a grant for all Secrets',
      listener: elsewhere,
      parts: { secrets: [secret('certs/cert')], referenceGrants: [grant({ group: '', kind: 'Secret' })] },
      expected: 'True/ResolvedRefs',
      served: true,
    },
    {
      name: 'another namespace with a grant for another Secret',
      listener: elsewhere,
      parts: { secrets: [secret('certs/cert')], referenceGrants: [grant({ group: '', kind: 'Secret', name: 'x' })] },
      expected: 'False/RefNotPermitted',
      served: false,
    },
  ])('$name', ({ listener, parts, expected, served }) => {
    const [node] = gatewayWith([listener], parts).listeners;
    expect(said(node?.verdicts ?? [], 'ResolvedRefs')).toBe(expected);
    expect(said(node?.verdicts ?? [], 'Accepted')).toBe('True/Accepted');
    expect(node?.isServed).toBe(served);
  });
});
