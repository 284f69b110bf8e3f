import type { Filter, PathMatch } from '../../plan/routing-table.ts';
import type { RequestHead } from '../http/request-head.ts';
import { editPath } from './path-edit.ts';

export interface UpstreamTarget {
  /** Path and query. */
  readonly target: string;
  readonly authority: string;
}

/** Where the request goes on the backend. Without a rewrite both stay as the client spelt them. */
export function rewriteTarget(head: RequestHead, filters: readonly Filter[], match: PathMatch): UpstreamTarget {
  let path = head.path;
  let authority = head.authority;
  for (const filter of filters) {
    if (filter.kind !== 'rewrite') continue;
    if (filter.hostname !== undefined) authority = filter.hostname;
    if (filter.path !== undefined) path = editPath(filter.path, head, match);
  }
  return { target: path + head.query, authority };
}
