// Who answers a request: from the manifests' objects through the table to the rule that the data path selects. The cases
// are those of the public conformance suites of Ingress and the Gateway API.
import { describe, expect, test } from '@jest/globals';
import type { RoutingTable } from '../../proxy/plan/routing-table.ts';
import type { ProxySnapshot } from '../../proxy/snapshot.ts';
import { readRequestHead } from '../../proxy/traffic/http/request-head.ts';
import { compilePort } from '../../proxy/traffic/routing/compile-port.ts';
import { selectRule } from '../../proxy/traffic/routing/select-rule.ts';
import {
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
} from '../support/builders/objects.ts';
import { proxySnapshot } from '../support/builders/snapshot.ts';
import { portOf, tableOf } from '../support/builders/table.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const services = NAMES.map((name) => service(name));
const front = service(
  'fairlead-system/fairlead-ingress-fairlead',
  {},
  { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } },
);

function ingressSnapshot(rules: readonly unknown[]): ProxySnapshot {
  const ingresses = [ingress('i', { rules })];
  return proxySnapshot({ gateways: [], services: [...services, front], ingressClasses: [ingressClass()], ingresses });
}

/** The Service that answers `METHOD host/path`, or why nobody does. */
function ask(
  table: RoutingTable,
  request: string,
  { port = 80, serverName }: { port?: number; serverName?: string } = {},
): string {
  const [, method = '', host = '', target = ''] = /^(?:([A-Z]+) )?([^/]+)(\/.*)$/.exec(request) ?? [];
  const scheme = port === 443 ? 'https' : 'http';
  const [path = '', ...fields] = target.split(' ');
  const headers = ['Host', host, ...fields.flatMap((field) => field.split('='))];
  const reading = readRequestHead(
    { method: method || 'GET', target: path, version: '1.1', headers, scheme },
    { maxHeaders: 100, maxTargetBytes: 8192 },
  );
  if (!reading.ok) return reading.fault.reason;
  const compiled = compilePort(portOf(table, port), () => 0);
  const selection = selectRule(compiled, reading.head, serverName);
  if (selection.kind === 'miss') return selection.miss;
  const { action } = selection.rule.rule;
  if (action.kind !== 'forward') return action.kind;
  return action.backends.map(({ backend, reason }) => backend?.replace(/^shop\/(.*):80$/, '$1') ?? reason).join();
}

describe('Ingress', () => {
  const hosts = tableOf(
    ingressSnapshot([ingressRule('*.foo.com', { '/': 'a' }), ingressRule('foo.bar.com', { '/': 'b' })]),
  );
  test.each([
    ['foo.bar.com/', 'b'],
    ['FOO.bar.com:80/', 'b'],
    ['subdomain.bar.com/', 'noRule'],
    ['bar.foo.com/', 'a'],
    ['baz.bar.foo.com/', 'noRule'],
    ['foo.com/', 'noRule'],
  ])('host: %s -> %s', (request, expected) => expect(ask(hosts, request)).toBe(expected));

  const exact = tableOf(ingressSnapshot([ingressRule('h', { '/foo': 'a' }, 'Exact')]));
  test.each([
    ['h/foo', 'a'],
    ['h/foo/', 'noRule'],
    ['h/FOO', 'noRule'],
    ['h/bar', 'noRule'],
  ])('exact: %s -> %s', (request, expected) => expect(ask(exact, request)).toBe(expected));

  const prefix = tableOf(
    ingressSnapshot([ingressRule('h', { '/foo': 'a', '/aaa/bbb': 'b', '/aaa': 'c', '/t/': 'd' })]),
  );
  test.each([
    ['h/foo', 'a'],
    ['h/foo/', 'a'],
    ['h/FOO', 'noRule'],
    ['h/aaa/bbb', 'b'],
    ['h/aaa/bbb/ccc', 'b'],
    ['h/aaa/ccc', 'c'],
    ['h/aaaccc', 'noRule'],
    ['h/t', 'd'],
    ['h/t/', 'd'],
  ])('prefix: %s -> %s', (request, expected) => expect(ask(prefix, request)).toBe(expected));

  const mixed = tableOf(
    ingressSnapshot([ingressRule('h', { '/foo': 'a' }), ingressRule('h', { '/foo': 'b' }, 'Exact')]),
  );
  test('exact before prefix of the same path', () => {
    expect([ask(mixed, 'h/foo'), ask(mixed, 'h/foo/')]).toEqual(['b', 'a']);
  });
});

