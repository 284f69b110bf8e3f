// An HTTPRoute as rules: one for each match of each of its rules.
import type { HttpRouteMatch } from '../../api/gateway.ts';
import type { RankedRule } from './compare-rules.ts';
import { compileFilters, compileRedirect } from './compile-filters.ts';
import { parseDuration } from './durations.ts';
import type { RouteNode, RuleNode } from './nodes.ts';
import type { Action, PathMatch, RuleMatch, ValueMatch, WeightedBackend } from './routing-table.ts';

/** A rule before it is put under a hostname. */
export type UnplacedRule = Omit<RankedRule, 'hostname'>;

/** The rules of a route. */
export function compileRoute(route: RouteNode): readonly UnplacedRule[] {
  return route.rules.flatMap((node) => compileRule(route, node));
}

/** One rule for each match of a route's rule. */
export function compileRule(route: RouteNode, node: RuleNode): readonly UnplacedRule[] {
  const { filters, timeouts } = node.source;
  const shared = {
    name: `HTTPRoute ${route.key} rule ${node.number}`,
    source: { kind: 'HTTPRoute', key: route.key },
    filters: node.refusal === undefined ? compileFilters(filters) : [],
    action: compileAction(node),
    requestTimeoutMs: timeoutMs(timeouts?.request),
    backendTimeoutMs: timeoutMs(timeouts?.backendRequest),
  } as const;
  return node.matches.map(({ source, number }) => {
    const match = compileMatch(source);
    return {
      rule: { ...shared, match },
      isFallback: false,
      writtenPathLength: match.path.value.length,
      creationTimestamp: route.source.metadata.creationTimestamp,
      ruleNumber: node.number,
      matchNumber: number,
    };
  });
}

function timeoutMs(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseDuration(text);
}

function compileAction({ refusal, source, backends }: RuleNode): Action {
  if (refusal !== undefined) return { kind: 'fail', status: 500, reason: refusal.message };
  const redirect = compileRedirect(source.filters);
  if (redirect !== undefined) return { kind: 'redirect', redirect };
  const weighted = backends
    .filter((backend) => backend.source.weight > 0)
    .map(
      (backend): WeightedBackend => ({
        weight: backend.source.weight,
        backend: backend.resolved?.key,
        reason: backend.resolved === undefined ? backend.refusal.message : undefined,
        filters: compileFilters(backend.source.filters),
      }),
    );
  if (weighted.length > 0) return { kind: 'forward', backends: weighted };
  return { kind: 'fail', status: 500, reason: 'the rule has no backend with a weight' };
}

/** "Multiple match values are ANDed"; of headers and parameters named twice only the first counts. */
function compileMatch({ path, headers, queryParams, method }: HttpRouteMatch): RuleMatch {
  return {
    path: compilePath(path),
    method,
    headers: firstOfEachName(headers.map((header) => ({ ...valueMatch(header), name: header.name.toLowerCase() }))),
    queryParams: firstOfEachName(queryParams.map(valueMatch)),
  };
}

function compilePath({ type, value }: HttpRouteMatch['path']): PathMatch {
  switch (type) {
    case 'Exact':
      return { type: 'Exact', value };
    case 'RegularExpression':
      return { type: 'Regex', value };
    case 'PathPrefix':
      return { type: 'Prefix', value: normalizePrefix(value) };
    default:
      return type satisfies never;
  }
}

/** "The trailing slash of a prefix is ignored." */
export function normalizePrefix(prefix: string): string {
  const trimmed = prefix.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed;
}

function valueMatch({ name, type, value }: HttpRouteMatch['headers'][number]): ValueMatch {
  return { name, type: type === 'Exact' ? 'Exact' : 'Regex', value };
}

function firstOfEachName(matches: readonly ValueMatch[]): readonly ValueMatch[] {
  return matches.filter(({ name }, index) => matches.findIndex((other) => other.name === name) === index);
}
