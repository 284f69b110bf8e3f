// Certificates by key, and the one that a TLS client is shown.
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { CertificateBundle, CertificateKey } from '../../plan/routing-table.ts';

interface Loaded {
  readonly bundle: CertificateBundle;
  readonly leaf: X509Certificate;
}

/**
 * Holds the certificates of a worker. A replaced certificate is shown in the next handshake; connections that exist
 * are not touched.
 */
export class Certificates {
  readonly #loaded = new Map<CertificateKey, Loaded>();
  readonly #contexts = new Map<CertificateKey, SecureContext>();
  #onChange: (() => void)[] = [];

  /** Takes over changed certificates and forgets removed ones. */
  update(changed: readonly CertificateBundle[], removed: readonly CertificateKey[]): void {
    for (const bundle of changed) {
      this.#loaded.set(bundle.key, { bundle, leaf: new X509Certificate(bundle.certificatePem) });
    }
    for (const key of removed) this.#loaded.delete(key);
    this.#contexts.clear();
    for (const listener of this.#onChange) listener();
  }

  /** Calls `listener` after each update, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#onChange.push(listener);
    return () => {
      this.#onChange = this.#onChange.filter((other) => other !== listener);
    };
  }

  /**
   * The context for a server name among a listener's certificates: the first that covers the name, else the first.
   * Undefined when none is there. Throws when OpenSSL will not have it (a weak key).
   */
  contextFor(keys: readonly CertificateKey[], serverName: string | undefined): SecureContext | undefined {
    const bundle = this.bundleFor(keys, serverName);
    if (bundle === undefined) return undefined;
    const known = this.#contexts.get(bundle.key);
    if (known !== undefined) return known;
    const context = createSecureContext(contextOptions(bundle));
    this.#contexts.set(bundle.key, context);
    return context;
  }

  /**
   * The certificate behind contextFor. One, not an ECDSA and an RSA one side by side: of a context that an SNICallback
   * hands over, node:tls uses the last certificate only.
   */
  bundleFor(keys: readonly CertificateKey[], serverName: string | undefined): CertificateBundle | undefined {
    const present = keys.flatMap((key) => this.#loaded.get(key) ?? []);
    const covering = serverName === undefined ? undefined : present.find(({ leaf }) => covers(leaf, serverName));
    return (covering ?? present[0])?.bundle;
  }
}

/** Options of a context or server that shows this certificate, or none. */
export function contextOptions(bundle: CertificateBundle | undefined): SecureContextOptions {
  if (bundle === undefined) return { minVersion: 'TLSv1.2' };
  return { cert: bundle.certificatePem, key: bundle.privateKeyPem, minVersion: 'TLSv1.2' };
}

function covers(leaf: X509Certificate, serverName: string): boolean {
  return leaf.checkHost(serverName) !== undefined;
}
