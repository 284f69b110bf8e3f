import { describe, expect, test } from '@jest/globals';
import { isFailed, type RequestReport, summarize } from '../../../lab/client/request.ts';
import { parseRouteChange } from '../../../lab/demo/steps/route-monitor.ts';

describe('what the demonstration measures', () => {
  test.each([
    {
      name: 'a route with two next hops',
      line: '203.0.113.0 nhid 18 proto bgp metric 20 \\\tnexthop via 10.10.0.11 dev eth0 weight 1 \\\tnexthop via 10.10.0.12 dev eth0 weight 1',
      nextHops: ['10.10.0.11', '10.10.0.12'],
    },
    {
      name: 'a route with one',
      line: '203.0.113.0 nhid 19 via 10.10.0.12 dev eth0 proto bgp metric 20',
      nextHops: ['10.10.0.12'],
    },
    {
      name: 'a route that is gone',
      line: 'Deleted 203.0.113.0 nhid 19 via 10.10.0.12 dev eth0 proto bgp',
      nextHops: [],
    },
  ])('$name is read off ip monitor', ({ line, nextHops }) => {
    expect(parseRouteChange(line, '203.0.113.0')?.nextHops).toEqual(nextHops);
  });

  test('other routes are of no interest', () => {
    expect(parseRouteChange('203.0.113.01 via 10.10.0.12 dev eth0', '203.0.113.0')).toBeUndefined();
    expect(parseRouteChange('Deleted 10.0.0.0/8 via 203.0.113.0 dev eth0', '203.0.113.0')).toBeUndefined();
  });

  test('a request without an answer, or with a fault of the server, counts as failed', () => {
    const report = (changes: Partial<RequestReport>): RequestReport => {
      return { url: '', at: 0, ms: 5, status: 200, body: '', reused: false, error: '', ...changes };
    };
    expect(isFailed(report({}))).toBe(false);
    expect(isFailed(report({ status: 404 }))).toBe(false);
    expect(isFailed(report({ status: 503 }))).toBe(true);
    expect(isFailed(report({ status: 0, error: 'socket hang up' }))).toBe(true);
    expect(summarize([report({}), report({ ms: 9, status: 502 })])).toMatchObject({ requests: 2, slowestMs: 9 });
  });
});
