import type { Rule } from '../../plan/routing-table.ts';
import { type WeightedChoice, weightedChoice } from '../balance/weighted-choice.ts';
import { canonicalRuleValue } from '../http/canonical-path.ts';
import type { RequestHead } from '../http/request-head.ts';
import { compileConditions, compileRegex, type Predicate } from './rule-matcher.ts';

/** A rule ready to serve. One object per rule of the table: who counts by rule may use it as a key. */
export interface CompiledRule {
  readonly rule: Rule;
  /** Which backend the next request goes to; undefined when none has a weight. */
  readonly chooseBackend: WeightedChoice;
}

interface Candidate {
  /** Its place in the table: the lowest that matches wins. */
  readonly rank: number;
  readonly rule: CompiledRule;
  readonly accepts: Predicate<RequestHead> | undefined;
  readonly acceptsPath: Predicate<string> | undefined;
}

/**
 * The rules of one host by path. A request looks only at the rules of its own exact path, at those of each of its
 * prefixes by path element, and at the regular expressions: the cost grows with the depth of the path, not with the
 * number of rules.
 */
export class RuleIndex {
  readonly #exact = new Map<string, Candidate[]>();
  readonly #byPrefix = new Map<string, Candidate[]>();
  readonly #byRegex: Candidate[] = [];

  constructor(rules: readonly Rule[], pick: () => number) {
    for (const [rank, rule] of rules.entries()) {
      const candidate = compileCandidate(rule, rank, pick);
      const { type, value } = rule.match.path;
      if (type === 'Regex') this.#byRegex.push(candidate);
      else if (type === 'Exact') addTo(this.#exact, canonicalRuleValue(value), candidate);
      else addTo(this.#byPrefix, withoutTrailingSlash(canonicalRuleValue(value)), candidate);
    }
  }

  /** The first rule in the order of the table that matches the whole request. */
  find(head: RequestHead): CompiledRule | undefined {
    const path = head.canonicalPath;
    let best = firstMatch(this.#exact.get(path), head, undefined);
    best = firstMatch(this.#byPrefix.get(''), head, best);
    for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      best = firstMatch(this.#byPrefix.get(path.slice(0, slash)), head, best);
    }
    if (!path.endsWith('/')) best = firstMatch(this.#byPrefix.get(path), head, best);
    return firstMatch(this.#byRegex, head, best)?.rule;
  }
}

function compileCandidate(rule: Rule, rank: number, pick: () => number): Candidate {
  return {
    rank,
    rule: {
      rule,
      chooseBackend: weightedChoice(rule.action.kind === 'forward' ? rule.action.backends : [], pick),
    },
    accepts: compileConditions(rule.match),
    acceptsPath: rule.match.path.type === 'Regex' ? compileRegex(rule.match.path.value) : undefined,
  };
}

function firstMatch(
  candidates: readonly Candidate[] | undefined,
  head: RequestHead,
  best: Candidate | undefined,
): Candidate | undefined {
  if (candidates === undefined) return best;
  for (const candidate of candidates) {
    if (best !== undefined && candidate.rank > best.rank) return best;
    if (candidate.acceptsPath?.(head.canonicalPath) === false) continue;
    if (candidate.accepts === undefined || candidate.accepts(head)) return candidate;
  }
  return best;
}

function withoutTrailingSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}

function addTo(map: Map<string, Candidate[]>, key: string, candidate: Candidate): void {
  const present = map.get(key);
  if (present === undefined) map.set(key, [candidate]);
  else present.push(candidate);
}
