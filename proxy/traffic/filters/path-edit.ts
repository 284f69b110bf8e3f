import type { PathEdit, PathMatch } from '../../plan/routing-table.ts';
import { canonicalRuleValue } from '../http/canonical-path.ts';
import type { RequestHead } from '../http/request-head.ts';

/**
 * The path after an edit. A prefix edit replaces the prefix that the rule matched by whole path elements:
 * `/foo/bar` with `/foo` -> `/xyz` becomes `/xyz/bar`; `/foo` with `/foo` -> `/` becomes `/`; never two slashes.
 */
export function editPath(edit: PathEdit, head: RequestHead, match: PathMatch): string {
  if (edit.kind === 'full') return edit.value === '' ? '/' : edit.value;
  const prefix = match.type === 'Regex' ? '' : trimmed(canonicalRuleValue(match.value));
  const rest = head.canonicalPath.slice(prefix.length);
  const path = `${trimmed(edit.value)}${rest}`;
  return path.startsWith('/') ? path : `/${path}`;
}

function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
