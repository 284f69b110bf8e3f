// Counters of the data path: adding is one store into a typed array; names are looked up once and sent on once.

export type Labels = Readonly<Record<string, string>>;

/** What one slot counts. */
export interface Series {
  readonly metric: TrafficMetric;
  readonly labels: Labels;
}

/** The metrics of the data path; the supervisor adds `fairlead_proxy_` and knows which are gauges. */
export const TRAFFIC_METRICS = {
  requests_total: 'Requests answered, by listener, route and class of status',
  request_duration_seconds_bucket: 'Requests by time from head to last byte of the answer, by listener',
  request_duration_seconds_sum: 'Seconds spent on requests, by listener',
  connections: 'Client connections open now',
  connections_total: 'Client connections accepted',
  upstream_errors_total: 'Requests to endpoints that failed, by backend and reason',
  retries_total: 'Requests sent again to another endpoint, by backend',
  response_bytes_total: 'Bytes of answers, by listener',
  access_log_dropped_total: 'Access log lines that were dropped because their reader was too slow',
} as const;
export type TrafficMetric = keyof typeof TRAFFIC_METRICS;

/** Upper bounds in seconds: those of ingress-nginx, so that its dashboards can be read on. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export class Counters {
  #values = new Float64Array(64);
  readonly #series: Series[] = [];
  readonly #slots = new Map<string, number>();
  #announced = 0;

  /** The slot of a series, made when new. Ask once and keep it. Labels are in a fixed order per metric. */
  slot(metric: TrafficMetric, labels: Labels): number {
    const id = `${metric}\0${Object.values(labels).join('\0')}`;
    const known = this.#slots.get(id);
    if (known !== undefined) return known;
    const slot = this.#series.push({ metric, labels }) - 1;
    this.#slots.set(id, slot);
    if (slot >= this.#values.length) this.#grow();
    return slot;
  }

  add(slot: number, amount = 1): void {
    this.#values[slot] = (this.#values[slot] ?? 0) + amount;
  }

  valueOf(slot: number): number {
    return this.#values[slot] ?? 0;
  }

  /** The series that are new since the last call, and all values. */
  report(): { readonly added: readonly Series[]; readonly values: Float64Array } {
    const added = this.#series.slice(this.#announced);
    this.#announced = this.#series.length;
    return { added, values: this.#values.slice(0, this.#series.length) };
  }

  #grow(): void {
    const larger = new Float64Array(this.#values.length * 2);
    larger.set(this.#values);
    this.#values = larger;
  }
}
