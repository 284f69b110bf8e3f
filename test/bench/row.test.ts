import { describe, expect, test } from '@jest/globals';
import { formatRows, median, rowOf } from '../../bench/row.ts';

describe('a measured figure', () => {
  test('is the median, of an even number the mean of the middle two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 100])).toBe(3.5);
    expect(() => median([])).toThrow('median of nothing');
  });

  test('says whether its reach is met', () => {
    expect(rowOf({ what: 'a', unit: 'ms', samples: [900, 1000, 1100], reach: 1000 })).toMatchObject({
      ratio: 1,
      met: true,
    });
    expect(rowOf({ what: 'a', unit: 'ms', samples: [1001], reach: 1000 }).met).toBe(false);
    expect(rowOf({ what: 'a', unit: 'MB', samples: [7], reach: undefined }).met).toBeUndefined();
  });

  test('stands in a table with its spread', () => {
    const text = formatRows([rowOf({ what: 'apply to first 200', unit: 'ms', samples: [410, 390, 450], reach: 1000 })]);
    expect(text.split('\n')[1]).toMatch(/^apply to first 200 +410 +390 +450 +3 +ms +1000 +yes$/);
  });
});
