import { describe, expect, test } from '@jest/globals';
import {
  gateway,
  httpListener,
  httpRoute,
  httpsListener,
  rule,
  secret,
  service,
} from '../../support/builders/objects.ts';
import { proxySnapshot } from '../../support/builders/snapshot.ts';
import { listenerOf, portOf, rulesOf, summary, tableOf } from '../../support/builders/table.ts';

describe('compileTable', () => {
  test('a route on a Gateway becomes a rule on its address and port', () => {
    const table = tableOf(proxySnapshot({ httpRoutes: [httpRoute('site')] }));
    expect(table.ports).toHaveLength(1);
    expect(portOf(table, 80)).toMatchObject({ address: '203.0.113.1', protocol: 'HTTP' });
    expect(listenerOf(table, 80).name).toBe('shop/edge/http');
    expect(rulesOf(table)).toEqual([
      {
        name: 'HTTPRoute shop/site rule 1',
        source: { kind: 'HTTPRoute', key: 'shop/site' },
        match: { path: { type: 'Prefix', value: '/' }, method: undefined, headers: [], queryParams: [] },
        filters: [],
        action: {
          kind: 'forward',
          backends: [{ weight: 1, backend: 'shop/a:80', reason: undefined, filters: [] }],
        },
        requestTimeoutMs: undefined,
        backendTimeoutMs: undefined,
      },
    ]);
  });

  test('a Gateway without an address, or of another controller, is served nowhere', () => {
    expect(tableOf(proxySnapshot({ gateways: [gateway('edge', { addresses: [] })] })).ports).toEqual([]);
    expect(tableOf(proxySnapshot({ gatewayClasses: [] })).ports).toEqual([]);
  });

  test('two addresses of one Gateway have equal listeners, made once', () => {
    const gateways = [gateway('edge', { addresses: ['203.0.113.1', '2001:db8::1'] })];
    const { ports } = tableOf(proxySnapshot({ gateways, httpRoutes: [httpRoute()] }));
    expect(ports.map(({ address }) => address)).toEqual(['2001:db8::1', '203.0.113.1']);
    expect(ports[0]?.listeners).toBe(ports[1]?.listeners);
  });

  test('listeners and hosts stand from the most to the least specific hostname', () => {
    const listeners = ['', '*.example.com', 'www.example.com', '*.shop.example.com'].map((hostname, index) =>
      httpListener(`l${index}`, hostname === '' ? {} : { hostname }),
    );
    const httpRoutes = [httpRoute('site', { hostnames: ['*.example.com', 'www.example.com'] }), httpRoute('all')];
    const table = tableOf(proxySnapshot({ gateways: [gateway('edge', { listeners })], httpRoutes }));
    expect(portOf(table, 80).listeners.map(({ hostname }) => hostname)).toEqual([
      'www.example.com',
      '*.shop.example.com',
      '*.example.com',
      '',
    ]);
    expect(listenerOf(table, 80).hosts.map(({ hostname }) => hostname)).toEqual([
      'www.example.com',
      '*.example.com',
      '',
    ]);
  });

  test('of routes that share a host on a listener, the one with the better hostname of its own goes first', () => {
    const listeners = [httpListener('http', { hostname: 'www.example.com' })];
    const httpRoutes = [
      httpRoute('old', { rules: [rule('/long/path')], metadata: { creationTimestamp: '2020-01-01T00:00:00Z' } }),
      httpRoute('wild', { hostnames: ['*.example.com'] }),
      httpRoute('exact', { hostnames: ['www.example.com'], rules: [rule('/a')] }),
    ];
    const table = tableOf(proxySnapshot({ gateways: [gateway('edge', { listeners })], httpRoutes }));
    expect(
      rulesOf(table, { host: 'www.example.com', listener: 'www.example.com' }).map(({ source }) => source.key),
    ).toEqual(['shop/exact', 'shop/wild', 'shop/old']);
  });

  test('a rule whose match stands already before it is left out', () => {
    const headers = [
      { name: 'a', value: '1' },
      { name: 'B', value: '2' },
    ];
    const twice = [{ matches: [{ headers }] }, { matches: [{ headers: headers.toReversed() }] }];
    const table = tableOf(proxySnapshot({ httpRoutes: [httpRoute('site', { rules: twice })] }));
    expect(rulesOf(table).map(({ name }) => name)).toEqual(['HTTPRoute shop/site rule 1']);
  });

  test('unresolved backends keep their weight, and the others their traffic', () => {
    const backendRefs = [
      { name: 'a', port: 80, weight: 3 },
      { name: 'gone', port: 80, weight: 1 },
      { name: 'a', port: 80, weight: 0 },
    ];
    const table = tableOf(proxySnapshot({ httpRoutes: [httpRoute('site', { rules: [{ backendRefs }] })] }));
    expect(rulesOf(table)[0]?.action).toEqual({
      kind: 'forward',
      backends: [
        { weight: 3, backend: 'shop/a:80', reason: undefined, filters: [] },
        { weight: 1, backend: undefined, reason: 'Service shop/gone does not exist', filters: [] },
      ],
    });
  });

  test('a rule without backends answers 500', () => {
    const table = tableOf(proxySnapshot({ httpRoutes: [httpRoute('site', { rules: [{ backendRefs: [] }] })] }));
    expect(rulesOf(table).map(summary)).toEqual(['/* -> 500 the rule has no backend with a weight']);
  });

  test('filters and timeouts are carried over', () => {
    const rules = [
      rule('/old/', {
        filters: [
          { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'x', value: '1' }] } },
          { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } } },
          { type: 'ResponseHeaderModifier', responseHeaderModifier: { remove: ['server'] } },
        ],
        timeouts: { request: '1m30s', backendRequest: '500ms' },
      }),
    ];
    const table = tableOf(proxySnapshot({ httpRoutes: [httpRoute('site', { rules })] }));
    expect(rulesOf(table)[0]).toMatchObject({
      match: { path: { type: 'Prefix', value: '/old' } },
      filters: [
        { kind: 'requestHeaders', edit: { set: [{ name: 'x', value: '1' }], add: [], remove: [] } },
        { kind: 'rewrite', hostname: undefined, path: { kind: 'prefix', value: '/new' } },
        { kind: 'responseHeaders', edit: { set: [], add: [], remove: ['server'] } },
      ],
      requestTimeoutMs: 90_000,
      backendTimeoutMs: 500,
    });
  });

  test('a redirect needs no backend', () => {
    const requestRedirect = { scheme: 'https', statusCode: 301 };
    const rules = [{ filters: [{ type: 'RequestRedirect', requestRedirect }] }];
    const table = tableOf(proxySnapshot({ httpRoutes: [httpRoute('site', { rules })] }));
    expect(rulesOf(table)[0]?.action).toEqual({
      kind: 'redirect',
      redirect: { scheme: 'https', hostname: undefined, port: undefined, path: undefined, status: 301 },
    });
  });

  test('a HTTPS listener has its certificates, and is not served without one', () => {
    const gateways = [gateway('edge', { listeners: [httpListener(), httpsListener()] })];
    const good = tableOf(proxySnapshot({ gateways, secrets: [secret('cert')] }));
    expect(listenerOf(good, 443).certificates).toEqual(['shop/cert']);
    const bad = tableOf(proxySnapshot({ gateways, secrets: [secret('cert', { 'tls.crt': 'xx' })] }));
    expect(bad.ports.map(({ port }) => port)).toEqual([80]);
  });

  test('a thousand routes that all want the same cost one rule', () => {
    const httpRoutes = Array.from({ length: 1000 }, (_, index) => httpRoute(`r${index}`));
    expect(rulesOf(tableOf(proxySnapshot({ httpRoutes })))).toHaveLength(1);
  });

  test('a Service that appears heals its rule', () => {
    const httpRoutes = [httpRoute('site', { rules: [rule('/', { backendRefs: [{ name: 'late', port: 80 }] })] })];
    expect(rulesOf(tableOf(proxySnapshot({ httpRoutes }))).map(summary)).toEqual([
      '/* -> 500 Service shop/late does not exist',
    ]);
    const healed = tableOf(proxySnapshot({ httpRoutes, services: [service('late')] }));
    expect(rulesOf(healed).map(summary)).toEqual(['/* -> shop/late:80']);
  });
});
