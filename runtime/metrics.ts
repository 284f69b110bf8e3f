// The registry of a program's metrics, and counters cheap enough for the request path.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

export type { Registry } from 'prom-client';

/** A registry with the process's default metrics and `fairlead_build_info{program, version, node_version} 1`. */
export function createMetrics(program: string, version: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'fairlead_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['program', 'version', 'node_version'],
    registers: [registry],
  }).set({ program, version, node_version: process.versions.node }, 1);
  return registry;
}

export type Labels = Readonly<Record<string, string>>;

export interface SlotCounterOptions {
  readonly registry: Registry;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/**
 * A counter whose values live in one Float64Array: adding costs nanoseconds (prom-client's own inc() costs 170), the
 * array can be sent to another process as it is, and labels are looked at only when the registry is scraped.
 */
export class SlotCounter {
  #values = new Float64Array(64);
  readonly #labels: Labels[] = [];
  readonly #slots = new Map<string, number>();

  constructor({ registry, name, help, labelNames }: SlotCounterOptions) {
    const rows = (): Iterable<readonly [Labels, number]> => this.#rows();
    const counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [],
      collect() {
        this.reset();
        for (const [labels, value] of rows()) this.inc({ ...labels }, value);
      },
    });
    registry.registerMetric(counter);
  }

  /** The slot of these labels, made when new. Ask once and keep it. */
  slot(labels: Labels): number {
    const id = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    const slot = this.#labels.push(labels) - 1;
    this.#slots.set(id, slot);
    if (slot >= this.#values.length) this.#grow();
    return slot;
  }

  add(slot: number, amount = 1): void {
    this.#values[slot] = (this.#values[slot] ?? 0) + amount;
  }

  *#rows(): Iterable<readonly [Labels, number]> {
    for (const [slot, labels] of this.#labels.entries()) yield [labels, this.#values[slot] ?? 0];
  }

  #grow(): void {
    const larger = new Float64Array(this.#values.length * 2);
    larger.set(this.#values);
    this.#values = larger;
  }
}
