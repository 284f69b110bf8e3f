// What each rule of an HTTPRoute does, in sentences.
import type { ObjectKey } from '../../api/meta.ts';
import { matchText } from './compile-hosts.ts';
import { compileRule } from './compile-route.ts';
import { describeBackend, type Explanation } from './explanation.ts';
import type { RouteNode, RuleNode } from './nodes.ts';
import type { Action, BackendKey, Rule } from './routing-table.ts';
import { rulesIn } from './table-needs.ts';

/** One sentence for each rule, or for each backend of a rule that has several. */
export function explainRules(explanation: Explanation, node: RouteNode): readonly string[] {
  const placed = placedRules(explanation, node.key);
  return node.rules.flatMap((rule) => explainRule(explanation, { node, rule, placed }));
}

/** The rules of a route that made it into the table, by name. */
function placedRules({ table }: Explanation, key: ObjectKey): ReadonlyMap<string, Rule> {
  const own = rulesIn(table).filter(({ source }) => source.kind === 'HTTPRoute' && source.key === key);
  return new Map(own.map((rule) => [rule.name, rule]));
}

interface RuleContext {
  readonly node: RouteNode;
  readonly rule: RuleNode;
  readonly placed: ReadonlyMap<string, Rule>;
}

function explainRule(explanation: Explanation, { node, rule, placed }: RuleContext): readonly string[] {
  const name = `Rule ${rule.number}`;
  const found = placed.get(`HTTPRoute ${node.key} rule ${rule.number}`);
  if (found !== undefined) return explainAction(explanation, name, found.action);
  if (node.parents.every(({ listeners }) => listeners.length === 0)) return [];
  if (rule.matches.length === 0) return [`${name} matches nothing: ${rule.refusal?.message ?? 'it has no match'}.`];
  return [unreachable(explanation, { node, rule, placed })];
}

/** Why a rule that can be read is not in the table. */
function unreachable({ table }: Explanation, { node, rule }: RuleContext): string {
  const name = `Rule ${rule.number}`;
  const served = node.parents.flatMap(({ listeners }) => listeners.filter(({ isServed }) => isServed));
  if (served.length === 0) return `${name} gets no request: none of its listeners is served.`;
  const own = new Set(compileRule(node, rule).map((unplaced) => matchText(unplaced.rule.match)));
  const first = rulesIn(table).find(({ match }) => own.has(matchText(match)));
  if (first === undefined) return `${name} gets no request: no address has been assigned yet.`;
  return `${name} gets no request: ${first.name} asks for the same and goes before it.`;
}

function explainAction(explanation: Explanation, name: string, action: Action): readonly string[] {
  switch (action.kind) {
    case 'forward':
      return action.backends.map(({ backend, reason, weight }) => {
        const share = action.backends.length === 1 ? '' : ` (weight ${weight})`;
        return `${name} ${forwards(explanation, backend, reason)}${share}.`;
      });
    case 'redirect':
      return [`${name} redirects with status ${action.redirect.status}.`];
    case 'fail':
      return [`${name} answers ${action.status}: ${action.reason}.`];
    default:
      return action satisfies never;
  }
}

function forwards(explanation: Explanation, backend: BackendKey | undefined, reason: string | undefined): string {
  return backend === undefined
    ? `answers 500: ${reason ?? 'the backend is not known'}`
    : `forwards to ${describeBackend(explanation, backend)}`;
}
