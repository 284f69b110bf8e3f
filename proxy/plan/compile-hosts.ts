// The hosts of one listener, each with the rules of every route and Ingress that answers for it.
import { compareRules, type RankedRule } from './compare-rules.ts';
import { compileIngress, type HostRule } from './compile-ingress.ts';
import { compileRoute, type UnplacedRule } from './compile-route.ts';
import type { ListenerDraft } from './draft-listeners.ts';
import { compareHostnames, intersect, isWildcard, labelCount } from './hostnames.ts';
import type { Graph, IngressNode, ListenerName, RouteNode } from './nodes.ts';
import type { HostTable, Rule, RuleMatch } from './routing-table.ts';

/** Where rules come from: each route and Ingress is compiled once, however many listeners serve it. */
export interface RuleSource {
  routesOf(listener: ListenerName): readonly { readonly route: RouteNode; readonly rules: readonly UnplacedRule[] }[];
  ingressRules(ingresses: readonly IngressNode[]): IngressRules;
}

/** By host, so that a listener for one host finds its rules without a look at all others. */
type IngressRules = ReadonlyMap<string, readonly HostRule[]>;

/** Compiles on demand and keeps the result for as long as one table is made. */
export function ruleSourceOf(graph: Graph): RuleSource {
  const routes = new Map<RouteNode, readonly UnplacedRule[]>();
  const ingressRules = new Map<readonly IngressNode[], IngressRules>();
  return {
    routesOf: (listener) =>
      (graph.attachments.get(listener) ?? []).map((route) => ({
        route,
        rules: remember(routes, route, () => compileRoute(route)),
      })),
    ingressRules: (ingresses) =>
      remember(ingressRules, ingresses, () => Map.groupBy(ingresses.flatMap(compileIngress), ({ host }) => host)),
  };
}

function remember<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

/** The host tables of a listener, the most specific host first. */
export function compileHosts(draft: ListenerDraft, source: RuleSource): readonly HostTable[] {
  const hosts = new Map<string, RankedRule[]>();
  const place = (host: string, rule: RankedRule): void => {
    const rules = hosts.get(host);
    if (rules === undefined) hosts.set(host, [rule]);
    else rules.push(rule);
  };
  placeRoutes(draft, source, place);
  placeIngresses(draft, source, place);
  return [...hosts]
    .map(([hostname, rules]) => ({ hostname, rules: reachable(rules.toSorted(compareRules)) }))
    .toSorted((a, b) => compareHostnames(a.hostname, b.hostname));
}

type Place = (host: string, rule: RankedRule) => void;

function placeRoutes(draft: ListenerDraft, source: RuleSource, place: Place): void {
  if (draft.routesOf === undefined) return;
  for (const { route, rules } of source.routesOf(draft.routesOf)) {
    for (const hostname of route.hostnames) {
      const host = intersect(hostname, draft.hostname);
      if (host === undefined) continue;
      for (const rule of rules) place(host, { ...rule, hostname });
    }
  }
}

function placeIngresses(draft: ListenerDraft, source: RuleSource, place: Place): void {
  const byHost = source.ingressRules(draft.ingresses);
  for (const [host, rules] of hostsWithin(draft.hostname, byHost)) {
    for (const { host: hostname, rule } of rules) place(host, { ...rule, hostname });
  }
}

/** What of the Ingresses' hosts lies within a listener's hostname, under what host. Their star is exactly one label. */
function hostsWithin(
  listener: string,
  byHost: IngressRules,
): readonly (readonly [host: string, rules: readonly HostRule[]])[] {
  if (listener === '') return [...byHost];
  if (!isWildcard(listener)) {
    return [listener, `*.${listener.split('.').slice(1).join('.')}`, ''].flatMap((host) => {
      const rules = byHost.get(host);
      return rules === undefined ? [] : [[listener, rules] as const];
    });
  }
  return [...byHost].flatMap(([own, rules]) => {
    const host = intersect(own, listener);
    const isNarrowedStar = isWildcard(own) && host !== undefined && labelCount(host) !== labelCount(own);
    return host === undefined || isNarrowedStar ? [] : [[host, rules] as const];
  });
}

/** Without the rules that can never win: the same match stands before them. */
function reachable(ranked: readonly RankedRule[]): readonly Rule[] {
  const seen = new Set<string>();
  return ranked.flatMap(({ rule }) => {
    const match = matchText(rule.match);
    if (seen.has(match)) return [];
    seen.add(match);
    return [rule];
  });
}

/** Equal for matches that match the same, in whatever order their headers and parameters stand. */
export function matchText({ hostLabels, path, method, headers, queryParams }: RuleMatch): string {
  const sorted = [headers, queryParams].map((values) =>
    values.map(({ name, type, value }) => JSON.stringify([name, type, value])).toSorted(),
  );
  return JSON.stringify([hostLabels ?? null, path.type, path.value, method ?? null, sorted]);
}
