// Brings what is planned to the workers in an order in which nothing is ever missing: what a rule needs comes before
// the rule, and goes after it.
import type { EndpointSlice, Secret, Service } from '../../api/core.ts';
import { keyOf } from '../../api/meta.ts';
import { certificateKey } from '../plan/certificates.ts';
import { diffEndpoints, type EndpointChanges, type EndpointPlan, planEndpoints } from '../plan/endpoints.ts';
import type { CertificateBundle, CertificateKey, RoutingTable } from '../plan/routing-table.ts';
import { backendsOf, certificatesOf } from '../plan/table-needs.ts';
import type { Inspection } from './certificate-store.ts';

/** The part of the fleet that is told. */
export interface Audience {
  setCertificates(bundles: readonly CertificateBundle[]): void;
  changeEndpoints(changes: EndpointChanges): void;
  setTable(table: RoutingTable): void;
}

/** The objects that stand behind the names in a table. */
export interface TableSources {
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly secrets: readonly Secret[];
}

export interface PublisherOptions {
  readonly audience: Audience;
  readonly inspect: (secret: Secret) => Inspection;
}

export class Publisher {
  readonly #options: PublisherOptions;
  #table: RoutingTable = { ports: [] };
  #endpoints: EndpointPlan | undefined;
  #bundles: ReadonlyMap<CertificateKey, CertificateBundle> = new Map();

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  get table(): RoutingTable {
    return this.#table;
  }

  get endpoints(): EndpointPlan | undefined {
    return this.#endpoints;
  }

  /** Publishes a table with all that it needs. */
  publish(table: RoutingTable, sources: TableSources): void {
    const { audience } = this.#options;
    this.#table = table;
    const endpoints = this.#planEndpoints(sources);
    const { changed, removed } = diffEndpoints(this.#endpoints, endpoints);
    const bundles = this.#bundlesFor(table, sources);
    audience.setCertificates([...new Map([...this.#bundles, ...bundles]).values()]);
    audience.changeEndpoints({ changed, removed: [] });
    audience.setTable(table);
    audience.changeEndpoints({ changed: [], removed });
    audience.setCertificates([...bundles.values()]);
    this.#endpoints = endpoints;
    this.#bundles = bundles;
  }

  /** The fast path: pods have come or gone. Touches neither table nor sockets. True when workers were told something. */
  publishEndpoints(sources: Pick<TableSources, 'services' | 'endpointSlices'>): boolean {
    const endpoints = this.#planEndpoints(sources);
    const changes = diffEndpoints(this.#endpoints, endpoints);
    this.#options.audience.changeEndpoints(changes);
    this.#endpoints = endpoints;
    return changes.changed.length > 0;
  }

  #planEndpoints({ services, endpointSlices }: Pick<TableSources, 'services' | 'endpointSlices'>): EndpointPlan {
    return planEndpoints({ services, endpointSlices, backends: backendsOf(this.#table) }, this.#endpoints);
  }

  /** A port that lingers may need a certificate whose Secret has gone: the last known one serves until it closes. */
  #bundlesFor(table: RoutingTable, { secrets }: TableSources): ReadonlyMap<CertificateKey, CertificateBundle> {
    const wanted = new Set(certificatesOf(table));
    const bundles = new Map([...this.#bundles].filter(([key]) => wanted.has(key)));
    for (const secret of secrets) {
      if (!wanted.has(certificateKey(keyOf(secret)))) continue;
      const inspection = this.#options.inspect(secret);
      if ('bundle' in inspection) bundles.set(inspection.bundle.key, inspection.bundle);
    }
    return bundles;
  }
}
