// Everything of a match except its path, as one closure.
import { RE2JS } from 're2js';
import type { RuleMatch, ValueMatch } from '../../plan/routing-table.ts';
import { fieldOf } from '../http/header-list.ts';
import type { RequestHead } from '../http/request-head.ts';

export type Predicate<T> = (value: T) => boolean;

/** Longer input is not looked at: even linear time adds up. */
const MAX_REGEX_INPUT = 8192;

/** A regular expression that matches the whole text, in time linear in its length. A broken one matches nothing. */
export function compileRegex(pattern: string): Predicate<string> {
  const compiled = tryCompile(pattern);
  if (compiled === undefined) return () => false;
  return (text) => text.length <= MAX_REGEX_INPUT && compiled.matcher(text).matches();
}

/** Whether RE2 understands it. */
export function isValidRegex(pattern: string): boolean {
  return tryCompile(pattern) !== undefined;
}

function tryCompile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}

/** Labels of the host, method, headers and query parameters; undefined when any request will do. */
export function compileConditions(match: RuleMatch): Predicate<RequestHead> | undefined {
  const { hostLabels, method, headers, queryParams } = match;
  const conditions: Predicate<RequestHead>[] = [];
  if (hostLabels !== undefined) conditions.push(({ host }) => host.split('.').length === hostLabels);
  if (method !== undefined) conditions.push((head) => head.method === method);
  for (const header of firstOfEachName(headers)) {
    const isWanted = compileValue(header);
    conditions.push((head) => isPresentAnd(isWanted, fieldOf(head.headers, header.name)));
  }
  if (queryParams.length > 0) conditions.push(compileQuery(queryParams));
  if (conditions.length === 0) return undefined;
  return (head) => conditions.every((condition) => condition(head));
}

function compileQuery(queryParams: readonly ValueMatch[]): Predicate<RequestHead> {
  const wanted = firstOfEachName(queryParams).map((match) => ({ name: match.name, isWanted: compileValue(match) }));
  return ({ query }) => {
    if (query === '') return false;
    const parameters = new URLSearchParams(query);
    return wanted.every(({ name, isWanted }) => isPresentAnd(isWanted, parameters.get(name) ?? undefined));
  };
}

function compileValue({ type, value }: ValueMatch): Predicate<string> {
  return type === 'Exact' ? (text) => text === value : compileRegex(value);
}

function isPresentAnd(isWanted: Predicate<string>, value: string | undefined): boolean {
  return value !== undefined && isWanted(value);
}

/** "Only the first entry with an equivalent name must be considered for a match" (Gateway API, HTTPRouteMatch). */
function firstOfEachName(matches: readonly ValueMatch[]): readonly ValueMatch[] {
  return matches.filter(({ name }, index) => matches.findIndex((other) => other.name === name) === index);
}
