// HTTPRoutes and the listeners that take them: one answer for each parentRef, each judged alone.
import type { HttpRoute, ParentReference } from '../../api/gateway.ts';
import { GATEWAY_CONTROLLER } from '../../api/identity.ts';
import { selects } from '../../api/labels.ts';
import { keyOf, type ObjectKey, objectKey } from '../../api/meta.ts';
import { resolveRouteBackend } from './backends.ts';
import { intersect, isHostname, normalizeHostname } from './hostnames.ts';
import { type Lookup, labelsOfNamespace } from './lookup.ts';
import type { GatewayNode, ListenerNode, ParentNode, RouteNode, RuleNode } from './nodes.ts';
import { readMatches, refuseRule } from './route-rules.ts';
import { fails, holds, type Refusal, type Verdict } from './verdict.ts';

/** Routes that name one of these Gateways, and routes that did and still carry our status. */
export function attachRoutes(lookup: Lookup, gateways: readonly GatewayNode[]): readonly RouteNode[] {
  const byKey = new Map(gateways.map((gateway) => [gateway.key, gateway]));
  return lookup.snapshot.httpRoutes.flatMap((source) => {
    const named = source.spec.parentRefs.flatMap((reference) => {
      const gateway = byKey.get(gatewayKeyOf(source, reference) ?? ('' as ObjectKey));
      return gateway === undefined ? [] : [{ reference, gateway }];
    });
    const wasOurs = source.status.parents.some(({ controllerName }) => controllerName === GATEWAY_CONTROLLER);
    return named.length === 0 && !wasOurs ? [] : [attachRoute(lookup, source, named)];
  });
}

/** The Gateway that a parentRef names; undefined where it names something else. */
function gatewayKeyOf(route: HttpRoute, { group, kind, namespace, name }: ParentReference): ObjectKey | undefined {
  if (group !== 'gateway.networking.k8s.io' || kind !== 'Gateway') return undefined;
  return objectKey(namespace ?? route.metadata.namespace, name);
}

interface NamedParent {
  readonly reference: ParentReference;
  readonly gateway: GatewayNode;
}

function attachRoute(lookup: Lookup, source: HttpRoute, named: readonly NamedParent[]): RouteNode {
  const rules = named.length === 0 ? [] : readRules(lookup, source);
  const hostnames = readHostnames(source);
  const shared = [judgeBackends(rules), ...judgePartly(rules)];
  const refusal = refuseRoute(rules);
  const parents = named.map(({ reference, gateway }): ParentNode => {
    const found = findListeners(lookup, { reference, gateway, hostnames, namespace: source.metadata.namespace ?? '' });
    const because = 'refusal' in found ? found.refusal : refusal;
    const accepted = because === undefined ? holds('Accepted', 'the route is attached') : fails('Accepted', because);
    return {
      reference,
      gateway: gateway.key,
      listeners: because === undefined && 'listeners' in found ? found.listeners : [],
      verdicts: [accepted, ...shared],
    };
  });
  return { key: keyOf(source), source, hostnames, rules, parents };
}

function readHostnames(route: HttpRoute): readonly string[] {
  const hostnames = route.spec.hostnames.map(normalizeHostname);
  return hostnames.length === 0 ? [''] : [...new Set(hostnames.filter(isHostname))];
}

function readRules(lookup: Lookup, route: HttpRoute): readonly RuleNode[] {
  const namespace = route.metadata.namespace ?? '';
  return route.spec.rules.map((source, index) => ({
    number: index + 1,
    source,
    matches: readMatches(source, lookup.snapshot.isValidRegex),
    refusal: refuseRule(source, lookup.snapshot.isValidRegex),
    backends: source.backendRefs.map((reference) => resolveRouteBackend(lookup, namespace, reference)),
  }));
}

interface Candidate {
  readonly reference: ParentReference;
  readonly gateway: GatewayNode;
  readonly hostnames: readonly string[];
  readonly namespace: string;
}

