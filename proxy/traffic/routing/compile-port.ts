import type { CertificateKey, ListenerTable, PortTable } from '../../plan/routing-table.ts';
import { HostnameIndex } from './hostname-index.ts';
import { RuleIndex } from './rule-index.ts';

export interface CompiledListener {
  readonly name: string;
  readonly hostname: string;
  readonly certificates: readonly CertificateKey[];
  readonly hosts: HostnameIndex<RuleIndex>;
}

/** A port's part of the routing table with its indexes built. Immutable: a request keeps the one it began with. */
export interface CompiledPort {
  readonly table: PortTable;
  readonly listeners: HostnameIndex<CompiledListener>;
}

/** Builds the indexes of a port. `pick` (0 <= x < 1) sets where weighted choices begin, so that workers differ. */
export function compilePort(table: PortTable, pick: () => number): CompiledPort {
  const entries = table.listeners.map((listener) => ({
    hostname: listener.hostname,
    value: compileListener(listener, pick),
  }));
  return { table, listeners: new HostnameIndex(entries) };
}

function compileListener(listener: ListenerTable, pick: () => number): CompiledListener {
  const { name, hostname, certificates } = listener;
  const hosts = listener.hosts.map((host) => ({
    hostname: host.hostname,
    value: new RuleIndex(host.rules, pick),
  }));
  return { name, hostname, certificates, hosts: new HostnameIndex(hosts) };
}
