// The verdicts of the plans in sentences: why an object is served as it is, or why it is not.
import type { ObjectKey } from '../../api/meta.ts';
import { formatFieldErrors } from '../../api/parsed.ts';
import type { ProxySnapshot } from '../snapshot.ts';
import { matchText } from './compile-hosts.ts';
import { compileRule } from './compile-route.ts';
import { counted, describeBackend, type Explanation, explain } from './explanation.ts';
import { whyNotServed } from './gateway-status.ts';
import type {
  GatewayNode,
  IngressNode,
  IngressPathNode,
  ListenerNode,
  ParentNode,
  RouteNode,
  RuleNode,
} from './nodes.ts';
import { problemsOfIngress } from './problems.ts';
import type { Action, BackendKey, Rule } from './routing-table.ts';
import { rulesIn } from './table-needs.ts';
import type { Verdict } from './verdict.ts';

/** An HTTPRoute: where it is attached, and what each of its rules does. */
export function explainRoute(key: ObjectKey, snapshot: ProxySnapshot): readonly string[] {
  const explanation = explain(snapshot);
  const node = explanation.graph.routes.find((route) => route.key === key);
  if (node === undefined || node.parents.length === 0) {
    return absent({ kind: 'HTTPRoute', key, snapshot, what: 'names no Gateway that Fairlead serves' });
  }
  const placed = placedRules(explanation, key);
  return [
    ...node.parents.flatMap(explainParent),
    ...node.rules.flatMap((rule) => explainRule(explanation, { node, rule, placed })),
  ];
}

/** A Gateway: its addresses and what each listener does. */
export function explainGateway(key: ObjectKey, snapshot: ProxySnapshot): readonly string[] {
  const explanation = explain(snapshot);
  const node = explanation.graph.gateways.find((gateway) => gateway.key === key);
  if (node === undefined) {
    return absent({ kind: 'Gateway', key, snapshot, what: 'is not of a GatewayClass that Fairlead serves' });
  }
  return [
    ...node.verdicts.filter(({ holds }) => !holds).map(failure),
    explainAddresses(node),
    ...node.listeners.map((listener) => explainListener(explanation, node, listener)),
    ...reportedProblems(node),
  ];
}

/** An Ingress: where it is served, what each path does, and what is wrong. */
export function explainIngress(key: ObjectKey, snapshot: ProxySnapshot): readonly string[] {
  const explanation = explain(snapshot);
  const node = explanation.graph.ingresses.find((ingress) => ingress.key === key);
  if (node === undefined) {
    return absent({ kind: 'Ingress', key, snapshot, what: 'is not of an IngressClass that Fairlead serves' });
  }
  return [
    explainFront(node),
    ...node.tls.map(({ hosts, certificate }) => `TLS for ${hosts.map(hostText).join(', ')} with Secret ${certificate}`),
    ...node.paths.map((path) => explainPath(explanation, path)),
    ...problemsOfIngress(node).map(({ reason, message }) => `${reason}: ${message}`),
  ];
}

interface Subject {
  readonly kind: 'HTTPRoute' | 'Gateway' | 'Ingress';
  readonly key: ObjectKey;
  readonly snapshot: ProxySnapshot;
  /** What holds for an object that exists and has no node. */
  readonly what: string;
}

function absent({ kind, key, snapshot, what }: Subject): readonly string[] {
  const refusal = snapshot.refusals.find((candidate) => candidate.kind === kind && candidate.key === key);
  if (refusal !== undefined) return [`${kind} ${key} cannot be read: ${formatFieldErrors(refusal.errors)}`];
  const lists = { HTTPRoute: snapshot.httpRoutes, Gateway: snapshot.gateways, Ingress: snapshot.ingresses };
  const exists = lists[kind].some(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key);
  return [exists ? `${kind} ${key} ${what}` : `${kind} ${key} does not exist`];
}

function explainParent({ gateway, listeners, verdicts }: ParentNode): readonly string[] {
  const amiss = verdicts.filter(({ type, holds }) => (type === 'PartiallyInvalid' ? holds : !holds)).map(failure);
  if (listeners.length === 0) return [`not served on Gateway ${gateway}`, ...amiss];
  const names = listeners.map(({ source }) => source.name).join(', ');
  return [`served on Gateway ${gateway}, ${listeners.length === 1 ? 'listener' : 'listeners'} ${names}`, ...amiss];
}

