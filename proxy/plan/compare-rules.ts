// Which of two rules for the same host is asked first.
import { compareText } from './compare-text.ts';
import { compareHostnames } from './hostnames.ts';
import type { Rule } from './routing-table.ts';

/** A rule with everything that decides its place. */
export interface RankedRule {
  readonly rule: Rule;
  /** The hostname that the route itself names, not what is left of it on the listener. */
  readonly hostname: string;
  /** A default backend: asked when nothing else of the host matches. */
  readonly isFallback: boolean;
  /** Of the path as it is written: an Ingress's `/foo/` goes before its `/foo`. */
  readonly writtenPathLength: number;
  readonly creationTimestamp: string;
  readonly ruleNumber: number;
  readonly matchNumber: number;
}

const PATH_TYPE_RANK = { Exact: 0, Regex: 1, Prefix: 2 } as const;
const KIND_RANK = { HTTPRoute: 0, Ingress: 1 } as const;

/**
 * HTTPRouteRule.matches: "Proxy or Load Balancer routing configuration generated from HTTPRoutes MUST prioritize
 * matches based on the following criteria, continuing on ties. Across all rules specified on applicable Routes,
 * precedence must be given to the match having: "Exact" path match; "Prefix" path match with largest number of
 * characters; method match; largest number of header matches; largest number of query param matches. … If ties still
 * exist across multiple Routes, matching precedence MUST be determined in order of the following criteria: the oldest
 * Route based on creation timestamp; the Route appearing first in alphabetical order by "{namespace}/{name}". If ties
 * still exist within an HTTPRoute, matching precedence MUST be granted to the FIRST matching rule (in list order)."
 *
 * Before all that stands the route's own hostname: "characters in a matching non-wildcard hostname, characters in a
 * matching hostname" (HTTPRouteSpec.hostnames). "The precedence of RegularExpression path matches is
 * implementation-specific": ours stands between exact and prefix, the longer pattern first. An HTTPRoute goes before an
 * Ingress where host and path are the same; the order of an Ingress ("longest path, then Exact") is the same order.
 */
export function compareRules(a: RankedRule, b: RankedRule): number {
  const [x, y] = [a.rule.match, b.rule.match];
  return (
    compareHostnames(a.hostname, b.hostname) ||
    Number(a.isFallback) - Number(b.isFallback) ||
    PATH_TYPE_RANK[x.path.type] - PATH_TYPE_RANK[y.path.type] ||
    y.path.value.length - x.path.value.length ||
    KIND_RANK[a.rule.source.kind] - KIND_RANK[b.rule.source.kind] ||
    b.writtenPathLength - a.writtenPathLength ||
    Number(x.method === undefined) - Number(y.method === undefined) ||
    y.headers.length - x.headers.length ||
    y.queryParams.length - x.queryParams.length ||
    compareText(a.creationTimestamp, b.creationTimestamp) ||
    compareText(a.rule.source.key, b.rule.source.key) ||
    a.ruleNumber - b.ruleNumber ||
    a.matchNumber - b.matchNumber
  );
}
