import type { Endpoint } from '../../plan/routing-table.ts';
import type { Balancer } from './balancer.ts';

/** Each endpoint in turn, beginning anywhere: with many workers the first requests do not all hit the first pod. */
export class RoundRobin implements Balancer {
  #endpoints: readonly Endpoint[] = [];
  #next: number;

  /** `start` is any whole number from 0 on. */
  constructor(start: number) {
    this.#next = start;
  }

  update(endpoints: readonly Endpoint[]): void {
    this.#endpoints = endpoints;
  }

  pick(tried: readonly Endpoint[]): Endpoint | undefined {
    const endpoints = this.#endpoints;
    if (endpoints.length === 0) return undefined;
    const from = this.#next % endpoints.length;
    this.#next = from + 1;
    if (tried.length === 0) return endpoints[from];
    for (let step = 0; step < endpoints.length; step++) {
      const endpoint = endpoints[(from + step) % endpoints.length];
      if (endpoint !== undefined && !tried.some((other) => isSame(other, endpoint))) return endpoint;
    }
    return endpoints[from];
  }
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.address === b.address && a.port === b.port;
}
