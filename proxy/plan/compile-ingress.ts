// An Ingress as rules: one for each path, each under its own host.
import type { UnplacedRule } from './compile-route.ts';
import { normalizePrefix } from './compile-route.ts';
import { isWildcard, labelCount } from './hostnames.ts';
import type { IngressNode, IngressPathNode } from './nodes.ts';
import type { Action, PathMatch } from './routing-table.ts';

export interface HostRule {
  readonly host: string;
  readonly rule: UnplacedRule;
}

/** The rules of an Ingress. A backend that leads nowhere answers 503, as clients of ingress-nginx know it. */
export function compileIngress(ingress: IngressNode): readonly HostRule[] {
  return ingress.paths.map((path, index) => ({
    host: path.host,
    rule: {
      rule: {
        name: `Ingress ${ingress.key} ${path.number === undefined ? 'default backend' : `path ${path.number}`}`,
        source: { kind: 'Ingress', key: ingress.key },
        match: {
          hostLabels: isWildcard(path.host) ? labelCount(path.host) : undefined,
          path: compilePath(path),
          method: undefined,
          headers: [],
          queryParams: [],
        },
        filters: [],
        action: compileAction(path),
        requestTimeoutMs: undefined,
        backendTimeoutMs: undefined,
      },
      isFallback: path.number === undefined,
      writtenPathLength: path.path.length,
      creationTimestamp: ingress.source.metadata.creationTimestamp,
      ruleNumber: index + 1,
      matchNumber: 1,
    },
  }));
}

function compilePath({ type, path }: IngressPathNode): PathMatch {
  return type === 'Exact' ? { type, value: path } : { type, value: normalizePrefix(path) };
}

function compileAction({ backend }: IngressPathNode): Action {
  if (backend.resolved === undefined) return { kind: 'fail', status: 503, reason: backend.refusal.message };
  return {
    kind: 'forward',
    backends: [{ weight: 1, backend: backend.resolved.key, reason: undefined, filters: [] }],
  };
}
