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
const PORT_TAKEN = {
  conditions: [
    { type: 'Programmed', status: 'False', reason: 'NoResources', message: 'port 80 is taken', observedGeneration: 1 },
  ],
};
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
      'It is served on Gateway shop/edge, listener http.',
      'Not all of it works: Service shop/gone does not exist (BackendNotFound).',
      'Not all of it works: Dropped Rule: rule 6 answers 500: ( is no regular expression in RE2 syntax (UnsupportedValue).',
      'Rule 1 forwards to shop/a:80 with 2 ready endpoints.',
      'Rule 2 forwards to shop/a:80 with 2 ready endpoints (weight 3).',
      'Rule 2 answers 500: Service shop/gone does not exist (weight 1).',
      'Rule 3 redirects with status 302.',
      'Rule 4 answers 500: the rule has no backend with a weight.',
      'Rule 5 gets no request: HTTPRoute shop/site rule 1 asks for the same and goes before it.',
      'Rule 6 matches nothing: ( is no regular expression in RE2 syntax.',
    ]);
  });

  test.each([
    {
      name: 'a route that does not exist',
      snapshot: proxySnapshot(),
      expected: ['HTTPRoute shop/site does not exist.'],
    },
    {
      name: 'a route of somebody else',
      snapshot: proxySnapshot({ httpRoutes: [httpRoute('site', { parentRefs: [{ name: 'x' }] })] }),
      expected: ['HTTPRoute shop/site names no Gateway that Fairlead serves.'],
    },
    {
      name: 'a route that cannot be read',
      snapshot: proxySnapshot({
        refusals: [{ kind: 'HTTPRoute', key: SITE, errors: [{ path: 'spec.rules[0]', reason: 'must be an object' }] }],
      }),
      expected: ['HTTPRoute shop/site cannot be read: spec.rules[0]: must be an object.'],
    },
    {
      name: 'a route that no listener takes',
      snapshot: proxySnapshot({ httpRoutes: [httpRoute('site', { parentRefs: [{ name: 'edge', port: 81 }] })] }),
      expected: [
        'It is not served on Gateway shop/edge: Gateway shop/edge has no listener on port 81 (NoMatchingParent).',
      ],
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
  expect(explainRoute(SITE, snapshot)).toContain(`Rule 1 gets no request: ${why}.`);
});

describe('explainGateway', () => {
  test('says what each listener does, and why one is not programmed', () => {
    const gateways = [gateway('edge', { listeners: [httpListener(), httpsListener()], status: PORT_TAKEN })];
    expect(explainGateway(EDGE, proxySnapshot({ gateways, httpRoutes: [httpRoute()] }))).toEqual([
      'Its address is 203.0.113.1.',
      'Listener http takes HTTP for every host on port 80 and has 1 route.',
      'Listener https is not served: Secret shop/cert is missing, or not of type kubernetes.io/tls.',
      'It cannot be reached as it should be: port 80 is taken (NoResources).',
    ]);
  });

  test('what the proxy found out about an older generation is no news', () => {
    const gateways = [gateway('edge', { metadata: { generation: 2 }, status: PORT_TAKEN })];
    expect(explainGateway(EDGE, proxySnapshot({ gateways }))).toEqual([
      'Its address is 203.0.113.1.',
      'Listener http takes HTTP for every host on port 80 and has no routes.',
    ]);
  });

  test('says so of a Gateway of another class', () => {
    expect(explainGateway(EDGE, proxySnapshot({ gatewayClasses: [] }))).toEqual([
      'Gateway shop/edge is not of a GatewayClass that Fairlead serves.',
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
      tls: [
        { hosts: ['www.test'], secretName: 'one' },
        { hosts: ['www.test'], secretName: 'two' },
      ],
    }),
  ],
});

test('explainIngress says where it is served, what each path does and what is wrong', () => {
  expect(explainIngress('shop/i' as ObjectKey, onService)).toEqual([
    'It is served on 203.0.113.9 of Service fairlead-system/fairlead-ingress-fairlead of class fairlead.',
    'It has TLS for www.test with Secret shop/one.',
    'Path www.test/ forwards to shop/a:80 with 2 ready endpoints.',
    'Path www.test/x answers 503: Service shop/gone does not exist.',
    'The default backend for www.test answers 503: Service shop/a has no TCP port 81.',
    'One thing is amiss: Secret shop/two is missing, or not of type kubernetes.io/tls (InvalidCertificateRef).',
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
      problems: ['listener https: Secret shop/cert is missing, or not of type kubernetes.io/tls'],
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

  test('sockets that cannot be opened, and objects that cannot be read, are problems too', () => {
    const refusals = [{ kind: 'HTTPRoute', key: SITE, errors: [{ path: 'spec.rules', reason: 'must be a list' }] }];
    const gateways = [gateway('edge', { status: PORT_TAKEN })];
    expect(planOverview(proxySnapshot({ gateways, refusals }))).toMatchObject([
      { owner: 'Gateway shop/edge', problems: ['port 80 is taken'] },
      { owner: 'HTTPRoute shop/site', address: undefined, problems: ['it cannot be read: spec.rules: must be a list'] },
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
          'Ingress shop/i: Secret shop/two is missing, or not of type kubernetes.io/tls',
        ],
      },
    ]);
  });
});
