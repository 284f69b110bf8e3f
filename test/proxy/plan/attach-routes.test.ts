import { describe, expect, test } from '@jest/globals';
import { buildGraph } from '../../../proxy/plan/graph.ts';
import type { RouteNode } from '../../../proxy/plan/nodes.ts';
import type { Verdict } from '../../../proxy/plan/verdict.ts';
import type { ProxySnapshot } from '../../../proxy/snapshot.ts';
import {
  type Fields,
  gateway,
  httpListener,
  httpRoute,
  namespace,
  type RouteOptions,
  referenceGrant,
  rule,
  service,
} from '../../support/builders/objects.ts';
import { proxySnapshot } from '../../support/builders/snapshot.ts';

function routeWith(options: RouteOptions, parts: Partial<ProxySnapshot> = {}, key = 'site'): RouteNode {
  const [node] = buildGraph(proxySnapshot({ httpRoutes: [httpRoute(key, options)], ...parts })).routes;
  if (node === undefined) throw new Error('the route is not in the graph');
  return node;
}

function said(node: RouteNode, type: string, parent = 0): string {
  const verdict = node.parents[parent]?.verdicts.find((candidate) => candidate.type === type);
  return verdict === undefined ? 'nothing' : `${verdict.holds ? 'True' : 'False'}/${verdict.reason}`;
}

function find(node: RouteNode, type: string): Verdict | undefined {
  return node.parents[0]?.verdicts.find((verdict) => verdict.type === type);
}

describe('a parentRef', () => {
  const two = { listeners: [httpListener('a', { hostname: '*.a.test' }), httpListener('b', { port: 8080 })] };

  test.each<{ name: string; reference: Fields; hostnames?: readonly string[]; says: string; listeners: number }>([
    { name: 'without a section reaches every listener', reference: {}, says: 'True/Accepted', listeners: 2 },
    { name: 'may name a section', reference: { sectionName: 'b' }, says: 'True/Accepted', listeners: 1 },
    { name: 'may name a port', reference: { port: 80 }, says: 'True/Accepted', listeners: 1 },
    {
      name: 'with section and port needs both in one listener',
      reference: { sectionName: 'b', port: 80 },
      says: 'False/NoMatchingParent',
      listeners: 0,
    },
    { name: 'to no section', reference: { sectionName: 'c' }, says: 'False/NoMatchingParent', listeners: 0 },
    {
      name: 'to a listener with another hostname',
      reference: { sectionName: 'a' },
      hostnames: ['www.b.test'],
      says: 'False/NoMatchingListenerHostname',
      listeners: 0,
    },
    {
      name: 'reaches only the listeners whose hostname fits',
      reference: {},
      hostnames: ['www.b.test'],
      says: 'True/Accepted',
      listeners: 1,
    },
  ])('$name', ({ reference, hostnames = [], says, listeners }) => {
    const options = { parentRefs: [{ name: 'edge', ...reference }], hostnames };
    const node = routeWith(options, { gateways: [gateway('edge', two)] });
    expect(said(node, 'Accepted')).toBe(says);
    expect(said(node, 'ResolvedRefs')).toBe('True/ResolvedRefs');
    expect(node.parents[0]?.listeners).toHaveLength(listeners);
  });

  test('to a Gateway that is not ours is not our business', () => {
    const parentRefs = [{ name: 'other' }, { name: 'edge', kind: 'Service', group: '' }];
    expect(buildGraph(proxySnapshot({ httpRoutes: [httpRoute('site', { parentRefs })] })).routes).toEqual([]);
  });

  test('is judged alone: one fails, the other serves', () => {
    const parentRefs = [
      { name: 'edge', sectionName: 'nope' },
      { name: 'edge', sectionName: 'http' },
    ];
    const node = routeWith({ parentRefs });
    expect([said(node, 'Accepted', 0), said(node, 'Accepted', 1)]).toEqual(['False/NoMatchingParent', 'True/Accepted']);
  });

  test('to the Gateway and to its section hangs the route on the listener once', () => {
    const parentRefs = [{ name: 'edge' }, { name: 'edge', sectionName: 'http' }];
    const { attachments } = buildGraph(proxySnapshot({ httpRoutes: [httpRoute('site', { parentRefs })] }));
    expect([...attachments].map(([name, routes]) => [name, routes.length])).toEqual([['shop/edge/http', 1]]);
  });
});

