// The sums of all workers' counters, those of the dead included: a counter never goes back.
import type { Series } from '../traffic/counters.ts';

/** Where the numbers of one worker are read from. */
export interface CounterSource {
  readonly series: readonly Series[];
  readonly values: Float64Array;
}

export interface Total {
  readonly series: Series;
  readonly value: number;
}

/** Series that say how many there are now: they die with their worker. */
const GAUGES: ReadonlySet<string> = new Set(['connections']);

export class FleetCounters {
  readonly #sources = new Set<CounterSource>();
  readonly #retired = new Map<string, Total>();

  add(source: CounterSource): void {
    this.#sources.add(source);
  }

  /** Keeps the counts of a worker that has gone. */
  retire(source: CounterSource): void {
    this.#sources.delete(source);
    for (const total of totalsOf(source)) if (!GAUGES.has(total.series.metric)) addTo(this.#retired, total);
  }

  totals(): readonly Total[] {
    const sums = new Map(this.#retired);
    for (const source of this.#sources) for (const total of totalsOf(source)) addTo(sums, total);
    return [...sums.values()];
  }
}

function totalsOf({ series, values }: CounterSource): readonly Total[] {
  return series.map((one, index) => ({ series: one, value: values[index] ?? 0 }));
}

function addTo(sums: Map<string, Total>, { series, value }: Total): void {
  const id = `${series.metric}\0${Object.values(series.labels).join('\0')}`;
  sums.set(id, { series, value: (sums.get(id)?.value ?? 0) + value });
}
