// The verdicts of the plans in whole sentences: why an object is served as it is, or why it is not.
import type { ObjectKey } from '../../api/meta.ts';
import { formatFieldErrors } from '../../api/parsed.ts';
import type { ProxySnapshot } from '../snapshot.ts';
import { explainRules } from './explain-rules.ts';
import { counted, describeBackend, type Explanation, explain, withReason } from './explanation.ts';
import { whyNotServed } from './gateway-status.ts';
import type { GatewayNode, IngressNode, IngressPathNode, ListenerNode, ParentNode } from './nodes.ts';
import { problemsOfIngress } from './problems.ts';
import { reportedProblems } from './reported-problems.ts';

/** An HTTPRoute: where it is attached, and what each of its rules does. */
export function explainRoute(key: ObjectKey, snapshot: ProxySnapshot): readonly string[] {
  const explanation = explain(snapshot);
  const node = explanation.graph.routes.find((route) => route.key === key);
  if (node === undefined || node.parents.length === 0) {
    return absent({ kind: 'HTTPRoute', key, snapshot, what: 'names no Gateway that Fairlead serves' });
  }
  return [...node.parents.flatMap(explainParent), ...explainRules(explanation, node)];
}

/** A Gateway: its addresses and what each listener does. */
export function explainGateway(key: ObjectKey, snapshot: ProxySnapshot): readonly string[] {
  const explanation = explain(snapshot);
  const node = explanation.graph.gateways.find((gateway) => gateway.key === key);
  if (node === undefined) {
    return absent({ kind: 'Gateway', key, snapshot, what: 'is not of a GatewayClass that Fairlead serves' });
  }
  return [
    ...node.verdicts.filter(({ holds }) => !holds).map((verdict) => `It is not served: ${withReason(verdict)}.`),
    explainAddresses(node),
    ...node.listeners.map((listener) => explainListener(explanation, node, listener)),
    ...reportedProblems(node).map((problem) => `It cannot be reached as it should be: ${withReason(problem)}.`),
  ];
}

/** An Ingress: where it is served, what each path does, and what is wrong. */
export function explainIngress(key: ObjectKey, snapshot: ProxySnapshot): readonly string[] {
  const explanation = explain(snapshot);
  const node = explanation.graph.ingresses.find((ingress) => ingress.key === key);
  if (node === undefined) {
    return absent({ kind: 'Ingress', key, snapshot, what: 'is not of an IngressClass that Fairlead serves' });
  }
  const sentences = [
    explainFront(node),
    ...node.tls.map(
      ({ hosts, certificate }) => `It has TLS for ${hosts.map(hostText).join(', ')} with Secret ${certificate}.`,
    ),
    ...node.paths.map((path) => explainPath(explanation, path)),
  ];
  const untold = problemsOfIngress(node).filter(({ message }) => !sentences.some((one) => one.includes(message)));
  return [...sentences, ...untold.map((problem) => `One thing is amiss: ${withReason(problem)}.`)];
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
  if (refusal !== undefined) return [`${kind} ${key} cannot be read: ${formatFieldErrors(refusal.errors)}.`];
  const lists = { HTTPRoute: snapshot.httpRoutes, Gateway: snapshot.gateways, Ingress: snapshot.ingresses };
  const exists = lists[kind].some(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key);
  return [exists ? `${kind} ${key} ${what}.` : `${kind} ${key} does not exist.`];
}

function explainParent({ gateway, listeners, verdicts }: ParentNode): readonly string[] {
  const amiss = verdicts.filter(({ type, holds }) => (type === 'PartiallyInvalid' ? holds : !holds));
  if (listeners.length === 0)
    return amiss.map((verdict) => `It is not served on Gateway ${gateway}: ${withReason(verdict)}.`);
  const names = listeners.map(({ source }) => source.name).join(', ');
  return [
    `It is served on Gateway ${gateway}, ${listeners.length === 1 ? 'listener' : 'listeners'} ${names}.`,
    ...amiss.map((verdict) => `Not all of it works: ${withReason(verdict)}.`),
  ];
}

function explainAddresses({ addresses }: GatewayNode): string {
  if (addresses.length === 0) return 'It has no address yet.';
  return `Its ${addresses.length === 1 ? 'address is' : 'addresses are'} ${addresses.join(', ')}.`;
}

function explainListener({ graph }: Explanation, gateway: GatewayNode, listener: ListenerNode): string {
  const { name, port, protocol } = listener.source;
  if (!listener.isServed) return `Listener ${name} is not served: ${whyNotServed(gateway, listener)}.`;
  const routes = counted(graph.attachments.get(listener.name)?.length ?? 0, 'route');
  const partly = listener.verdicts.filter(({ type, holds }) => type === 'ResolvedRefs' && !holds).map(withReason);
  const what = `Listener ${name} takes ${protocol} for ${hostText(listener.hostname)} on port ${port} and has ${routes}`;
  return `${[what, ...partly].join('; ')}.`;
}

function explainFront({ class: { name, front, addresses } }: IngressNode): string {
  if (front.kind === 'refused') return `It is not served: IngressClass ${name}: ${front.because.message}.`;
  const where = `${front.kind} ${front.key} of class ${name}`;
  return addresses.length === 0
    ? `It is not served yet: ${where} has no address.`
    : `It is served on ${addresses.join(', ')} of ${where}.`;
}

function explainPath(explanation: Explanation, path: IngressPathNode): string {
  const name =
    path.number === undefined ? `The default backend for ${hostText(path.host)}` : `Path ${path.host}${path.path}`;
  if (path.backend.resolved === undefined) return `${name} answers 503: ${path.backend.refusal.message}.`;
  return `${name} forwards to ${describeBackend(explanation, path.backend.resolved.key)}.`;
}

function hostText(host: string): string {
  return host === '' ? 'every host' : host;
}
