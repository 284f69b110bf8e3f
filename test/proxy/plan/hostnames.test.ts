import { describe, expect, test } from '@jest/globals';
import { parseDuration } from '../../../proxy/plan/durations.ts';
import { compareHostnames, covers, intersect, isHostname, normalizeHostname } from '../../../proxy/plan/hostnames.ts';

describe('hostnames', () => {
  test.each<[outer: string, inner: string, expected: boolean]>([
    ['', 'a.test', true],
    ['a.test', '', false],
    ['a.test', 'a.test', true],
    ['*.test', 'a.test', true],
    ['*.test', 'b.a.test', true],
    ['*.test', '*.a.test', true],
    ['*.a.test', '*.test', false],
    ['*.a.test', 'a.test', false],
    ['*.a.test', 'ba.test', false],
  ])('%j covers %j: %j', (outer, inner, expected) => expect(covers(outer, inner)).toBe(expected));

  test('of two wildcards the longer is what they have in common', () => {
    expect(intersect('*.test', '*.a.test')).toBe('*.a.test');
    expect(intersect('*.b.test', '*.a.test')).toBeUndefined();
  });

  test('sort from the most to the least specific', () => {
    const sorted = ['', '*.test', 'a.test', '*.a.test', 'b.a.test'].toSorted(compareHostnames);
    expect(sorted).toEqual(['b.a.test', 'a.test', '*.a.test', '*.test', '']);
  });

  test.each([
    ['a.test', true],
    ['*.a_b.test', true],
    ['*', false],
    ['192.0.2.1', false],
    ['a.test:80', false],
    ['a..test', false],
    ['a b', false],
  ])('%j is a hostname: %j', (name, expected) => expect(isHostname(name)).toBe(expected));

  test('are compared in lower case and without the last dot', () => {
    expect(normalizeHostname('A.Test.')).toBe('a.test');
  });
});

describe('durations', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['1m1m1m1m', 240_000],
    ['1', undefined],
    ['1.5s', undefined],
    ['-1s', undefined],
    ['1s1s1s1s1s', undefined],
    ['100000s', undefined],
    ['1d', undefined],
  ])('%s is %s ms', (text, expected) => expect(parseDuration(text)).toBe(expected));
});
