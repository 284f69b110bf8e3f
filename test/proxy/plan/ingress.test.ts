import { describe, expect, test } from '@jest/globals';
import { buildGraph } from '../../../proxy/plan/graph.ts';
import type { CertificateKey } from '../../../proxy/plan/routing-table.ts';
import type { ProxySnapshot } from '../../../proxy/snapshot.ts';
import {
  type Fields,
  gateway,
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
import { listenerOf, portOf, rulesOf, summary, tableOf } from '../../support/builders/table.ts';

const frontService = service(
  'fairlead-system/fairlead-ingress-fairlead',
  { type: 'LoadBalancer' },
  {
    loadBalancer: { ingress: [{ ip: '203.0.113.9' }] },
  },
);

/** One class of ours on its own Service's address; Services a, b and c. */
function onService(parts: Partial<ProxySnapshot>): ProxySnapshot {
  const services = [service('a'), service('b'), service('c'), frontService];
  return proxySnapshot({ gateways: [], ingressClasses: [ingressClass()], services, ...parts });
}

/** The same on Gateway edge. */
function onGateway(listeners: readonly Fields[], parts: Partial<ProxySnapshot>): ProxySnapshot {
  const parameters = { apiGroup: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge', namespace: 'shop' };
  return onService({
    gateways: [gateway('edge', { listeners })],
    ingressClasses: [ingressClass('fairlead', { parameters })],
    ...parts,
  });
}

describe('whose an Ingress is', () => {
  const annotated = (annotations: Fields, spec: Fields = {}): ProxySnapshot =>
    onService({ ingresses: [ingress('i', { ingressClassName: undefined, ...spec }, { annotations })] });

  test.each([
    { name: 'named by the field', snapshot: onService({ ingresses: [ingress('i', {})] }), ours: true },
    { name: 'without a class', snapshot: annotated({}), ours: false },
    { name: 'by the old annotation', snapshot: annotated({ 'kubernetes.io/ingress.class': 'fairlead' }), ours: true },
    {
      name: 'the field wins over the annotation',
      snapshot: annotated({ 'kubernetes.io/ingress.class': 'fairlead' }, { ingressClassName: 'nginx' }),
      ours: false,
    },
    {
      name: 'of a class with another controller',
      snapshot: onService({
        ingresses: [ingress('i', {})],
        ingressClasses: [ingressClass('fairlead', { controller: 'k8s.io/ingress-nginx' })],
      }),
      ours: false,
    },
  ])('$name', ({ snapshot, ours }) => {
    expect(buildGraph(snapshot).ingresses).toHaveLength(ours ? 1 : 0);
  });
});

describe('on the address of a Service of its class', () => {
  test('rules become a catch-all listener on port 80, hosts by specificity', () => {
    const rules = [
      ingressRule('', { '/': 'a' }),
      ingressRule('*.foo.test', { '/': 'b' }),
      ingressRule('www.foo.test', { '/': 'c' }),
    ];
    const table = tableOf(onService({ ingresses: [ingress('i', { rules })] }));
    expect(table.ports.map(({ address, port }) => `${address}:${port}`)).toEqual(['203.0.113.9:80']);
    expect(listenerOf(table, 80).name).toBe('ingress/fairlead');
    expect(listenerOf(table, 80).hosts.map(({ hostname }) => hostname)).toEqual(['www.foo.test', '*.foo.test', '']);
  });

  test('a wildcard stands for exactly one label', () => {
    const rules = [ingressRule('*.foo.test', { '/': 'a' })];
    const table = tableOf(onService({ ingresses: [ingress('i', { rules })] }));
    expect(rulesOf(table, { host: '*.foo.test' })[0]?.match.hostLabels).toBe(3);
  });

  test('longest path first, exact before prefix, /foo/ before /foo', () => {
    const rules = [
      ingressRule('', { '/': 'a', '/foo': 'a', '/foo/bar': 'b', '/foo/': 'c' }),
      ingressRule('', { '/foo': 'b' }, 'Exact'),
      ingressRule('', { '/impl': 'c' }, 'ImplementationSpecific'),
    ];
    const table = tableOf(onService({ ingresses: [ingress('i', { rules })] }));
    expect(rulesOf(table).map(summary)).toEqual([
      '/foo -> shop/b:80',
      '/foo/bar* -> shop/b:80',
      '/impl* -> shop/c:80',
      '/foo* -> shop/c:80',
      '/* -> shop/a:80',
    ]);
  });

  test('of equal paths the older Ingress has the traffic', () => {
    const ingresses = [
      ingress('young', { rules: [ingressRule('', { '/': 'a' })] }),
      ingress('old', { rules: [ingressRule('', { '/': 'b' })] }, { creationTimestamp: '2020-01-01T00:00:00Z' }),
    ];
    expect(rulesOf(tableOf(onService({ ingresses }))).map(summary)).toEqual(['/* -> shop/b:80']);
  });

  test('the default backend answers for every host alone, for the hosts of the rules beside rules', () => {
    const defaultBackend = { service: { name: 'c', port: { number: 80 } } };
    const alone = tableOf(onService({ ingresses: [ingress('i', { defaultBackend })] }));
    expect(rulesOf(alone).map(summary)).toEqual(['/* -> shop/c:80']);
    const rules = [ingressRule('www.test', { '/a': 'a' }), { host: 'bare.test' }];
    const beside = tableOf(onService({ ingresses: [ingress('i', { defaultBackend, rules })] }));
    expect(rulesOf(beside, { host: 'www.test' }).map(summary)).toEqual(['/a* -> shop/a:80', '/* -> shop/c:80']);
    expect(rulesOf(beside, { host: 'bare.test' }).map(summary)).toEqual(['/* -> shop/c:80']);
    expect(rulesOf(beside)).toEqual([]);
  });

  test('a port may be named', () => {
    const path = { path: '/', pathType: 'Prefix', backend: { service: { name: 'a', port: { name: 'http' } } } };
    const table = tableOf(onService({ ingresses: [ingress('i', { rules: [{ http: { paths: [path] } }] })] }));
    expect(rulesOf(table).map(summary)).toEqual(['/* -> shop/a:80']);
  });

  test('what cannot be served is refused with a reason, and the rest is served', () => {
    const resource = { path: '/r', pathType: 'Prefix', backend: { resource: { kind: 'Bucket', name: 'static' } } };
    const rules = [
      ingressRule('', { '/gone': 'gone', '/': 'a', bad: 'a' }),
      ingressRule('192.0.2.1', { '/': 'a' }),
      { http: { paths: [resource] } },
    ];
    const snapshot = onService({ ingresses: [ingress('i', { rules, tls: [{ secretName: 'nope' }] })] });
    expect(rulesOf(tableOf(snapshot)).map(summary)).toEqual([
      '/gone* -> 503 Service shop/gone does not exist',
      '/r* -> 503 a backend must be a Service, and this one names Bucket static',
      '/* -> shop/a:80',
    ]);
    expect(buildGraph(snapshot).ingresses[0]?.refusals.map(({ reason }) => reason)).toEqual([
      'InvalidHost',
      'InvalidPath',
      'BackendNotFound',
      'InvalidKind',
      'InvalidCertificateRef',
    ]);
  });

  test('each host with a certificate is a HTTPS listener; a host may have two', () => {
    const rules = [ingressRule('a.test', { '/': 'a' }), ingressRule('*.b.test', { '/': 'b' })];
    const ingresses = [
      ingress('i', { rules, tls: [{ hosts: ['a.test'], secretName: 'one' }] }),
      ingress('j', { tls: [{ hosts: ['A.test', 'x.b.test'], secretName: 'two' }] }),
    ];
    const table = tableOf(onService({ ingresses, secrets: [secret('one'), secret('two')] }));
    expect(portOf(table, 443).listeners.map(({ hostname, certificates }) => [hostname, certificates])).toEqual([
      ['x.b.test', ['shop/two']],
      ['a.test', ['shop/one', 'shop/two']],
    ]);
    expect(rulesOf(table, { port: 443, host: 'a.test', listener: 'a.test' }).map(summary)).toEqual(['/* -> shop/a:80']);
    expect(rulesOf(table, { port: 443, host: 'x.b.test', listener: 'x.b.test' }).map(summary)).toEqual([
      '/* -> shop/b:80',
    ]);
  });

  test('a certificate for other hosts is shown all the same, and complained about', () => {
    const tls = [{ hosts: ['shop.test', 'a.b.test', 'x.a.b.test'], secretName: 'one' }];
    const certificates = new Map([['shop/one' as CertificateKey, { ok: true as const, names: ['*.b.test'] }]]);
    const snapshot = onService({ ingresses: [ingress('i', { tls })], secrets: [secret('one')], certificates });
    expect(portOf(tableOf(snapshot), 443).listeners).toHaveLength(3);
    expect(buildGraph(snapshot).ingresses[0]?.refusals.map(({ message }) => message)).toEqual([
      'the certificate of Secret shop/one is not valid for shop.test',
      'the certificate of Secret shop/one is not valid for x.a.b.test',
    ]);
  });

  test('without its Service there is no address and nothing is served', () => {
    const snapshot = onService({ ingresses: [ingress('i', {})], services: [service('a')] });
    expect(tableOf(snapshot).ports).toEqual([]);
  });
});

describe('on the address of a Gateway', () => {
  const rules = [ingressRule('www.test', { '/': 'b', '/only': 'c' })];

  test('an HTTPRoute goes before an Ingress where host and path are the same', () => {
    const httpRoutes = [httpRoute('site', { hostnames: ['www.test'] })];
    const table = tableOf(onGateway([httpListener()], { httpRoutes, ingresses: [ingress('i', { rules })] }));
    expect(rulesOf(table, { host: 'www.test' }).map(summary)).toEqual(['/only* -> shop/c:80', '/* -> shop/a:80']);
  });

  test('a host that no listener answers for gets one of its own', () => {
    const listeners = [httpListener('http', { hostname: '*.gw.test' })];
    const table = tableOf(onGateway(listeners, { ingresses: [ingress('i', { rules })] }));
    expect(portOf(table, 80).listeners.map(({ name, hostname }) => [name, hostname])).toEqual([
      ['shop/edge/http', '*.gw.test'],
      ['ingress/fairlead', ''],
    ]);
    expect(rulesOf(table, { host: 'www.test' })).toHaveLength(2);
    expect(listenerOf(table, 80, '*.gw.test').hosts).toEqual([]);
  });

  test('a narrower TLS listener of an Ingress keeps the routes that answered there before', () => {
    const listeners = [httpsListener('https', { hostname: '*.test' })];
    const httpRoutes = [httpRoute('site', { rules: [rule('/route')] })];
    const tls = [{ hosts: ['www.test'], secretName: 'one' }];
    const parts = { httpRoutes, ingresses: [ingress('i', { rules, tls })], secrets: [secret('one'), secret('cert')] };
    const table = tableOf(onGateway(listeners, parts));
    expect(rulesOf(table, { port: 443, host: 'www.test', listener: 'www.test' }).map(summary)).toEqual([
      '/only* -> shop/c:80',
      '/* -> shop/b:80',
      '/route* -> shop/a:80',
    ]);
    expect(rulesOf(table, { port: 443, host: '*.test', listener: '*.test' }).map(summary)).toEqual([
      '/route* -> shop/a:80',
    ]);
  });

  test.each([
    { name: 'plain HTTP on port 443', listener: httpListener('odd', { port: 443 }), tls: true, port: 443 },
    { name: 'HTTPS on port 80', listener: httpsListener('odd', { port: 80 }), tls: false, port: 80 },
  ])('$name leaves no place for an Ingress there, and says so', ({ listener, tls, port }) => {
    const parts = {
      ingresses: [ingress('i', { rules, ...(tls && { tls: [{ hosts: ['www.test'], secretName: 'cert' }] }) })],
      secrets: [secret('cert')],
    };
    const snapshot = onGateway([listener], parts);
    expect(portOf(tableOf(snapshot), port).listeners.flatMap(({ hosts }) => hosts)).toEqual([]);
    expect(buildGraph(snapshot).ingresses[0]?.refusals).toEqual([
      {
        reason: 'ProtocolConflict',
        message: `port ${port} of 203.0.113.1 carries ${String(listener['protocol'])} for Gateway shop/edge; Ingress rules are not served on it`,
      },
    ]);
  });

  test('an Ingress without TLS does not mind plain HTTP on port 443', () => {
    const snapshot = onGateway([httpListener('odd', { port: 443 })], { ingresses: [ingress('i', { rules })] });
    expect(buildGraph(snapshot).ingresses[0]?.refusals).toEqual([]);
  });

  test('other ports of the Gateway know no Ingress', () => {
    const listeners = [httpListener(), httpListener('alt', { port: 8080 })];
    const table = tableOf(onGateway(listeners, { ingresses: [ingress('i', { rules })] }));
    expect(listenerOf(table, 8080).hosts).toEqual([]);
  });

  test('parameters that name something else say so', () => {
    const ingressClasses = [ingressClass('fairlead', { parameters: { kind: 'ConfigMap', name: 'x' } })];
    const snapshot = onService({ ingressClasses, ingresses: [ingress('i', { rules })] });
    expect(buildGraph(snapshot).ingresses[0]?.refusals[0]).toEqual({
      reason: 'InvalidParameters',
      message: 'spec.parameters must name a Gateway with its namespace, not ConfigMap x',
    });
  });

  test('parameters that name no Gateway of ours leave the class without an address, and say so', () => {
    const ingresses = [ingress('i', { rules })];
    const snapshot = { ...onGateway([httpListener()], { ingresses }), gateways: [] };
    expect(tableOf(snapshot).ports).toEqual([]);
    expect(buildGraph(snapshot).ingresses[0]?.refusals[0]?.reason).toBe('InvalidParameters');
  });
});
