import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { HttpRoute } from '../../../api/gateway.ts';
import { compareRules, type RankedRule } from '../../../proxy/plan/compare-rules.ts';
import { compileTable } from '../../../proxy/plan/compile-table.ts';
import { buildGraph } from '../../../proxy/plan/graph.ts';
import { compareHostnames, covers, intersect } from '../../../proxy/plan/hostnames.ts';
import type { RoutingTable, Rule } from '../../../proxy/plan/routing-table.ts';
import { planProxyStatus } from '../../../proxy/plan/status.ts';
import {
  type Fields,
  gateway,
  httpListener,
  httpRoute,
  ingress,
  ingressClass,
  ingressRule,
  secret,
  service,
} from '../../support/builders/objects.ts';
import { proxySnapshot } from '../../support/builders/snapshot.ts';
import { tableOf } from '../../support/builders/table.ts';

const hostname = fc.constantFrom('', 'a.test', 'b.a.test', '*.test', '*.a.test', 'x.org');
const path = fc.record({
  type: fc.constantFrom('Exact', 'PathPrefix', 'RegularExpression'),
  value: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab'),
});
const header = fc.record({ name: fc.constantFrom('x', 'y'), value: fc.constantFrom('1', '2') });
const match = fc.record(
  { path, headers: fc.array(header, { maxLength: 2 }), method: fc.constantFrom('GET', 'POST') },
  { requiredKeys: [] },
);
const backendRefs = fc.constantFrom<Fields[]>([{ name: 'a', port: 80 }], [{ name: 'gone', port: 80 }], []);
const age = fc.constantFrom('2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z');

/** Routes r0, r1, … with anything in them. */
const routes = fc
  .array(
    fc.record({
      hostnames: fc.array(
        hostname.filter((name) => name !== ''),
        { maxLength: 2 },
      ),
      rules: fc.array(fc.record({ matches: fc.array(match, { maxLength: 2 }), backendRefs }), { maxLength: 2 }),
      creationTimestamp: age,
    }),
    { maxLength: 8 },
  )
  .map((list) =>
    list.map(({ hostnames, rules, creationTimestamp }, index) =>
      httpRoute(`r${index}`, { hostnames, rules, metadata: { creationTimestamp } }),
    ),
  );

const gateways = [
  gateway('edge', { listeners: [httpListener('all'), httpListener('some', { hostname: '*.a.test' })] }),
  gateway('other', { addresses: ['203.0.113.2'] }),
];
const parameters = { apiGroup: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge', namespace: 'shop' };
const ingresses = [
  ingress('i', { rules: [ingressRule('a.test', { '/': 'a', '/a': 'b' })] }),
  ingress('j', { rules: [ingressRule('*.test', { '/a/': 'b' })] }),
];
const world = proxySnapshot({
  secrets: [secret('cert')],
  gateways,
  services: [service('a'), service('b')],
  ingressClasses: [ingressClass('fairlead', { parameters })],
  ingresses,
});

const ranked: fc.Arbitrary<RankedRule> = fc
  .record({
    hostname,
    isFallback: fc.boolean(),
    kind: fc.constantFrom('HTTPRoute' as const, 'Ingress' as const),
    pathType: fc.constantFrom('Exact' as const, 'Regex' as const, 'Prefix' as const),
    path: fc.constantFrom('/', '/a', '/a/b'),
    method: fc.constantFrom('GET', undefined),
    headers: fc.nat(2),
    age,
    name: fc.constantFrom('r0', 'r1'),
    number: fc.nat(2),
  })
  .map((given) => ({
    hostname: given.hostname,
    isFallback: given.isFallback,
    writtenPathLength: given.path.length,
    creationTimestamp: given.age,
    ruleNumber: given.number,
    matchNumber: 1,
    rule: {
      name: '',
      source: { kind: given.kind, key: given.name as Rule['source']['key'] },
      match: {
        path: { type: given.pathType, value: given.path },
        method: given.method,
        headers: Array.from({ length: given.headers }, () => ({ name: 'x', type: 'Exact' as const, value: '1' })),
        queryParams: [],
      },
      filters: [],
      action: { kind: 'fail', status: 500, reason: '' },
      requestTimeoutMs: undefined,
      backendTimeoutMs: undefined,
    },
  }));

describe('precedence', () => {
  test('is a total order: the way back is the other way round, and it never goes in circles', () => {
    fc.assert(
      fc.property(ranked, ranked, ranked, (a, b, c) => {
        expect(Math.sign(compareRules(a, b))).toBe(-Math.sign(compareRules(b, a)) + 0);
        if (compareRules(a, b) <= 0 && compareRules(b, c) <= 0) expect(compareRules(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('hostnames', () => {
  test('what two have in common is within both, whichever comes first', () => {
    fc.assert(
      fc.property(hostname, hostname, (a, b) => {
        const common = intersect(a, b);
        expect(common).toBe(intersect(b, a));
        if (common === undefined) return;
        expect(covers(a, common) && covers(b, common)).toBe(true);
        expect(compareHostnames(common, a)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('the plan', () => {
  test('does not depend on the order of its input', () => {
    fc.assert(
      fc.property(
        routes.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([httpRoutes, shuffled]) => {
          const back = {
            ...world,
            httpRoutes: shuffled,
            gateways: gateways.toReversed(),
            ingresses: ingresses.toReversed(),
            services: world.services.toReversed(),
          };
          const [one, two] = [{ ...world, httpRoutes }, back].map(buildGraph);
          if (one === undefined || two === undefined) throw new Error('two snapshots give two graphs');
          expect(compileTable(two)).toEqual(compileTable(one));
          expect(planProxyStatus(two, [])).toEqual(planProxyStatus(one, []));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('gives the rules of a good object whatever bad objects stand beside it', () => {
    const bad: readonly HttpRoute[] = [
      httpRoute('bad1', { rules: [{ filters: [{ type: 'Nonsense' }] }] }),
      httpRoute('bad2', { rules: [{ matches: [{ path: { type: 'RegularExpression', value: '((' } }] }] }),
      httpRoute('bad3', { parentRefs: [{ name: 'edge', sectionName: 'none' }] }),
      httpRoute('bad4', { hostnames: ['not a hostname'] }),
    ];
    fc.assert(
      fc.property(routes, fc.subarray([...bad]), (good, some) => {
        const clean = tableOf({ ...world, httpRoutes: good });
        expect(tableOf({ ...world, httpRoutes: [...some, ...good] })).toEqual(clean);
      }),
      { numRuns: 150 },
    );
  });
});

describe('size', () => {
  const rulesCount = (table: RoutingTable): number =>
    table.ports.reduce(
      (sum, port) => sum + port.listeners.flatMap(({ hosts }) => hosts.flatMap((h) => h.rules)).length,
      0,
    );

  test('ten thousand routes, each with its own host, all arrive', () => {
    const httpRoutes = Array.from({ length: 10_000 }, (_, index) =>
      httpRoute(`r${index}`, { hostnames: [`h${index}.x.org`] }),
    );
    expect(rulesCount(tableOf(proxySnapshot({ httpRoutes })))).toBe(10_000);
  });

  test('two thousand Ingresses, each with its own host and certificate, all arrive', () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      ingress(`i${index}`, {
        rules: [ingressRule(`h${index}.test`, { '/': 'a' })],
        tls: [{ hosts: [`h${index}.test`], secretName: 'cert' }],
      }),
    );
    const snapshot = proxySnapshot({ ...world, ingresses: many });
    expect(rulesCount(tableOf(snapshot))).toBe(4000);
  });
});
