// Filters of an HTTPRoute as the data that workers run. Only rules that were not refused come here.
import type { HeaderFilter, HttpRouteFilter, PathModifier } from '../../api/gateway.ts';
import type { Filter, HeaderEdit, PathEdit, Redirect } from './routing-table.ts';

/** Header edits and rewrites, in the order in which they stand. */
export function compileFilters(filters: readonly HttpRouteFilter[]): readonly Filter[] {
  return filters.flatMap((filter): readonly Filter[] => {
    switch (filter.type) {
      case 'RequestHeaderModifier':
        return [{ kind: 'requestHeaders', edit: headerEdit(filter.requestHeaderModifier) }];
      case 'ResponseHeaderModifier':
        return [{ kind: 'responseHeaders', edit: headerEdit(filter.responseHeaderModifier) }];
      case 'URLRewrite': {
        const { hostname, path } = filter.urlRewrite;
        return [{ kind: 'rewrite', hostname, path: pathEdit(path) }];
      }
      case 'RequestRedirect':
      case 'Unsupported':
        return [];
      default:
        return filter satisfies never;
    }
  });
}

/** The redirect that a rule answers with; undefined where it has none. */
export function compileRedirect(filters: readonly HttpRouteFilter[]): Redirect | undefined {
  const filter = filters.find(({ type }) => type === 'RequestRedirect');
  if (filter?.type !== 'RequestRedirect') return undefined;
  const { scheme, hostname, port, path, statusCode } = filter.requestRedirect;
  return { scheme, hostname, port, path: pathEdit(path), status: statusCode };
}

function headerEdit({ set, add, remove }: HeaderFilter): HeaderEdit {
  return { set, add, remove };
}

function pathEdit(path: PathModifier | undefined): PathEdit | undefined {
  if (path === undefined) return undefined;
  return path.type === 'ReplaceFullPath'
    ? { kind: 'full', value: path.replaceFullPath }
    : { kind: 'prefix', value: path.replacePrefixMatch };
}
