import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type Interval, IntervalSet } from '../../net/interval-set.ts';

const small = fc.bigInt(0n, 40n);
const interval: fc.Arbitrary<Interval> = fc
  .tuple(small, small)
  .map(([a, b]) => (a < b ? { first: a, last: b } : { first: b, last: a }));
const step = fc.oneof(
  interval.map((value) => ({ kind: 'add' as const, value })),
  small.map((value) => ({ kind: 'remove' as const, value })),
);

describe('an interval set', () => {
  test('is the set that it stands for, whatever is added and removed', () => {
    fc.assert(
      fc.property(fc.array(interval), fc.array(step), (start, steps) => {
        const set = IntervalSet.of(start);
        const model = new Set(start.flatMap(numbersOf));
        for (const { kind, value } of steps) {
          if (kind === 'remove') expect(set.remove(value)).toBe(model.delete(value));
          else {
            set.add(value);
            for (const number of numbersOf(value)) model.add(number);
          }
        }
        expect(set.intervals.flatMap(numbersOf)).toEqual([...model].sort((a, b) => Number(a - b)));
        expect(set.size).toBe(BigInt(model.size));
        expect(set.intervals.every(({ first }, i) => i === 0 || first > (set.intervals[i - 1]?.last ?? 0n) + 1n)).toBe(
          true,
        );
      }),
    );
  });

  test('answers for each number as the set would', () => {
    fc.assert(
      fc.property(fc.array(interval), small, interval, (start, value, probe) => {
        const set = IntervalSet.of(start);
        const members = start.flatMap(numbersOf).sort((a, b) => Number(a - b));
        expect(set.has(value)).toBe(members.includes(value));
        expect(set.next(value)).toBe(members.find((member) => member >= value));
        expect(set.next()).toBe(members[0]);
        expect(set.meets(probe)).toBe(numbersOf(probe).some((number) => members.includes(number)));
      }),
    );
  });

  test('gives 65,536 addresses out of an IPv6 /64 one by one, and knows exactly what is left', () => {
    const first = 0x2001_0db8n << 96n;
    const set = IntervalSet.of([{ first, last: first + 2n ** 64n - 1n }]);
    for (let i = 0n; i < 65_536n; i++) {
      expect(set.next()).toBe(first + i);
      set.remove(first + i);
    }
    expect(set.size).toBe(2n ** 64n - 65_536n);
    expect(set.intervals).toHaveLength(1);
  });
});

function numbersOf({ first, last }: Interval): bigint[] {
  return Array.from({ length: Number(last - first) + 1 }, (_, i) => first + BigInt(i));
}
