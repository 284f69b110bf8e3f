import { describe, expect, test } from '@jest/globals';
import type { Rule, RuleMatch } from '../../../proxy/plan/routing-table.ts';
import type { HeaderList } from '../../../proxy/traffic/http/header-list.ts';
import { type RequestHead, readRequestHead } from '../../../proxy/traffic/http/request-head.ts';
import { compilePort } from '../../../proxy/traffic/routing/compile-port.ts';
import { isValidRegex } from '../../../proxy/traffic/routing/rule-matcher.ts';
import { selectRule } from '../../../proxy/traffic/routing/select-rule.ts';
import { hostOf, listenerTable, plainPort, portTable, ruleFor } from '../../support/proxy/table.ts';

interface Asked {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  readonly headers?: HeaderList;
}

function headOf({ method = 'GET', target = '/', host = 'a.test', headers = [] }: Asked): RequestHead {
  const reading = readRequestHead(
    { method, target, version: '1.1', headers: ['Host', host, ...headers], scheme: 'http' },
    { maxHeaders: 100, maxTargetBytes: 8192 },
  );
  if (!reading.ok) throw new Error(reading.fault.reason);
  return reading.head;
}

function chosen(rules: readonly Rule[], asked: Asked): string | undefined {
  const selection = selectRule(
    compilePort(plainPort(rules), () => 0),
    headOf(asked),
    undefined,
  );
  return selection.kind === 'rule' ? selection.rule.rule.name : undefined;
}

const exact = (path: string, name = `exact ${path}`): Rule =>
  ruleFor(path, { name, match: { path: { type: 'Exact', value: path } } });
const regex = (pattern: string): Rule =>
  ruleFor('/', { name: `regex ${pattern}`, match: { path: { type: 'Regex', value: pattern } } });
const when = (name: string, match: Partial<RuleMatch>): Rule => ruleFor('/', { name, match });

describe('the path of a rule', () => {
  const rules = [exact('/foo'), ruleFor('/aaa/bbb'), ruleFor('/aaa'), ruleFor('/slash')];
  test.each([
    ['/foo', 'exact /foo'],
    ['/foo/', undefined],
    ['/FOO', undefined],
    ['/foo?x=1', 'exact /foo'],
    ['/aaa/bbb', 'rule /aaa/bbb'],
    ['/aaa/bbb/', 'rule /aaa/bbb'],
    ['/aaa/bbb/ccc', 'rule /aaa/bbb'],
    ['/aaa/bbbccc', 'rule /aaa'],
    ['/aaa/ccc', 'rule /aaa'],
    ['/aaa', 'rule /aaa'],
    ['/aaaccc', undefined],
    ['/slash/', 'rule /slash'],
    ['/x/../aaa/bbb', 'rule /aaa/bbb'],
    ['/%61aa', 'rule /aaa'],
    ['/aaa%2fbbb', undefined],
  ])('%s leads to %s', (target, expected) => {
    expect(chosen(rules, { target })).toBe(expected);
  });

  test('the order of the table decides between an exact path, prefixes and expressions', () => {
    expect(chosen([ruleFor('/'), exact('/a'), regex('/a.*')], { target: '/a' })).toBe('rule /');
    expect(chosen([regex('/a.*'), exact('/a')], { target: '/a' })).toBe('regex /a.*');
    expect(chosen([exact('/a'), regex('/a.*'), ruleFor('/')], { target: '/ab' })).toBe('regex /a.*');
  });

  test('an expression matches the whole path, in linear time, and never when it is broken', () => {
    expect(chosen([regex('/v[0-9]+')], { target: '/v12' })).toBe('regex /v[0-9]+');
    expect(chosen([regex('/v[0-9]+')], { target: '/v12/x' })).toBeUndefined();
    expect(chosen([regex('/(a+)+$')], { target: `/${'a'.repeat(4000)}!` })).toBeUndefined();
    expect(chosen([regex('/(')], { target: '/(' })).toBeUndefined();
    expect([isValidRegex('/('), isValidRegex('(?i)/x'), isValidRegex('(?=x)')]).toEqual([false, true, false]);
  });
});

