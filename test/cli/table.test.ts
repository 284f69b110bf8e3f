import { describe, expect, test } from '@jest/globals';
import { formatAge, formatTable } from '../../cli/table.ts';

describe('a table', () => {
  test('has upper-case heads and columns as wide as their widest cell', () => {
    const text = formatTable(
      ['name', 'address'],
      [
        ['shop', '203.0.113.0'],
        ['a-long-name', ''],
      ],
    );
    expect(text).toBe('NAME          ADDRESS\nshop          203.0.113.0\na-long-name\n');
  });

  test('without rows is just its heads', () => {
    expect(formatTable(['name'], [])).toBe('NAME\n');
  });
});

describe('an age is written as kubectl writes it', () => {
  const second = 1000;
  const minute = 60 * second;
  const hour = 60 * minute;
  test.each([
    { ms: 0, text: '0s' },
    { ms: 119 * second, text: '119s' },
    { ms: 120 * second, text: '2m' },
    { ms: 59 * minute, text: '59m' },
    { ms: 2 * hour + 5 * minute, text: '2h5m' },
    { ms: 3 * hour, text: '3h' },
    { ms: 30 * hour, text: '30h' },
    { ms: 49 * hour, text: '2d' },
    { ms: -5 * second, text: '0s' },
    { ms: Number.NaN, text: '<unknown>' },
  ])('$ms ms is $text', ({ ms, text }) => {
    expect(formatAge(0, ms)).toBe(text);
  });
});
