// Everything that is amiss in the graph, as one list: for events, for the overview, for the eye.

import { KINDS } from '../../api/kinds.ts';
import { type KubeObject, type ObjectReference, splitKey } from '../../api/meta.ts';
import { formatFieldErrors } from '../../api/parsed.ts';
import type { ObjectRefusal } from '../snapshot.ts';
import type { GatewayNode, Graph, IngressNode, RouteNode } from './nodes.ts';
import type { Refusal, Verdict } from './verdict.ts';

export interface Problem extends Refusal {
  readonly regarding: ObjectReference;
}

/** All problems: objects that cannot be read, then the graph in its order. An object may have several. */
export function findProblems(graph: Graph, refusals: readonly ObjectRefusal[]): readonly Problem[] {
  return [
    ...refusals.map(problemOfRefusal),
    ...graph.gateways.flatMap(problemsOfGateway),
    ...graph.routes.flatMap(problemsOfRoute),
    ...graph.ingresses.flatMap(problemsOfIngress),
  ];
}

function problemOfRefusal({ kind, key, errors }: ObjectRefusal): Problem {
  const row = Object.values(KINDS).find((candidate) => candidate.kind === kind);
  const regarding = { apiVersion: row?.apiVersion ?? '', kind, ...splitKey(key), uid: '' };
  return { regarding, reason: 'Unreadable', message: formatFieldErrors(errors) };
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
