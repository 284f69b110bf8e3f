// Figures of the last plan, for Prometheus.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { IpamPlan } from '../plan/plan.ts';

export class IpamMetrics {
  readonly #used: Gauge;
  readonly #free: Gauge;
  readonly #conflicting: Gauge;
  readonly #claims: Gauge;
  readonly #unsatisfied: Gauge;
  readonly #writes: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#used = new Gauge({
      name: 'fairlead_ipam_pool_used_addresses',
      help: 'Addresses of the pool that are held.',
      labelNames: ['pool'],
      registers,
    });
    this.#free = new Gauge({
      name: 'fairlead_ipam_pool_free_addresses',
      help: 'Addresses of the pool that are not held. Inexact above 2^53.',
      labelNames: ['pool'],
      registers,
    });
    this.#conflicting = new Gauge({
      name: 'fairlead_ipam_pools_refused',
      help: 'Pools that give nothing because they overlap another or cannot be read.',
      registers,
    });
    this.#claims = new Gauge({
      name: 'fairlead_ipam_services',
      help: 'Services that ask us for an address.',
      registers,
    });
    this.#unsatisfied = new Gauge({
      name: 'fairlead_ipam_services_unsatisfied',
      help: 'Services that have not all that they ask for, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.#writes = new Counter({
      name: 'fairlead_ipam_writes_total',
      help: 'Changes that ipam set out to write, by kind.',
      labelNames: ['kind'],
      registers,
    });
  }

  /** Shows the state that the plan leads to. */
  show({ addresses: { pools, decisions }, usage }: IpamPlan): void {
    this.#used.reset();
    this.#free.reset();
    for (const [pool, { used, available }] of usage) {
      this.#used.set({ pool }, Number(used));
      this.#free.set({ pool }, Number(available));
    }
    this.#conflicting.set(pools.filter(({ state }) => state.kind === 'conflicting' || state.kind === 'broken').length);
    this.#claims.set(decisions.size);
    this.#unsatisfied.reset();
    for (const decision of decisions.values()) {
      if (decision.kind === 'refused') this.#unsatisfied.inc({ reason: decision.because.reason });
    }
  }

  countWrites(kind: string, count: number): void {
    if (count > 0) this.#writes.inc({ kind }, count);
  }
}
