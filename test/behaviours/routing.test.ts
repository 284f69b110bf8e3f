// What the proxy makes of whole sets of manifests: the rules that it serves, the status that it writes, what it complains about.
import { describe, expect, test } from '@jest/globals';
import { inspectCertificate } from '../../proxy/apply/certificate-store.ts';
import { compileTable } from '../../proxy/plan/compile-table.ts';
import { buildGraph } from '../../proxy/plan/graph.ts';
import { wantedSockets } from '../../proxy/plan/listeners.ts';
import { findProblems } from '../../proxy/plan/problems.ts';
import type { Action, Filter, RoutingTable, Rule, RuleMatch } from '../../proxy/plan/routing-table.ts';
import type { SocketState } from '../../proxy/plan/serving.ts';
import { type ProxyStatusPatch, planProxyStatus } from '../../proxy/plan/status.ts';
import { takeProxySnapshot } from '../../proxy/snapshot.ts';
import { behaviourFiles } from '../support/behaviour-file.ts';
import { worldOfManifests } from '../support/manifest-world.ts';

describe('routing', () => {
  test.each(behaviourFiles(`${import.meta.dirname}/routing`))('$sentence', ({ input, settle }) => {
    const decided = decide(input);
    expect(decided).toEqual(settle(decided));
  });
});

function decide(manifests: string): unknown {
  const snapshot = takeProxySnapshot(worldOfManifests(manifests), {
    now: 0,
    inspectCertificate: (secret) => inspectCertificate(secret).verdict,
    isValidRegex: (pattern) => !pattern.startsWith('('),
  });
  const graph = buildGraph(snapshot);
  const table = compileTable(graph);
  const sockets = wantedSockets(table).map((socket): SocketState => ({ kind: 'open', socket }));
  const problems = findProblems(graph, snapshot.refusals).map(
    ({ regarding, reason, message }) =>
      `${regarding.kind} ${regarding.namespace}/${regarding.name}: ${reason}: ${message}`,
  );
  return {
    serves: describeTable(table),
    status: Object.fromEntries(planProxyStatus(graph, sockets).flatMap(describeStatus)),
    problems,
  };
}

/** Port and listener -> host -> rules in words, by precedence. */
function describeTable({ ports }: RoutingTable): unknown {
  const listeners = ports.flatMap(({ address, port, protocol, listeners: served }) =>
    served.map((listener) => {
      const hosts = listener.hosts.map(({ hostname, rules }) => [hostname || 'any host', rules.map(describeRule)]);
      const certificates = listener.certificates.length === 0 ? '' : ` with ${listener.certificates.join(', ')}`;
      const name = `${protocol} ${address}:${port} ${listener.name} for ${listener.hostname || 'any host'}${certificates}`;
      return [name, Object.fromEntries(hosts)];
    }),
  );
  return Object.fromEntries(listeners);
}

function describeRule({ name, match, filters, action }: Rule): string {
  const steps = filters.map(describeFilter).join('');
  return `${describeMatch(match)} -> ${steps}${describeAction(action)} (${name})`;
}

function describeMatch({ path, method, headers, queryParams, hostLabels }: RuleMatch): string {
  const values = [
    ...headers.map((header) => `${header.name}: ${header.value}`),
    ...queryParams.map((parameter) => `?${parameter.name}=${parameter.value}`),
    ...(hostLabels === undefined ? [] : [`${hostLabels} labels`]),
  ];
  return [method, path.type, path.value, ...values].filter((word) => word !== undefined).join(' ');
}

function describeFilter(filter: Filter): string {
  return `${JSON.stringify(filter)} `;
}

function describeAction(action: Action): string {
  switch (action.kind) {
    case 'forward':
      return action.backends.map(({ backend, reason, weight }) => `${weight} ${backend ?? `500 ${reason}`}`).join(', ');
    case 'redirect':
      return `redirect ${JSON.stringify(action.redirect)}`;
    case 'fail':
      return `${action.status} ${action.reason}`;
    default:
      return action satisfies never;
  }
}

type Conditions = readonly { readonly type: string; readonly status: string; readonly reason: string }[];

function describeStatus({ kind, key, status }: ProxyStatusPatch): readonly (readonly [string, string])[] {
  const name = `${kind.kind} ${key}`;
  if ('parents' in status) {
    return status.parents.map(({ parentRef, conditions }) => [
      `${name} at ${parentRef.name}${parentRef.sectionName === undefined ? '' : ` ${parentRef.sectionName}`}`,
      describeConditions(conditions),
    ]);
  }
  if ('loadBalancer' in status) return [[name, status.loadBalancer.ingress.map(({ ip }) => ip).join(' ')]];
  const listeners = 'listeners' in status ? status.listeners : [];
  return [
    [name, describeConditions(status.conditions)],
    ...listeners.map(
      (listener) =>
        [
          `${name} listener ${listener.name}`,
          `${listener.attachedRoutes} routes, ${describeConditions(listener.conditions)}`,
        ] as const,
    ),
  ];
}

function describeConditions(conditions: Conditions): string {
  return conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`).join(' ');
}
