// The workers' counters as Prometheus metrics `fairlead_proxy_*`, summed when they are scraped.
import { Counter, Gauge, type Histogram, type Registry } from 'prom-client';
import { DURATION_BUCKETS, type Labels, TRAFFIC_METRICS, type TrafficMetric } from '../traffic/counters.ts';
import type { FleetCounters, Total } from './fleet-counters.ts';

const PREFIX = 'fairlead_proxy_';
const COUNTERS = {
  requests_total: ['listener', 'rule', 'code'],
  connections_total: [],
  upstream_errors_total: ['backend', 'reason'],
  retries_total: ['backend'],
  response_bytes_total: ['listener'],
  access_log_dropped_total: [],
} as const satisfies Partial<Record<TrafficMetric, readonly string[]>>;

/** Registers all metrics of the data path. */
export function registerTrafficMetrics(registry: Registry, counters: FleetCounters): void {
  const totalsOf = (metric: TrafficMetric): readonly Total[] =>
    counters.totals().filter(({ series }) => series.metric === metric);
  for (const [metric, labelNames] of Object.entries(COUNTERS) as [keyof typeof COUNTERS, readonly string[]][]) {
    const counter = new Counter({
      name: PREFIX + metric,
      help: TRAFFIC_METRICS[metric],
      labelNames: [...labelNames],
      registers: [],
      collect() {
        this.reset();
        for (const { series, value } of totalsOf(metric)) this.inc({ ...series.labels }, value);
      },
    });
    registry.registerMetric(counter);
  }
  const connections = new Gauge({
    name: `${PREFIX}connections`,
    help: TRAFFIC_METRICS.connections,
    registers: [],
    collect() {
      this.set(totalsOf('connections').reduce((sum, { value }) => sum + value, 0));
    },
  });
  registry.registerMetric(connections);
  registerDurations(registry, totalsOf);
}

interface Sample {
  readonly metricName: string;
  readonly labels: Labels;
  readonly value: number;
}

/** A histogram whose numbers come from elsewhere. prom-client's own can only be observed into; a registry asks for `get`. */
function registerDurations(registry: Registry, totalsOf: (metric: TrafficMetric) => readonly Total[]): void {
  const name = `${PREFIX}request_duration_seconds`;
  const help = TRAFFIC_METRICS.request_duration_seconds_bucket;
  const get = async (): Promise<unknown> => ({
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    values: durationSamples(
      name,
      totalsOf('request_duration_seconds_bucket'),
      totalsOf('request_duration_seconds_sum'),
    ),
  });
  registry.registerMetric({ name, help, get } as unknown as Histogram);
}

/** Cumulative buckets, sum and count for each listener. */
function durationSamples(...[name, buckets, sums]: [string, readonly Total[], readonly Total[]]): readonly Sample[] {
  const byListener = Map.groupBy(buckets, ({ series }) => series.labels['listener'] ?? '');
  return [...byListener].flatMap(([listener, totals]) => {
    const values = new Map(totals.map(({ series, value }) => [series.labels['le'], value]));
    let count = 0;
    const cumulative = [...DURATION_BUCKETS.map(String), '+Inf'].map((le): Sample => {
      count += values.get(le) ?? 0;
      return { metricName: `${name}_bucket`, labels: { listener, le }, value: count };
    });
    const sum = sums.find(({ series }) => series.labels['listener'] === listener)?.value ?? 0;
    return [
      ...cumulative,
      { metricName: `${name}_sum`, labels: { listener }, value: sum },
      { metricName: `${name}_count`, labels: { listener }, value: count },
    ];
  });
}