describe('the conditions of a rule', () => {
  const header = (name: string, value: string, type: 'Exact' | 'Regex' = 'Exact'): Partial<RuleMatch> => ({
    headers: [{ name, type, value }],
  });
  test('a method, headers in any case, and query parameters must all match', () => {
    const rules = [
      when('post', { method: 'POST' }),
      when('header', header('x-env', 'test')),
      when('regex', header('version', 'v[0-9]', 'Regex')),
      when('query', { queryParams: [{ name: 'animal', type: 'Exact', value: 'dol phin' }] }),
      when('rest', {}),
    ];
    expect(chosen(rules, { method: 'POST' })).toBe('post');
    expect(chosen(rules, { headers: ['X-ENV', 'test'] })).toBe('header');
    expect(chosen(rules, { headers: ['X-Env', 'other'] })).toBe('rest');
    expect(chosen(rules, { headers: ['Version', 'v3'] })).toBe('regex');
    expect(chosen(rules, { headers: ['Version', 'v33'] })).toBe('rest');
    expect(chosen(rules, { target: '/?animal=dol%20phin&animal=x' })).toBe('query');
    expect(chosen(rules, { target: '/?animal=x&animal=dol+phin' })).toBe('rest');
    expect(chosen(rules, { target: '/?Animal=dol+phin' })).toBe('rest');
  });

  test('of entries with the same name only the first counts', () => {
    const twice = when('twice', {
      headers: [...(header('a', '1').headers ?? []), ...(header('a', '2').headers ?? [])],
    });
    expect(chosen([twice], { headers: ['a', '1'] })).toBe('twice');
  });

  test('repeated header fields are one value', () => {
    expect(chosen([when('both', header('a', '1,2'))], { headers: ['a', '1', 'A', '2'] })).toBe('both');
  });
});

describe('listener and host', () => {
  const port = portTable({
    protocol: 'HTTPS',
    listeners: [
      listenerTable('shop.test', [hostOf('shop.test', ruleFor('/only-exact', { name: 'exact listener' }))]),
      listenerTable('*.test', [
        hostOf('a.test', ruleFor('/a', { name: 'a' })),
        hostOf('*.test', ruleFor('/', { name: 'any below test' })),
      ]),
      listenerTable('', [
        hostOf('*.deep.example', ruleFor('/', { name: 'deep', match: { hostLabels: 3 } })),
        hostOf('', ruleFor('/rest', { name: 'rest' })),
      ]),
    ],
  });
  const ask = (host: string, target = '/', serverName?: string): string => {
    const selection = selectRule(
      compilePort(port, () => 0),
      headOf({ host, target }),
      serverName,
    );
    return selection.kind === 'rule' ? selection.rule.rule.name : selection.miss;
  };

  test.each([
    ['shop.test', '/only-exact', 'exact listener'],
    ['SHOP.test.:443', '/only-exact', 'exact listener'],
    ['shop.test', '/other', 'noRule'],
    ['a.test', '/a', 'a'],
    ['a.test', '/b', 'any below test'],
    ['x.y.test', '/', 'any below test'],
    ['test', '/rest', 'rest'],
    ['x.deep.example', '/', 'deep'],
    ['x.y.deep.example', '/rest', 'rest'],
    ['192.0.2.1', '/rest', 'rest'],
    ['[2001:db8::1]:8080', '/rest', 'rest'],
  ])('%s%s is served by %s: the most specific listener alone, then its hosts one after the other', (...row) => {
    const [host, target, expected] = row;
    expect(ask(host, target)).toBe(expected);
  });

  test('a Host of another listener than the server name is misdirected; within one listener it is not', () => {
    expect(ask('a.test', '/a', 'b.test')).toBe('a');
    expect(ask('a.test', '/a', 'shop.test')).toBe('misdirected');
    expect(ask('shop.test', '/only-exact', 'SHOP.test')).toBe('exact listener');
  });

  test('without a listener for the host there is none', () => {
    const only = compilePort(portTable({ listeners: [listenerTable('shop.test', [])] }), () => 0);
    expect(selectRule(only, headOf({ host: 'other' }), undefined)).toMatchObject({ kind: 'miss', miss: 'noListener' });
  });
});
