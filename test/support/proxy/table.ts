// Routing tables for tests of the data path: what matters is written in the test.
import { objectKey } from '../../../api/meta.ts';
import type { IpAddress } from '../../../net/address.ts';
import type {
  Action,
  BackendKey,
  Filter,
  HostTable,
  ListenerTable,
  PortTable,
  Rule,
  RuleMatch,
  WeightedBackend,
} from '../../../proxy/plan/routing-table.ts';

export const backendKey = (name: string): BackendKey => `shop/${name}:80` as BackendKey;

export function weighted(name: string | undefined, more: Partial<WeightedBackend> = {}): WeightedBackend {
  const backend = name === undefined ? undefined : backendKey(name);
  return { weight: 1, backend, reason: undefined, filters: [], ...more };
}

export const forwardTo = (...backends: readonly WeightedBackend[]): Action => ({ kind: 'forward', backends });

export interface RuleOptions {
  readonly name?: string;
  readonly match?: Partial<RuleMatch>;
  readonly filters?: readonly Filter[];
  readonly action?: Action;
  readonly requestTimeoutMs?: number;
  readonly backendTimeoutMs?: number;
}

/** A rule for a path prefix that forwards to backend `web`. */
export function ruleFor(path: string, options: RuleOptions = {}): Rule {
  const { name = `rule ${path}`, match, filters = [], action = forwardTo(weighted('web')) } = options;
  return {
    name,
    source: { kind: 'HTTPRoute', key: objectKey('shop', 'site') },
    match: { path: { type: 'Prefix', value: path }, method: undefined, headers: [], queryParams: [], ...match },
    filters,
    action,
    requestTimeoutMs: options.requestTimeoutMs,
    backendTimeoutMs: options.backendTimeoutMs,
  };
}

export const hostOf = (hostname: string, ...rules: readonly Rule[]): HostTable => ({ hostname, rules });

export function listenerTable(
  hostname: string,
  hosts: readonly HostTable[],
  more: Partial<ListenerTable> = {},
): ListenerTable {
  return { name: `shop/edge/${hostname}`, hostname, certificates: [], hosts, ...more };
}

export interface PortOptions {
  readonly address?: string;
  readonly port?: number;
  readonly protocol?: PortTable['protocol'];
  readonly listeners: readonly ListenerTable[];
}

export function portTable({
  address = '127.0.0.1',
  port = 8080,
  protocol = 'HTTP',
  listeners,
}: PortOptions): PortTable {
  return { address: address as IpAddress, port, protocol, listeners };
}

/** A port with one listener for all hosts and these rules in it. */
export const plainPort = (rules: readonly Rule[], more: Partial<PortOptions> = {}): PortTable =>
  portTable({ listeners: [listenerTable('', [hostOf('', ...rules)])], ...more });
