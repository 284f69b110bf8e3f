// What all workers shall have: the whole for a fresh one, differences for the others.
import { isDeepStrictEqual } from 'node:util';
import { diffPorts } from '../plan/diff-ports.ts';
import type { EndpointChanges } from '../plan/endpoints.ts';
import { socketKey } from '../plan/listeners.ts';
import type {
  BackendKey,
  CertificateBundle,
  CertificateKey,
  EndpointSet,
  RoutingTable,
} from '../plan/routing-table.ts';
import type { SupervisorMessage } from '../traffic/messages.ts';
import type { TrafficSettings } from '../traffic/traffic-settings.ts';

/** A message without its number, or undefined where there is nothing to say. */
export type Draft = SupervisorMessage extends infer M
  ? M extends SupervisorMessage
    ? Omit<M, 'sequence'>
    : never
  : never;

export class FleetState {
  readonly #settings: TrafficSettings;
  readonly #certificates = new Map<CertificateKey, CertificateBundle>();
  readonly #endpoints = new Map<BackendKey, EndpointSet>();
  #table: RoutingTable = { ports: [] };
  #isDraining = false;

  constructor(settings: TrafficSettings) {
    this.#settings = settings;
  }

  /** The ports that shall be open. */
  get table(): RoutingTable {
    return this.#table;
  }

  /** Everything, in the order in which it must be in force: what a listener needs comes before the listener. */
  whole(): readonly Draft[] {
    return [
      { kind: 'settings', settings: this.#settings },
      { kind: 'drain', isDraining: this.#isDraining },
      { kind: 'certificates', changed: [...this.#certificates.values()], removed: [] },
      { kind: 'endpoints', changed: [...this.#endpoints.values()], removed: [] },
      { kind: 'ports', changed: this.#table.ports, removed: [] },
    ];
  }

  setCertificates(bundles: readonly CertificateBundle[]): Draft | undefined {
    const wanted = new Set(bundles.map(({ key }) => key));
    const removed = [...this.#certificates.keys()].filter((key) => !wanted.has(key));
    const changed = bundles.filter((bundle) => !isDeepStrictEqual(this.#certificates.get(bundle.key), bundle));
    for (const bundle of changed) this.#certificates.set(bundle.key, bundle);
    for (const key of removed) this.#certificates.delete(key);
    return changed.length + removed.length === 0 ? undefined : { kind: 'certificates', changed, removed };
  }

  changeEndpoints({ changed, removed }: EndpointChanges): Draft | undefined {
    for (const set of changed) this.#endpoints.set(set.backend, set);
    for (const backend of removed) this.#endpoints.delete(backend);
    return changed.length + removed.length === 0 ? undefined : { kind: 'endpoints', changed, removed };
  }

  setTable(table: RoutingTable): Extract<Draft, { kind: 'ports' }> | undefined {
    const { changed, removed } = diffPorts(this.#table, table);
    this.#table = table;
    if (changed.length + removed.length === 0) return undefined;
    return { kind: 'ports', changed, removed: removed.map(socketKey) };
  }

  setDraining(isDraining: boolean): Draft | undefined {
    if (isDraining === this.#isDraining) return undefined;
    this.#isDraining = isDraining;
    return { kind: 'drain', isDraining };
  }
}
