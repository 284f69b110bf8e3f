// One spelling for each path, so that a rule cannot be walked around by writing the same path differently.

/** Printable characters that mean the same escaped or not inside a path segment (RFC 3986 §3.3, pchar). */
const PLAIN = /[A-Za-z0-9\-._~!$&'()*+,;=:@]/;
const NEEDS_WORK = /%|\/\/|\/\.|[^\x21-\x7e]/;
const ESCAPE = /%([0-9A-Fa-f]{2})/g;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/**
 * The path that rules are compared with (RFC 3986 §6.2.2): needless escapes decoded, others in upper case, dot segments
 * resolved, repeated slashes merged. An escaped slash stays escaped: it separates nothing. Undefined when an escape is
 * broken. The result is itself a valid path of a request target.
 */
export function canonicalPath(path: string): string | undefined {
  if (!NEEDS_WORK.test(path)) return path;
  if (BROKEN_ESCAPE.test(path)) return undefined;
  return withoutDots(decodePlain(escapeForeign(path)));
}

/** What stands in a rule, in the same spelling. A value that is no valid path can match nothing: it stays as it is. */
export function canonicalRuleValue(value: string): string {
  return canonicalPath(value) ?? value;
}

function decodePlain(path: string): string {
  return path.replace(ESCAPE, (escape, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return PLAIN.test(character) ? character : escape.toUpperCase();
  });
}

function escapeForeign(path: string): string {
  return path.replace(/[^\x21-\x7e]+/gu, (text) => encodeURIComponent(text.toWellFormed()));
}

function withoutDots(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === '..') kept.pop();
    const isNamed = segment !== '' && segment !== '.' && segment !== '..';
    if (isNamed) kept.push(segment);
    else if (isLast) kept.push('');
  }
  return `/${kept.join('/')}`;
}
