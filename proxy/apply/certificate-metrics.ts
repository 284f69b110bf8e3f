// When the certificates that are shown to clients end.
import { Gauge, type Registry } from 'prom-client';

export const CERTIFICATE_EXPIRY = 'certificate_expiry_seconds';

/** A certificate in use. */
export interface CertificateEnd {
  /** `namespace/name` of its Secret. */
  readonly secret: string;
  /** In ms since the epoch. */
  readonly expiresAt: number;
}

/** Registers `fairlead_proxy_certificate_expiry_seconds{secret}`, asked for when it is scraped. */
export function registerCertificateMetrics(registry: Registry, ends: () => readonly CertificateEnd[]): void {
  const gauge = new Gauge({
    name: `fairlead_proxy_${CERTIFICATE_EXPIRY}`,
    help: 'When the certificate of a Secret ends, in seconds since the epoch',
    labelNames: ['secret'],
    registers: [],
    collect() {
      this.reset();
      for (const { secret, expiresAt } of ends()) this.set({ secret }, expiresAt / 1000);
    },
  });
  registry.registerMetric(gauge);
}
