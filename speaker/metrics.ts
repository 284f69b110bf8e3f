// What Prometheus sees of a speaker: read from the parts at the moment of a scrape.
import { Counter, Gauge } from 'prom-client';
import { familyOf } from '../net/address.ts';
import type { Registry } from '../runtime/metrics.ts';
import type { NodeSpeaker } from './node-speaker.ts';

/** Adds the speaker's metrics to the registry. */
export function registerMetrics(speaker: NodeSpeaker, registry: Registry): void {
  registry.registerMetric(
    new Gauge({
      name: 'fairlead_speaker_announced_prefixes',
      help: 'Host routes that the BGP daemon of this node holds.',
      labelNames: ['family'],
      registers: [],
      collect() {
        const announced = speaker.converger.last?.facts.announced ?? [];
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
        for (const verdict of speaker.converger.last?.facts.verdicts ?? [])
          if (verdict.kind === 'withhold') this.inc({ reason: verdict.reason });
      },
    }),
  );
  registerSessionMetrics(speaker, registry);
  registerHealthMetrics(speaker, registry);
}

function registerSessionMetrics(speaker: NodeSpeaker, registry: Registry): void {
  registry.registerMetric(
    new Gauge({
      name: 'fairlead_speaker_session_up',
      help: '1 while the BGP session with the peer is established.',
      labelNames: ['peer'],
      registers: [],
      collect() {
        this.reset();
        for (const [peer, { state }] of speaker.engine.sessions) this.set({ peer }, state === 'Established' ? 1 : 0);
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
        for (const { address, updatesSent } of await speaker.engine.counters())
          this.inc({ peer: address }, updatesSent);
      },
    }),
  );
}

function registerHealthMetrics(speaker: NodeSpeaker, registry: Registry): void {
  registry.registerMetric(
    new Counter({
      name: 'fairlead_speaker_effect_errors_total',
      help: 'Failed attempts to change something outside, by what failed.',
      labelNames: ['effect'],
      registers: [],
      collect() {
        this.reset();
        for (const [effect, count] of speaker.converger.errors) this.inc({ effect }, count);
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
        const age = speaker.reader.ageMs();
        if (age !== undefined) this.set(age / 1000);
      },
    }),
  );
}
