import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { IpAddress } from '../../../net/address.ts';
import type { Endpoint } from '../../../proxy/plan/routing-table.ts';
import { Backends } from '../../../proxy/traffic/balance/backends.ts';
import { RoundRobin } from '../../../proxy/traffic/balance/round-robin.ts';
import { weightedChoice } from '../../../proxy/traffic/balance/weighted-choice.ts';
import { backendKey, weighted } from '../../support/proxy/table.ts';

const endpoint = (last: number): Endpoint => ({ address: `10.0.0.${last}` as IpAddress, port: 80 });
const times = <T>(count: number, pick: () => T): T[] => Array.from({ length: count }, pick);

function tally<T>(items: readonly T[]): ReadonlyMap<T, number> {
  return new Map([...Map.groupBy(items, (item) => item)].map(([item, group]) => [item, group.length]));
}

describe('round robin', () => {
  test.each([
    [2, 100],
    [3, 100],
    [10, 100],
  ])('over %i endpoints, %i requests differ by at most one', (count, requests) => {
    const balancer = new RoundRobin(7);
    balancer.update(times(count, () => 0).map((_, i) => endpoint(i)));
    const counts = [...tally(times(requests, () => balancer.pick([])?.address)).values()];
    expect(counts).toHaveLength(count);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });

  test('an endpoint that was tried is passed over while there is another', () => {
    const balancer = new RoundRobin(0);
    balancer.update([endpoint(1), endpoint(2)]);
    expect(balancer.pick([endpoint(1)])).toEqual(endpoint(2));
    expect(balancer.pick([endpoint(2)])).toEqual(endpoint(1));
    expect(balancer.pick([endpoint(1), endpoint(2)])).toBeDefined();
  });

  test('with no endpoint there is nothing to pick; a removed one is not picked again', () => {
    const backends = new Backends(() => 0);
    const backend = backendKey('web');
    expect(backends.pick(backend, [])).toBeUndefined();
    backends.update([{ backend, endpoints: [endpoint(1), endpoint(2)] }], []);
    backends.update([{ backend, endpoints: [endpoint(2)] }], []);
    expect(times(4, () => backends.pick(backend, []))).toEqual(times(4, () => endpoint(2)));
    backends.update([], [backend]);
    expect(backends.pick(backend, [])).toBeUndefined();
  });

  test('workers begin at different endpoints', () => {
    const starts = [0, 0.3, 0.6, 0.9].map((chance) => {
      const backends = new Backends(() => chance);
      backends.update([{ backend: backendKey('web'), endpoints: [1, 2, 3, 4, 5].map(endpoint) }], []);
      return backends.pick(backendKey('web'), [])?.address;
    });
    expect(new Set(starts).size).toBeGreaterThan(1);
  });
});

describe('weights', () => {
  test('the shares are exact over one round, wherever it begins, and weight 0 gets nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (weights, chance) => {
          const choose = weightedChoice(
            weights.map((weight, index) => weighted(`b${index}`, { weight })),
            () => chance,
          );
          const total = weights.reduce((a, b) => a + b, 0);
          const counts = tally(times(total, () => choose()?.backend));
          for (const [index, weight] of weights.entries()) {
            expect(counts.get(backendKey(`b${index}`)) ?? 0).toBe(weight);
          }
        },
      ),
    );
  });

  test('70/30 is spread evenly, not in blocks', () => {
    const choose = weightedChoice([weighted('a', { weight: 70 }), weighted('b', { weight: 30 })], () => 0);
    const names = times(10, () => choose()?.backend);
    expect(tally(names).get(backendKey('a'))).toBe(7);
    expect(names.slice(0, 4).filter((name) => name === backendKey('b')).length).toBeGreaterThan(0);
  });

  test('no weight at all is no backend', () => {
    expect(weightedChoice([weighted('a', { weight: 0 })], () => 0)()).toBeUndefined();
    expect(weightedChoice([], () => 0)()).toBeUndefined();
  });
});
