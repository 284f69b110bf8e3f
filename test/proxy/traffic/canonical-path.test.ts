import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { canonicalPath } from '../../../proxy/traffic/http/canonical-path.ts';

describe('the path that rules are compared with', () => {
  test.each([
    ['/a/b', '/a/b'],
    ['/', '/'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/../../etc/passwd', '/etc/passwd'],
    ['//a///b', '/a/b'],
    ['/a//', '/a/'],
    ['/%61dmin', '/admin'],
    ['/public/%2e%2e/admin', '/admin'],
    ['/public/.%2E/admin', '/admin'],
    ['/a%2fb', '/a%2Fb'],
    ['/a%25b', '/a%25b'],
    ['/a%20b', '/a%20b'],
    ['/a b', '/a%20b'],
    ['/caf\u00e9', '/caf%C3%A9'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a%3Fb', '/a%3Fb'],
    ['*', '*'],
  ])('%s is %s', (given, expected) => {
    expect(canonicalPath(given)).toBe(expected);
  });

  test.each(['/a%', '/a%2', '/a%zz', '/%%41'])('%s is broken', (given) => {
    expect(canonicalPath(given)).toBeUndefined();
  });

  test('what is canonical stays as it is, and never leaves the root', () => {
    const piece = fc.constantFrom('/', '.', '..', '%2e', '%2F', '%25', 'a', 'B', '%41', ' ', '\u00fc', '%C3');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const once = canonicalPath(`/${pieces.join('')}`) ?? '/';
        expect(canonicalPath(once)).toBe(once);
        expect(once).toMatch(/^\/(?!\/)/);
        expect(once.split('/')).not.toContain('..');
      }),
    );
  });
});
