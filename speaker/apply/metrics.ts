// What Prometheus sees of a speaker: read from the parts at the moment of a scrape.
import { Counter, Gauge } from 'prom-client';
import { familyOf } from '../../net/address.ts';
import type { Registry } from '../../runtime/metrics.ts';
import type { Session } from '../plan/bgp.ts';
import type { NodeFacts } from '../plan/node-status.ts';

/** Where the values come from; asked at every scrape. */
export interface MetricsSource {
  /** Of the last pass; undefined before the first. */
  facts(): NodeFacts | undefined;
  counters(): Promise<readonly Session[]>;
  /** Failed effects since the start, by what failed. */
  errors(): ReadonlyMap<string, number>;
  /** Of the proxy's last report, in ms; undefined before the first. */
  reportAgeMs(): number | undefined;
}

/** Adds the speaker's metrics to the registry. */
export function registerMetrics(source: MetricsSource, registry: Registry): void {
  registry.registerMetric(
    new Gauge({
      name: 'fairlead_speaker_announced_prefixes',
      help: 'Host routes that the BGP daemon of this node holds.',
      labelNames: ['family'],
      registers: [],
      collect() {
        const announced = source.facts()?.announced ?? [];
        for (const family of ['IPv4', 'IPv6'] as const)
          this.set({ family }, announced.filter((address) => familyOf(address) === family).length);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'fairlead_speaker_withheld_addresses',
      help: 'Addresses that this node does not announce, by reason.',
      labelNames: ['reason'],
      registers: [],
      collect() {
        this.reset();
        for (const verdict of source.facts()?.verdicts ?? [])
          if (verdict.kind === 'withhold') this.inc({ reason: verdict.reason });
      },
    }),
  );
  registerSessionMetrics(source, registry);
  registerHealthMetrics(source, registry);
}

function registerSessionMetrics(source: MetricsSource, registry: Registry): void {
  registry.registerMetric(
    new Gauge({
      name: 'fairlead_speaker_session_up',
      help: '1 while the BGP session with the peer is established.',
      labelNames: ['peer'],
      registers: [],
      collect() {
        this.reset();
        for (const [peer, { state }] of source.facts()?.sessions ?? [])
          this.set({ peer }, state === 'Established' ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'fairlead_speaker_bgp_updates_sent_total',
      help: 'UPDATE messages that the BGP daemon sent to the peer.',
      labelNames: ['peer'],
      registers: [],
      async collect() {
        this.reset();
        for (const { address, updatesSent } of await source.counters()) this.inc({ peer: address }, updatesSent);
      },
    }),
  );
}

function registerHealthMetrics(source: MetricsSource, registry: Registry): void {
  registry.registerMetric(
    new Counter({
      name: 'fairlead_speaker_effect_errors_total',
      help: 'Failed attempts to change something outside, by what failed.',
      labelNames: ['effect'],
      registers: [],
      collect() {
        this.reset();
        for (const [effect, count] of source.errors()) this.inc({ effect }, count);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: 'fairlead_speaker_serving_report_age_seconds',
      help: "Time since the proxy's last serving report; absent before the first.",
      registers: [],
      collect() {
        this.reset();
        const age = source.reportAgeMs();
        if (age !== undefined) this.set(age / 1000);
      },
    }),
  );
}
