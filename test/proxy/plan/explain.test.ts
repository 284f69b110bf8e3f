import { describe, expect, test } from '@jest/globals';
import type { ObjectKey } from '../../../api/meta.ts';
import { explainGateway, explainIngress, explainRoute } from '../../../proxy/plan/explain.ts';
import { planOverview } from '../../../proxy/plan/overview.ts';
import {
  endpointSlice,
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

const SITE = 'shop/site' as ObjectKey;
const EDGE = 'shop/edge' as ObjectKey;
const endpointSlices = [endpointSlice(['10.0.0.1', '10.0.0.2'])];

describe('explainRoute', () => {
  test('says where the route is served and what each rule does', () => {
    const rules = [
      rule('/'),
      rule('/two', {
        backendRefs: [
          { name: 'a', port: 80, weight: 3 },
          { name: 'gone', port: 80 },
        ],
      }),
      { matches: [{ path: { value: '/old' } }], filters: [{ type: 'RequestRedirect', requestRedirect: {} }] },
      rule('/none', { backendRefs: [] }),
      rule('/'),
      { matches: [{ path: { type: 'RegularExpression', value: '(' } }] },
    ];
    const snapshot = proxySnapshot({ httpRoutes: [httpRoute('site', { rules })], endpointSlices });
    expect(explainRoute(SITE, snapshot)).toEqual([
      'served on Gateway shop/edge, listener http',
      'BackendNotFound: Service shop/gone does not exist',
      'UnsupportedValue: Dropped Rule: rule 6 answers 500: ( is no regular expression in RE2 syntax',
      'rule 1 forwards to shop/a:80 with 2 ready endpoints',
      'rule 2 forwards to shop/a:80 with 2 ready endpoints (weight 3)',
      'rule 2 answers 500: Service shop/gone does not exist (weight 1)',
      'rule 3 redirects with status 302',
      'rule 4 answers 500: the rule has no backend with a weight',
      'rule 5 gets no request: HTTPRoute shop/site rule 1 asks for the same and goes before it',
      'rule 6 matches nothing: ( is no regular expression in RE2 syntax',
    ]);
  });

  test.each([
    {
      name: 'a route that does not exist',
      snapshot: proxySnapshot(),
      expected: ['HTTPRoute shop/site does not exist'],
    },
    {
      name: 'a route of somebody else',
      snapshot: proxySnapshot({ httpRoutes: [httpRoute('site', { parentRefs: [{ name: 'x' }] })] }),
      expected: ['HTTPRoute shop/site names no Gateway that Fairlead serves'],
    },
    {
      name: 'a route that cannot be read',
      snapshot: proxySnapshot({
        refusals: [{ kind: 'HTTPRoute', key: SITE, errors: [{ path: 'spec.rules[0]', reason: 'must be an object' }] }],
      }),
      expected: ['HTTPRoute shop/site cannot be read: spec.rules[0]: must be an object'],
    },
    {
      name: 'a route that no listener takes',
      snapshot: proxySnapshot({ httpRoutes: [httpRoute('site', { parentRefs: [{ name: 'edge', port: 81 }] })] }),
      expected: ['not served on Gateway shop/edge', 'NoMatchingParent: Gateway shop/edge has no listener on port 81'],
    },
  ])('$name', ({ snapshot, expected }) => {
    expect(explainRoute(SITE, snapshot)).toEqual(expected);
  });
});

test.each([
  { name: 'an address', options: { addresses: [] }, why: 'no address has been assigned yet' },
  {
    name: 'a listener that can be served',
    options: { listeners: [httpsListener()] },
    why: 'none of its listeners is served',
  },
])('a rule on a Gateway without $name gets no request', ({ options, why }) => {
  const snapshot = proxySnapshot({ gateways: [gateway('edge', options)], httpRoutes: [httpRoute('site')] });
  expect(explainRoute(SITE, snapshot)).toContain(`rule 1 gets no request: ${why}`);
});

describe('explainGateway', () => {
  test('says what each listener does, and why one is not programmed', () => {
    const conditions = [{ type: 'Programmed', status: 'False', reason: 'NoResources', message: 'port 80 is taken' }];
    const gateways = [gateway('edge', { listeners: [httpListener(), httpsListener()], status: { conditions } })];
    expect(explainGateway(EDGE, proxySnapshot({ gateways, httpRoutes: [httpRoute()] }))).toEqual([
      'address 203.0.113.1',
      'listener http takes HTTP for every host on port 80, 1 route',
      'listener https is not programmed: Secret shop/cert is missing',
      'not programmed: NoResources: port 80 is taken',
    ]);
  });

  test('repeats what the proxy found and a plan cannot see', () => {
    const conditions = [{ type: 'ResolvedRefs', status: 'False', reason: 'InvalidCertificateRef', message: 'garbage' }];
    const stale = conditions.map((condition) => ({ ...condition, message: 'of old', observedGeneration: 0 }));
    const listeners = [
      { name: 'https', conditions },
      { name: 'http', conditions: stale },
    ];
    const gateways = [gateway('edge', { listeners: [httpListener(), httpsListener()], status: { listeners } })];
    expect(explainGateway(EDGE, proxySnapshot({ gateways, secrets: [secret('cert')] }))).toEqual([
      'address 203.0.113.1',
      'listener http takes HTTP for every host on port 80, no routes',
      'listener https takes HTTPS for every host on port 443, no routes',
      'listener https: ResolvedRefs: InvalidCertificateRef: garbage',
    ]);
  });

  test('says so of a Gateway of another class', () => {
    expect(explainGateway(EDGE, proxySnapshot({ gatewayClasses: [] }))).toEqual([
      'Gateway shop/edge is not of a GatewayClass that Fairlead serves',
    ]);
  });
});

const onService = proxySnapshot({
  gateways: [],
  ingressClasses: [ingressClass()],
  services: [
    service('a'),
    service('fairlead-system/fairlead-ingress-fairlead', {}, { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } }),
  ],
  endpointSlices,
  secrets: [secret('one')],
  ingresses: [
    ingress('i', {
      defaultBackend: { service: { name: 'a', port: { number: 81 } } },
      rules: [ingressRule('www.test', { '/': 'a', '/x': 'gone' })],
      tls: [{ hosts: ['www.test'], secretName: 'one' }],
    }),
  ],
});

