import type { RequestHead } from '../http/request-head.ts';
import type { CompiledListener, CompiledPort } from './compile-port.ts';
import type { CompiledRule } from './rule-index.ts';

export type Miss = 'noListener' | 'noRule' | 'misdirected';

export type Selection =
  | { readonly kind: 'rule'; readonly listener: CompiledListener; readonly rule: CompiledRule }
  | { readonly kind: 'miss'; readonly miss: Miss; readonly listener: CompiledListener | undefined };

/**
 * From the outside in: the listener with the most specific hostname, and no other (listener isolation); within it the
 * hosts from the most specific on, and the first rule that matches the whole request. A better host without a matching
 * rule does not end the search (Gateway API, HTTPRouteSpec.hostnames).
 *
 * `serverName` is the TLS server name: when it belongs to another listener than Host does, the request has come down
 * the wrong connection (RFC 9110 §15.5.20) and is not carried, as the listeners may ask different things of a client.
 */
export function selectRule(port: CompiledPort, head: RequestHead, serverName: string | undefined): Selection {
  const listener = port.listeners.best(head.host);
  if (listener === undefined) return { kind: 'miss', miss: 'noListener', listener };
  if (serverName !== undefined && port.listeners.best(serverName.toLowerCase()) !== listener) {
    return { kind: 'miss', miss: 'misdirected', listener };
  }
  const rule = listener.hosts.find(head.host, (rules) => rules.find(head));
  return rule === undefined ? { kind: 'miss', miss: 'noRule', listener } : { kind: 'rule', listener, rule };
}