/** The rules of one object that made it into the table, by name. */
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
  const name = `rule ${rule.number}`;
  const found = placed.get(`HTTPRoute ${node.key} ${name}`);
  if (found !== undefined) return explainAction(explanation, name, found.action);
  if (node.parents.every(({ listeners }) => listeners.length === 0)) return [];
  if (rule.matches.length === 0) return [`${name} matches nothing: ${rule.refusal?.message ?? 'it has no match'}`];
  return [unreachable(explanation, { node, rule, placed })];
}

/** Why a rule that can be read is not in the table. */
function unreachable({ table }: Explanation, { node, rule }: RuleContext): string {
  const name = `rule ${rule.number}`;
  const served = node.parents.flatMap(({ listeners }) => listeners.filter(({ isServed }) => isServed));
  if (served.length === 0) return `${name} gets no request: none of its listeners is served`;
  const own = new Set(compileRule(node, rule).map((unplaced) => matchText(unplaced.rule.match)));
  const first = rulesIn(table).find(({ match }) => own.has(matchText(match)));
  if (first === undefined) return `${name} gets no request: no address has been assigned yet`;
  return `${name} gets no request: ${first.name} asks for the same and goes before it`;
}

function explainAction(explanation: Explanation, name: string, action: Action): readonly string[] {
  switch (action.kind) {
    case 'forward':
      return action.backends.map(({ backend, reason, weight }) => {
        const share = action.backends.length === 1 ? '' : ` (weight ${weight})`;
        return `${name} ${forwards(explanation, backend, reason)}${share}`;
      });
    case 'redirect':
      return [`${name} redirects with status ${action.redirect.status}`];
    case 'fail':
      return [`${name} answers ${action.status}: ${action.reason}`];
    default:
      return action satisfies never;
  }
}

function forwards(explanation: Explanation, backend: BackendKey | undefined, reason: string | undefined): string {
  return backend === undefined
    ? `answers 500: ${reason ?? 'the backend is not known'}`
    : `forwards to ${describeBackend(explanation, backend)}`;
}

function explainAddresses({ addresses }: GatewayNode): string {
  if (addresses.length === 0) return 'no address has been assigned yet';
  return `${addresses.length === 1 ? 'address' : 'addresses'} ${addresses.join(', ')}`;
}

function explainListener({ graph }: Explanation, gateway: GatewayNode, listener: ListenerNode): string {
  const { name, port, protocol } = listener.source;
  if (!listener.isServed) return `listener ${name} is not programmed: ${whyNotServed(gateway, listener)}`;
  const routes = counted(graph.attachments.get(listener.name)?.length ?? 0, 'route');
  const partly = listener.verdicts.filter(({ type, holds }) => type === 'ResolvedRefs' && !holds).map(failure);
  return [
    `listener ${name} takes ${protocol} for ${hostText(listener.hostname)} on port ${port}, ${routes}`,
    ...partly,
  ].join('; ');
}

/** What the leading proxy wrote about the data path; a plan alone cannot know it. */
function reportedProblems({ source }: GatewayNode): readonly string[] {
  return source.status.conditions
    .filter(({ type, status }) => type === 'Programmed' && status === 'False')
    .map(({ reason, message }) => `not programmed: ${reason}: ${message}`);
}

function explainFront({ class: { name, front, addresses } }: IngressNode): string {
  if (front.kind === 'refused') return `not served: IngressClass ${name}: ${front.because.message}`;
  const where = `${front.kind} ${front.key} of class ${name}`;
  return addresses.length === 0
    ? `not served yet: ${where} has no address`
    : `served on ${addresses.join(', ')} of ${where}`;
}

function explainPath(explanation: Explanation, path: IngressPathNode): string {
  const name = path.number === undefined ? `default backend for ${hostText(path.host)}` : `${path.host}${path.path}`;
  if (path.backend.resolved === undefined) return `${name} answers 503: ${path.backend.refusal.message}`;
  return `${name} forwards to ${describeBackend(explanation, path.backend.resolved.key)}`;
}

function hostText(host: string): string {
  return host === '' ? 'every host' : host;
}

function failure({ reason, message }: Verdict): string {
  return `${reason}: ${message}`;
}
