import type { BackendKey, Endpoint, EndpointSet } from '../../plan/routing-table.ts';
import type { Balancer } from './balancer.ts';
import { RoundRobin } from './round-robin.ts';

/** The endpoints of every backend, each with its balancer. Outlives routing tables: a new table keeps the turns. */
export class Backends {
  readonly #balancers = new Map<BackendKey, Balancer>();
  readonly #endpoints = new Map<BackendKey, readonly Endpoint[]>();
  readonly #pick: () => number;

  constructor(pick: () => number) {
    this.#pick = pick;
  }

  /** Takes over changed sets; backends in `removed` have no endpoints any more. */
  update(changed: readonly EndpointSet[], removed: readonly BackendKey[]): void {
    for (const { backend, endpoints } of changed) {
      this.#endpoints.set(backend, endpoints);
      this.#balancerOf(backend).update(endpoints);
    }
    for (const backend of removed) {
      this.#endpoints.delete(backend);
      this.#balancers.delete(backend);
    }
  }

  /** The endpoint for the next request, undefined when the backend has none. */
  pick(backend: BackendKey, tried: readonly Endpoint[]): Endpoint | undefined {
    return this.#balancers.get(backend)?.pick(tried);
  }

  /** Every endpoint of every backend: whom connections may be kept to. */
  allEndpoints(): readonly Endpoint[] {
    return [...this.#endpoints.values()].flat();
  }

  #balancerOf(backend: BackendKey): Balancer {
    const present = this.#balancers.get(backend);
    if (present !== undefined) return present;
    const made = new RoundRobin(Math.floor(this.#pick() * 65_536));
    this.#balancers.set(backend, made);
    return made;
  }
}
