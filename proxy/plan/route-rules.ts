// Which rules of an HTTPRoute can be served as they are written, and why the others cannot.
import type { HttpRouteFilter, HttpRouteMatch, HttpRouteRule } from '../../api/gateway.ts';
import { parseDuration } from './durations.ts';
import type { NumberedMatch } from './nodes.ts';
import type { Refusal } from './verdict.ts';

/** The first thing in a rule that cannot be served; a rule so refused answers 500 wherever its match can be read. */
export function refuseRule(rule: HttpRouteRule, isValidRegex: (pattern: string) => boolean): Refusal | undefined {
  return (
    first(rule.matches, (match) => refuseMatch(match, isValidRegex)) ??
    refuseFilters(rule.filters, rule) ??
    first(rule.backendRefs, ({ filters }) => refuseBackendFilters(filters, rule)) ??
    refuseTimeouts(rule)
  );
}

const EVERYTHING: HttpRouteMatch = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] };

/** The matches of a rule that can be read. The others match nothing. */
export function readMatches(
  { matches }: HttpRouteRule,
  isValidRegex: (pattern: string) => boolean,
): readonly NumberedMatch[] {
  return (matches.length === 0 ? [EVERYTHING] : matches)
    .map((source, index) => ({ number: index + 1, source }))
    .filter(({ source }) => refuseMatch(source, isValidRegex) === undefined);
}

function refuseMatch(match: HttpRouteMatch, isValidRegex: (pattern: string) => boolean): Refusal | undefined {
  const { path, headers, queryParams } = match;
  const values = [...headers, ...queryParams, ...(path.type === 'RegularExpression' ? [path] : [])];
  const bad = values.find(({ type, value }) => type === 'RegularExpression' && !isValidRegex(value));
  if (bad !== undefined) return unsupported(`${bad.value} is no regular expression in RE2 syntax`);
  if (path.type !== 'RegularExpression' && !path.value.startsWith('/')) {
    return unsupported(`path ${path.value} does not begin with /`);
  }
  return undefined;
}

function refuseFilters(filters: readonly HttpRouteFilter[], rule: HttpRouteRule): Refusal | undefined {
  const types = filters.map(({ type }) => type);
  const repeated = types.find((type, index) => types.indexOf(type) < index);
  if (repeated !== undefined && repeated !== 'Unsupported') {
    return { reason: 'IncompatibleFilters', message: `filter ${repeated} stands more than once` };
  }
  if (types.includes('RequestRedirect') && types.includes('URLRewrite')) {
    return { reason: 'IncompatibleFilters', message: 'RequestRedirect and URLRewrite exclude each other' };
  }
  return first(filters, (filter) => refuseFilter(filter, rule));
}

function refuseBackendFilters(filters: readonly HttpRouteFilter[], rule: HttpRouteRule): Refusal | undefined {
  if (filters.some(({ type }) => type === 'RequestRedirect')) {
    return unsupported('filter RequestRedirect has no meaning on a backend');
  }
  return refuseFilters(filters, rule);
}

function refuseFilter(filter: HttpRouteFilter, rule: HttpRouteRule): Refusal | undefined {
  switch (filter.type) {
    case 'RequestHeaderModifier':
    case 'ResponseHeaderModifier':
      return undefined;
    case 'RequestRedirect':
      return refusePrefixEdit(filter.requestRedirect.path, rule);
    case 'URLRewrite':
      return refusePrefixEdit(filter.urlRewrite.path, rule);
    case 'Unsupported':
      return unsupported(`filter ${filter.filterType} is not supported`);
    default:
      return filter satisfies never;
  }
}

function refusePrefixEdit(path: { readonly type: string } | undefined, rule: HttpRouteRule): Refusal | undefined {
  if (path?.type !== 'ReplacePrefixMatch' || rule.matches.every((match) => match.path.type === 'PathPrefix')) {
    return undefined;
  }
  return unsupported('ReplacePrefixMatch needs a match of type PathPrefix');
}

function refuseTimeouts({ timeouts }: HttpRouteRule): Refusal | undefined {
  const bad = [timeouts?.request, timeouts?.backendRequest].find(
    (text) => text !== undefined && parseDuration(text) === undefined,
  );
  return bad === undefined ? undefined : unsupported(`${bad} is no duration, such as 500ms or 1m30s`);
}

function first<T>(items: readonly T[], refuse: (item: T) => Refusal | undefined): Refusal | undefined {
  for (const item of items) {
    const refusal = refuse(item);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function unsupported(message: string): Refusal {
  return { reason: 'UnsupportedValue', message };
}