type Found = { readonly listeners: readonly ListenerNode[] } | { readonly refusal: Refusal };

/** Narrows the Gateway's listeners: by section and port, by what they allow, by hostname. The reason is the first to leave none. */
function findListeners(lookup: Lookup, candidate: Candidate): Found {
  const { reference, gateway, hostnames, namespace } = candidate;
  const { sectionName, port } = reference;
  const named = gateway.listeners.filter(
    ({ source }) => (sectionName ?? source.name) === source.name && (port ?? source.port) === source.port,
  );
  if (named.length === 0) {
    const section = sectionName === undefined ? '' : ` named ${sectionName}`;
    const message = `Gateway ${gateway.key} has no listener${section}${port === undefined ? '' : ` on port ${port}`}`;
    return { refusal: { reason: 'NoMatchingParent', message } };
  }
  const allowed = named.filter((listener) => allowsRoute(lookup, listener, { gateway, namespace }));
  if (allowed.length === 0) {
    const message = `no listener of Gateway ${gateway.key} allows HTTPRoutes of namespace ${namespace}`;
    return { refusal: { reason: 'NotAllowedByListeners', message } };
  }
  const listeners = allowed.filter(({ hostname }) => hostnames.some((own) => intersect(own, hostname) !== undefined));
  if (listeners.length === 0) {
    const message = `no listener of Gateway ${gateway.key} answers for ${hostnames.join(', ')}`;
    return { refusal: { reason: 'NoMatchingListenerHostname', message } };
  }
  return { listeners };
}

function allowsRoute(
  lookup: Lookup,
  { routeKinds, source }: ListenerNode,
  { gateway, namespace }: { readonly gateway: GatewayNode; readonly namespace: string },
): boolean {
  if (!routeKinds.includes('HTTPRoute')) return false;
  const { from, selector } = source.allowedRoutes.namespaces;
  switch (from) {
    case 'All':
      return true;
    case 'Same':
      return namespace === gateway.source.metadata.namespace;
    case 'Selector':
      return selector !== undefined && selects(selector, labelsOfNamespace(lookup, namespace));
    case 'None':
      return false;
    default:
      return from satisfies never;
  }
}

/** "ResolvedRefs": the first reference that leads nowhere names the reason; the message lists them all. */
function judgeBackends(rules: readonly RuleNode[]): Verdict {
  const refusals = rules.flatMap(({ backends }) =>
    backends.flatMap((backend) => (backend.resolved === undefined ? [backend.refusal] : [])),
  );
  const [first] = refusals;
  if (first === undefined) return holds('ResolvedRefs', 'every reference is resolved');
  const message = [...new Set(refusals.map((refusal) => refusal.message))].join('; ');
  return fails('ResolvedRefs', { reason: first.reason, message });
}

/** A route none of whose rules can be served is not accepted. */
function refuseRoute(rules: readonly RuleNode[]): Refusal | undefined {
  const refusals = rules.flatMap(({ refusal }) => refusal ?? []);
  const [first] = refusals;
  if (first === undefined || refusals.length < rules.length) return undefined;
  return { reason: first.reason, message: listRefusedRules(rules) };
}

/** Some rules refused: "PartiallyInvalid", whose message must begin with "Dropped Rule". */
function judgePartly(rules: readonly RuleNode[]): readonly Verdict[] {
  const refused = rules.filter(({ refusal }) => refusal !== undefined);
  if (refused.length === 0 || refused.length === rules.length) return [];
  const message = `Dropped Rule: ${listRefusedRules(rules)}`;
  return [{ type: 'PartiallyInvalid', holds: true, reason: 'UnsupportedValue', message }];
}

function listRefusedRules(rules: readonly RuleNode[]): string {
  return rules
    .flatMap(({ number, refusal }) => (refusal === undefined ? [] : [`rule ${number} answers 500: ${refusal.message}`]))
    .join('; ');
}