describe('HTTPRoute', () => {
  const to = (name: string): { backendRefs: readonly object[] } => ({ backendRefs: [{ name, port: 80 }] });

  const listeners = ['very.specific.com', '*.wildcard.io', '*.anotherwildcard.io'].map((hostname, index) =>
    httpListener(`l${index}`, { hostname }),
  );
  const intersecting = tableOf(
    proxySnapshot({
      services,
      gateways: [gateway('edge', { listeners })],
      httpRoutes: [
        httpRoute('r1', {
          hostnames: ['non.matching.com', '*.nonmatchingwildcard.io', 'very.specific.com'],
          rules: [rule('/s1', to('a'))],
        }),
        httpRoute('r2', {
          hostnames: ['wildcard.io', 'foo.wildcard.io', 'bar.wildcard.io', 'foo.bar.wildcard.io'],
          rules: [rule('/s2', to('b'))],
        }),
        httpRoute('r3', { hostnames: ['*.anotherwildcard.io'], rules: [rule('/s3', to('c'))] }),
      ],
    }),
  );
  test.each([
    ['very.specific.com/s1', 'a'],
    ['very.specific.com/s2', 'noRule'],
    ['non.matching.com/s1', 'noListener'],
    ['foo.nonmatchingwildcard.io/s1', 'noListener'],
    ['foo.wildcard.io:80/s2', 'b'],
    ['foo.bar.wildcard.io/s2', 'b'],
    ['wildcard.io/s2', 'noListener'],
    ['baz.wildcard.io/s2', 'noRule'],
    ['one.anotherwildcard.io/s3', 'c'],
    ['one.two.anotherwildcard.io/s3', 'c'],
    ['anotherwildcard.io/s3', 'noListener'],
  ])('hostnames: %s -> %s', (request, expected) => expect(ask(intersecting, request)).toBe(expected));

  const across = tableOf(
    proxySnapshot({
      services,
      httpRoutes: [
        httpRoute('part1', {
          hostnames: ['example.com', 'example.net'],
          rules: [
            { matches: [{ path: { value: '/' } }, { headers: [{ name: 'version', value: 'one' }] }], ...to('a') },
          ],
        }),
        httpRoute('part2', {
          hostnames: ['example.com'],
          rules: [
            { matches: [{ path: { value: '/v2' } }, { headers: [{ name: 'version', value: 'two' }] }], ...to('b') },
          ],
        }),
      ],
    }),
  );
  test.each([
    ['example.com/', 'a'],
    ['example.com/example', 'a'],
    ['example.net/ Version=one', 'a'],
    ['example.com/v2', 'b'],
    ['example.com/v2/example Version=one', 'b'],
    ['example.com/ Version=two', 'b'],
    ['example.net/v2', 'a'],
    ['example.com/v2example', 'a'],
  ])('across routes: %s -> %s', (request, expected) => expect(ask(across, request)).toBe(expected));

  const better = tableOf(
    proxySnapshot({
      services,
      gateways: [gateway('edge', { listeners: [httpListener('http', { hostname: 'www.a.test' })] })],
      httpRoutes: [
        httpRoute('old', {
          rules: [rule('/long/path', to('a')), rule('/only', to('b'))],
          metadata: { creationTimestamp: '2020-01-01T00:00:00Z' },
        }),
        httpRoute('new', { hostnames: ['www.a.test'], rules: [rule('/long', to('c'))] }),
      ],
    }),
  );
  test('a newer route with the better hostname wins, and what it does not match falls through', () => {
    expect(['www.a.test/long/path', 'www.a.test/only'].map((request) => ask(better, request))).toEqual(['c', 'b']);
  });

  const isolated = tableOf(
    proxySnapshot({
      services,
      gateways: [
        gateway('edge', { listeners: [httpListener('any'), httpListener('wild', { hostname: '*.example.com' })] }),
      ],
      httpRoutes: [httpRoute('r', { parentRefs: [{ name: 'edge', sectionName: 'any' }], rules: [rule('/', to('a'))] })],
    }),
  );
  test('a listener with a better hostname keeps a request from the routes of the others', () => {
    expect(['bar.com/', 'foo.example.com/'].map((request) => ask(isolated, request))).toEqual(['a', 'noRule']);
  });

  const secure = tableOf(
    proxySnapshot({
      services,
      secrets: [secret('cert')],
      gateways: [
        gateway('edge', {
          listeners: [httpsListener('one', { hostname: 'one.test' }), httpsListener('two', { hostname: '*.two.test' })],
        }),
      ],
      httpRoutes: [httpRoute('r', { rules: [rule('/', to('a'))] })],
    }),
  );
  test.each([
    ['one.test', 'one.test/', 'a'],
    ['one.test', 'x.two.test/', 'misdirected'],
    ['x.two.test', 'y.two.test/', 'a'],
    ['one.test', 'unknown.test/', 'noListener'],
  ])('over TLS: server name %s, request %s -> %s', (serverName, request, expected) => {
    expect(ask(secure, request, { port: 443, serverName })).toBe(expected);
  });
});