describe('allowedRoutes.namespaces', () => {
  const elsewhere = { parentRefs: [{ name: 'edge', namespace: 'shop' }], rules: [] };
  const selector = { matchLabels: { team: 'a' } };

  test.each<{ name: string; from: Fields; says: string }>([
    { name: 'Same is the default', from: {}, says: 'False/NotAllowedByListeners' },
    { name: 'All', from: { from: 'All' }, says: 'True/Accepted' },
    { name: 'None', from: { from: 'None' }, says: 'False/NotAllowedByListeners' },
    { name: 'Selector that fits', from: { from: 'Selector', selector }, says: 'True/Accepted' },
    {
      name: 'Selector by the name of the namespace',
      from: { from: 'Selector', selector: { matchLabels: { 'kubernetes.io/metadata.name': 'apps' } } },
      says: 'True/Accepted',
    },
    {
      name: 'Selector that does not fit',
      from: { from: 'Selector', selector: { matchLabels: { team: 'b' } } },
      says: 'False/NotAllowedByListeners',
    },
  ])('$name', ({ from, says }) => {
    const listeners = [httpListener('http', { allowedRoutes: { namespaces: from } })];
    const parts = { gateways: [gateway('edge', { listeners })], namespaces: [namespace('apps', { team: 'a' })] };
    expect(said(routeWith(elsewhere, parts, 'apps/site'), 'Accepted')).toBe(says);
  });
});

describe('backends', () => {
  const from = [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'shop' }];
  const there = { services: [service('other/a')] };
  const withGrant = (grant: { from: readonly Fields[]; to: readonly Fields[] }): Partial<ProxySnapshot> => ({
    ...there,
    referenceGrants: [referenceGrant('other/g', grant)],
  });
  const toServices = [{ group: '', kind: 'Service' }];

  test.each<{ name: string; reference: Fields; parts?: Partial<ProxySnapshot>; says: string }>([
    { name: 'that exist', reference: { name: 'a', port: 80 }, says: 'True/ResolvedRefs' },
    { name: 'missing Service', reference: { name: 'b', port: 80 }, says: 'False/BackendNotFound' },
    { name: 'missing port', reference: { name: 'a', port: 81 }, says: 'False/BackendNotFound' },
    { name: 'no port named', reference: { name: 'a' }, says: 'False/UnsupportedValue' },
    { name: 'another kind', reference: { name: 'a', kind: 'Pod', port: 80 }, says: 'False/InvalidKind' },
    {
      name: 'a UDP port is none for HTTP',
      reference: { name: 'u', port: 53 },
      parts: { services: [service('u', { ports: [{ port: 53, protocol: 'UDP' }] })] },
      says: 'False/BackendNotFound',
    },
    {
      name: 'ExternalName',
      reference: { name: 'x', port: 80 },
      parts: { services: [service('x', { type: 'ExternalName' })] },
      says: 'False/InvalidKind',
    },
    {
      name: 'a protocol that is not spoken',
      reference: { name: 'h', port: 80 },
      parts: { services: [service('h', { ports: [{ port: 80, appProtocol: 'kubernetes.io/h2c' }] })] },
      says: 'False/UnsupportedProtocol',
    },
    {
      name: 'another namespace without a grant',
      reference: { name: 'a', namespace: 'other', port: 80 },
      parts: there,
      says: 'False/RefNotPermitted',
    },
    {
      name: 'another namespace with a grant',
      reference: { name: 'a', namespace: 'other', port: 80 },
      parts: withGrant({ from, to: toServices }),
      says: 'True/ResolvedRefs',
    },
    {
      name: 'a grant for another namespace of routes',
      reference: { name: 'a', namespace: 'other', port: 80 },
      parts: withGrant({ from: [{ ...from[0], namespace: 'x' }], to: toServices }),
      says: 'False/RefNotPermitted',
    },
    {
      name: 'a grant for another kind of route',
      reference: { name: 'a', namespace: 'other', port: 80 },
      parts: withGrant({ from: [{ ...from[0], kind: 'GRPCRoute' }], to: toServices }),
      says: 'False/RefNotPermitted',
    },
  ])('$name', ({ reference, parts = {}, says }) => {
    const node = routeWith({ rules: [rule('/', { backendRefs: [reference] })] }, parts);
    expect(said(node, 'ResolvedRefs')).toBe(says);
    expect(said(node, 'Accepted')).toBe('True/Accepted');
  });

  test('the first reference that leads nowhere gives the reason, the message names them all', () => {
    const backendRefs = [
      { name: 'gone', port: 80 },
      { name: 'x', kind: 'Pod', port: 1 },
    ];
    const node = routeWith({ rules: [rule('/', { backendRefs })] });
    expect(find(node, 'ResolvedRefs')).toEqual({
      type: 'ResolvedRefs',
      holds: false,
      reason: 'BackendNotFound',
      message: 'Service shop/gone does not exist; a backend must be a Service, not Pod x',
    });
  });
});

