import type { PathMatch, Redirect } from '../../plan/routing-table.ts';
import type { RequestHead } from '../http/request-head.ts';
import { editPath } from './path-edit.ts';

const WELL_KNOWN = { http: 80, https: 443 } as const;

export interface RedirectContext {
  readonly head: RequestHead;
  readonly match: PathMatch;
  /** The port of the listener that the request came to. */
  readonly port: number;
}

/**
 * The Location of a redirect (Gateway API, HTTPRequestRedirectFilter): scheme, host and path default to the request's.
 * Port: the given one; else with a given scheme its well-known one; else the listener's. 80 and 443 are left out where
 * they are the scheme's own.
 */
export function locationOf(redirect: Redirect, { head, match, port }: RedirectContext): string {
  const scheme = redirect.scheme ?? head.scheme;
  const host = redirect.hostname ?? head.host;
  const target = redirect.port ?? (redirect.scheme === undefined ? port : WELL_KNOWN[redirect.scheme]);
  const suffix = target === WELL_KNOWN[scheme] ? '' : `:${target}`;
  const path = redirect.path === undefined ? head.path : editPath(redirect.path, head, match);
  return `${scheme}://${host}${suffix}${path}${head.query}`;
}
