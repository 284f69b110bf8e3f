import type { PathEdit, PathMatch } from '../../plan/routing-table.ts';
import { canonicalRuleValue } from '../http/canonical-path.ts';
import type { RequestHead } from '../http/request-head.ts';

/**
 * The path after an edit. A prefix edit replaces the prefix that the rule matched by whole path elements:
 * `/foo/bar` with `/foo` -> `/xyz` becomes `/xyz/bar`; `/foo` with `/foo` -> `/` becomes `/`; never two slashes.
 */
export function editPath(edit: PathEdit, head: RequestHead, match: PathMatch): string {
  const value = inTarget(edit.value);
  if (edit.kind === 'full') return value === '' ? '/' : value;
  const prefix = match.type === 'Regex' ? '' : trimmed(canonicalRuleValue(match.value));
  const rest = head.canonicalPath.slice(prefix.length);
  const path = `${trimmed(value)}${rest}`;
  return path.startsWith('/') ? path : `/${path}`;
}

/** Rules may hold any text; what no request target may hold is escaped (RFC 3986 §3.3). */
function inTarget(path: string): string {
  return path.replace(/[^\x21-\x7e]+|[?#]/gu, (text) => encodeURIComponent(text.toWellFormed()));
}

function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
