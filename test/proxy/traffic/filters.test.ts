import { describe, expect, test } from '@jest/globals';
import type { HeaderEdit, PathEdit, PathMatch, Redirect } from '../../../proxy/plan/routing-table.ts';
import { editHeaders } from '../../../proxy/traffic/filters/header-edit.ts';
import { editPath } from '../../../proxy/traffic/filters/path-edit.ts';
import { locationOf } from '../../../proxy/traffic/filters/redirect.ts';
import { rewriteTarget } from '../../../proxy/traffic/filters/rewrite.ts';
import { canonicalPath } from '../../../proxy/traffic/http/canonical-path.ts';
import type { RequestHead } from '../../../proxy/traffic/http/request-head.ts';

function head(path: string, more: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    path,
    query: '',
    canonicalPath: canonicalPath(path) ?? path,
    authority: 'example.org:8080',
    host: 'example.org',
    headers: [],
    scheme: 'http',
    ...more,
  };
}

const prefix = (value: string): PathMatch => ({ type: 'Prefix', value });
const edit = (parts: Partial<HeaderEdit>): HeaderEdit => ({ set: [], add: [], remove: [], ...parts });

describe('header edits', () => {
  test('set replaces every field of the name, add joins, remove takes away; names in any case', () => {
    const edited = editHeaders(['A', '1', 'a', '2', 'B', '3', 'C', '4'], {
      set: [{ name: 'a', value: 'new' }],
      add: [
        { name: 'b', value: 'more' },
        { name: 'D', value: 'first' },
      ],
      remove: ['c'],
    });
    expect(edited).toEqual(['a', 'new', 'b', '3,more', 'D', 'first']);
  });

  test('Set-Cookie is added beside, not joined', () => {
    const cookie = edit({ add: [{ name: 'Set-Cookie', value: 'b=2' }] });
    expect(editHeaders(['Set-Cookie', 'a=1'], cookie)).toEqual(['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
  });

  test('framing cannot be edited', () => {
    const framing = { name: 'Transfer-Encoding', value: 'chunked' };
    expect(
      editHeaders(['Content-Length', '3'], { set: [framing], add: [framing], remove: ['content-length'] }),
    ).toEqual(['Content-Length', '3']);
  });
});

describe('path edits', () => {
  test.each([
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '/', '/bar'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo', '/foo', '/', '/'],
    ['/foo', '/foo', '', '/'],
    ['/foo/', '/foo', '', '/'],
    ['/bar', '/', '/xyz', '/xyz/bar'],
    ['/f%6fo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/x/../foo/bar', '/foo', '/xyz', '/xyz/bar'],
  ])('%s below %s replaced by %s is %s', (...[path, matched, value, expected]) => {
    expect(editPath({ kind: 'prefix', value }, head(path), prefix(matched))).toBe(expected);
  });

  test('a rewrite keeps the query and may change the host; without one the spelling of the client stays', () => {
    const path: PathEdit = { kind: 'full', value: '/one' };
    const request = head('/a%41', { query: '?q=1' });
    expect(rewriteTarget(request, [{ kind: 'rewrite', hostname: 'one.example.org', path }], prefix('/'))).toEqual({
      target: '/one?q=1',
      authority: 'one.example.org',
    });
    expect(rewriteTarget(request, [], prefix('/'))).toEqual({ target: '/a%41?q=1', authority: 'example.org:8080' });
  });
});

describe('redirects', () => {
  const none: Redirect = { scheme: undefined, hostname: undefined, port: undefined, path: undefined, status: 302 };
  // The cases of the conformance test HTTPRouteRedirectPortAndScheme, over listeners on 80, 8080 and 443.
  test.each([
    { listener: 80, given: { scheme: 'http', port: 80 }, expected: 'http://example.org/p' },
    { listener: 80, given: { scheme: 'http', port: 8080 }, expected: 'http://example.org:8080/p' },
    { listener: 80, given: { scheme: 'https', port: 443 }, expected: 'https://example.org/p' },
    { listener: 80, given: { scheme: 'https' }, expected: 'https://example.org/p' },
    { listener: 80, given: { scheme: 'https', port: 8443 }, expected: 'https://example.org:8443/p' },
    { listener: 80, given: {}, expected: 'http://example.org/p' },
    { listener: 8080, given: {}, expected: 'http://example.org:8080/p' },
    { listener: 8080, given: { port: 80 }, expected: 'http://example.org/p' },
    { listener: 8080, given: { scheme: 'http' }, expected: 'http://example.org/p' },
    { listener: 8080, given: { scheme: 'https' }, expected: 'https://example.org/p' },
    { listener: 443, given: {}, expected: 'https://example.org/p' },
    { listener: 443, given: { port: 8443 }, expected: 'https://example.org:8443/p' },
    { listener: 443, given: { scheme: 'http' }, expected: 'http://example.org/p' },
    { listener: 443, given: { hostname: 'other.org', port: 443 }, expected: 'https://other.org/p' },
  ] as const)('on $listener with $given: $expected', ({ listener, given, expected }) => {
    const request = head('/p', { scheme: listener === 443 ? 'https' : 'http' });
    expect(locationOf({ ...none, ...given }, { head: request, match: prefix('/'), port: listener })).toBe(expected);
  });

  test('the path may be replaced and the query stays', () => {
    const redirect: Redirect = { ...none, path: { kind: 'prefix', value: '/new' } };
    const location = locationOf(redirect, { head: head('/old/x', { query: '?a' }), match: prefix('/old'), port: 80 });
    expect(location).toBe('http://example.org/new/x?a');
  });
});
