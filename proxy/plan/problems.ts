// Everything that is amiss in the graph, as one list: for events, for the overview, for the eye.

import { KINDS } from '../../api/kinds.ts';
import type { KubeObject, ObjectReference } from '../../api/meta.ts';
import type { GatewayNode, Graph, IngressNode, RouteNode } from './nodes.ts';
import type { Refusal, Verdict } from './verdict.ts';

export interface Problem extends Refusal {
  readonly regarding: ObjectReference;
}

/** All problems, in the order of the graph. An object may have several, each with its own reason. */
export function findProblems(graph: Graph): readonly Problem[] {
  return [
    ...graph.gateways.flatMap(problemsOfGateway),
    ...graph.routes.flatMap(problemsOfRoute),
    ...graph.ingresses.flatMap(problemsOfIngress),
  ];
}

/** Verdicts of these types are bad news when they hold. */
const NEGATIVE = new Set(['Conflicted', 'PartiallyInvalid']);

function isAmiss({ type, holds }: Verdict): boolean {
  return NEGATIVE.has(type) ? holds : !holds;
}

export function problemsOfGateway({ source, listeners, verdicts }: GatewayNode): readonly Problem[] {
  const regarding = referenceTo(source, KINDS.Gateway.apiVersion);
  const own = verdicts.filter(({ reason, holds }) => !holds && reason !== 'ListenersNotValid');
  const byListener = listeners.flatMap((listener) =>
    distinctMessages(listener.verdicts.filter(isAmiss)).map(({ reason, message }) => ({
      reason,
      message: `listener ${listener.source.name}: ${message}`,
    })),
  );
  return [...own, ...byListener].map(({ reason, message }) => ({ regarding, reason, message }));
}

export function problemsOfRoute({ source, parents }: RouteNode): readonly Problem[] {
  const regarding = referenceTo(source, KINDS.HTTPRoute.apiVersion);
  return distinctMessages(parents.flatMap(({ verdicts }) => verdicts.filter(isAmiss))).map(({ reason, message }) => ({
    regarding,
    reason,
    message,
  }));
}

export function problemsOfIngress({ source, refusals }: IngressNode): readonly Problem[] {
  const regarding = referenceTo(source, KINDS.Ingress.apiVersion);
  return refusals.map(({ reason, message }) => ({ regarding, reason, message }));
}

function distinctMessages(verdicts: readonly Verdict[]): readonly Verdict[] {
  return [...new Map(verdicts.map((verdict) => [verdict.message, verdict])).values()];
}

function referenceTo({ kind, metadata }: KubeObject, apiVersion: string): ObjectReference {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
}