test('explainIngress says where it is served, what each path does and what is wrong', () => {
  expect(explainIngress('shop/i' as ObjectKey, onService)).toEqual([
    'served on 203.0.113.9 of Service fairlead-system/fairlead-ingress-fairlead of class fairlead',
    'TLS for www.test with Secret shop/one',
    'www.test/ forwards to shop/a:80 with 2 ready endpoints',
    'www.test/x answers 503: Service shop/gone does not exist',
    'default backend for www.test answers 503: Service shop/a has no TCP port 81',
    'BackendNotFound: Service shop/gone does not exist',
    'BackendNotFound: Service shop/a has no TCP port 81',
  ]);
});

describe('planOverview', () => {
  test('one row for each address, with what is wrong', () => {
    const gateways = [
      gateway('edge', { listeners: [httpListener(), httpsListener()], addresses: ['203.0.113.1', '2001:db8::1'] }),
      gateway('new', { addresses: [] }),
    ];
    const rows = planOverview(proxySnapshot({ gateways, httpRoutes: [httpRoute()], endpointSlices }));
    const edge = {
      owner: 'Gateway shop/edge',
      listeners: ['http:80'],
      routes: 1,
      readyPods: 2,
      problems: ['listener https: Secret shop/cert is missing'],
    };
    expect(rows).toEqual([
      { ...edge, address: '2001:db8::1' },
      { ...edge, address: '203.0.113.1' },
      {
        owner: 'Gateway shop/new',
        address: undefined,
        listeners: ['http:80'],
        routes: 0,
        readyPods: 0,
        problems: ['no address has been assigned yet'],
      },
    ]);
  });

  test('an IngressClass with an address of its own has a row', () => {
    expect(planOverview(onService)).toEqual([
      {
        address: '203.0.113.9',
        owner: 'IngressClass fairlead',
        listeners: ['http:80', 'https:443'],
        routes: 1,
        readyPods: 2,
        problems: [
          'Ingress shop/i: Service shop/gone does not exist',
          'Ingress shop/i: Service shop/a has no TCP port 81',
        ],
      },
    ]);
  });
});