describe('rules that cannot be served', () => {
  const redirect = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } };
  const rewrite = { type: 'URLRewrite', urlRewrite: { hostname: 'x.test' } };
  const prefix = { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } };

  test.each<{ name: string; bad: Fields; says: string }>([
    { name: 'unknown filter', bad: { filters: [{ type: 'RequestMirror' }] }, says: 'False/UnsupportedValue' },
    { name: 'two redirects', bad: { filters: [redirect, redirect] }, says: 'False/IncompatibleFilters' },
    { name: 'redirect and rewrite', bad: { filters: [redirect, rewrite] }, says: 'False/IncompatibleFilters' },
    {
      name: 'prefix rewrite of an exact path',
      bad: { matches: [{ path: { type: 'Exact', value: '/a' } }], filters: [prefix] },
      says: 'False/UnsupportedValue',
    },
    {
      name: 'broken regular expression',
      bad: { matches: [{ path: { type: 'RegularExpression', value: '(' } }] },
      says: 'False/UnsupportedValue',
    },
    {
      name: 'path without a slash',
      bad: { matches: [{ path: { type: 'Exact', value: 'a' } }] },
      says: 'False/UnsupportedValue',
    },
    {
      name: 'redirect on a backend',
      bad: { backendRefs: [{ name: 'a', port: 80, filters: [redirect] }] },
      says: 'False/UnsupportedValue',
    },
    { name: 'no duration', bad: { timeouts: { request: '1 second' } }, says: 'False/UnsupportedValue' },
    {
      name: 'unknown filter on a backend',
      bad: { backendRefs: [{ name: 'a', port: 80, filters: [{ type: 'ExtensionRef' }] }] },
      says: 'False/UnsupportedValue',
    },
  ])('$name: alone it refuses the route, beside a good rule only itself', ({ bad, says }) => {
    const alone = routeWith({ rules: [rule('/', bad)] });
    expect(said(alone, 'Accepted')).toBe(says);
    expect(alone.parents[0]?.listeners).toEqual([]);
    const partly = routeWith({ rules: [rule('/good'), rule('/bad', bad)] });
    expect(said(partly, 'Accepted')).toBe('True/Accepted');
    expect(find(partly, 'PartiallyInvalid')?.message).toMatch(/^Dropped Rule: rule 2 answers 500: /);
  });
});
