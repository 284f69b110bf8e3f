// What becomes of a request, whatever engine carries it: answered here, or forwarded to a backend in a new shape.
import type { BackendKey, Filter } from '../plan/routing-table.ts';
import { editedBy } from './filters/header-edit.ts';
import { locationOf } from './filters/redirect.ts';
import { rewriteTarget } from './filters/rewrite.ts';
import { type ClientConnection, withForwarded } from './http/forwarded.ts';
import { fieldOf, type HeaderList, withoutFields } from './http/header-list.ts';
import { endToEndRequestFields } from './http/hop-by-hop.ts';
import type { RequestHead } from './http/request-head.ts';
import type { CompiledPort } from './routing/compile-port.ts';
import type { CompiledRule } from './routing/rule-index.ts';
import { type Miss, selectRule } from './routing/select-rule.ts';

export interface RequestContext {
  readonly port: CompiledPort;
  readonly connection: ClientConnection;
  /** The TLS server name, when there was one. */
  readonly serverName: string | undefined;
  readonly isTrusted: (address: string) => boolean;
  readonly newRequestId: () => string;
}

/** For the log, whatever the decision. */
export interface Routed {
  readonly listener: string;
  readonly rule: CompiledRule | undefined;
  readonly client: string;
  readonly requestId: string;
}

/** The proxy itself answers. */
export interface Answer extends Routed {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: HeaderList;
  /** Why, in words; stands in the log and never in the answer. */
  readonly reason: string | undefined;
  /** As Envoy's %RESPONSE_FLAGS%. */
  readonly flags: string;
}

/** An endpoint of the backend answers. */
export interface Forward extends Routed {
  readonly kind: 'forward';
  readonly backend: BackendKey;
  /** Path and query for the endpoint. */
  readonly target: string;
  readonly authority: string;
  /** Without Host; hop-by-hop fields are gone, forwarded fields are in. */
  readonly headers: HeaderList;
  /** Rule's and backend's, for the answer's headers. */
  readonly filters: readonly Filter[];
  readonly requestTimeoutMs: number | undefined;
  readonly backendTimeoutMs: number | undefined;
}

export type Decision = Answer | Forward;

const MISSES = {
  noListener: { status: 404, reason: 'no listener for this host' },
  noRule: { status: 404, reason: 'no rule matches' },
  misdirected: { status: 421, reason: 'Host belongs to another listener than the TLS server name' },
} as const satisfies Record<Miss, { readonly status: number; readonly reason: string }>;

/** Routes a request and applies the filters of its rule. Pure but for the turn of weighted backends. */
export function decide(head: RequestHead, context: RequestContext): Decision {
  const { connection, isTrusted, newRequestId } = context;
  const selection = selectRule(context.port, head, context.serverName);
  const forwarded = withForwarded({
    headers: endToEndRequestFields(head.headers),
    authority: head.authority,
    connection,
    isTrusted,
    newRequestId,
  });
  const { client, requestId } = forwarded;
  const listener = selection.listener?.name ?? '';
  if (selection.kind === 'miss') {
    const flags = selection.miss === 'misdirected' ? '' : 'NR';
    return {
      kind: 'answer',
      listener,
      rule: undefined,
      client,
      requestId,
      headers: [],
      flags,
      ...MISSES[selection.miss],
    };
  }
  const routed: Routed = { listener, rule: selection.rule, client, requestId };
  return decideByRule(selection.rule, routed, { head, headers: forwarded.headers, port: connection.port });
}

interface RuleInput {
  readonly head: RequestHead;
  readonly headers: HeaderList;
  readonly port: number;
}

function decideByRule(compiled: CompiledRule, routed: Routed, input: RuleInput): Decision {
  const { action, match, filters } = compiled.rule;
  switch (action.kind) {
    case 'redirect': {
      const location = locationOf(action.redirect, { head: input.head, match: match.path, port: input.port });
      const headers = editedBy('responseHeaders', filters, ['location', location]);
      return { kind: 'answer', ...routed, status: action.redirect.status, headers, reason: undefined, flags: '' };
    }
    case 'fail':
      return { kind: 'answer', ...routed, status: action.status, headers: [], reason: action.reason, flags: '' };
    case 'forward':
      return forward(compiled, routed, input);
    default:
      return action satisfies never;
  }
}

function forward(compiled: CompiledRule, routed: Routed, { head, headers }: RuleInput): Decision {
  const { rule } = compiled;
  const chosen = compiled.chooseBackend();
  if (chosen?.backend === undefined) {
    const reason = chosen?.reason ?? 'the rule has no backend with a weight';
    return { kind: 'answer', ...routed, status: 500, headers: [], reason, flags: '' };
  }
  const filters = chosen.filters.length === 0 ? rule.filters : [...rule.filters, ...chosen.filters];
  const { target, authority } = rewriteTarget(head, filters, rule.match.path);
  const edited = editedBy('requestHeaders', filters, withoutFields(headers, isHost));
  return {
    kind: 'forward',
    ...routed,
    backend: chosen.backend,
    target,
    authority: fieldOf(edited, 'host') ?? authority,
    headers: withoutFields(edited, isHost),
    filters,
    requestTimeoutMs: positive(rule.requestTimeoutMs),
    backendTimeoutMs: positive(rule.backendTimeoutMs),
  };
}

function isHost(name: string): boolean {
  return name === 'host';
}

function positive(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined || milliseconds === 0 ? undefined : milliseconds;
}
