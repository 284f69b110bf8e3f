// Certificates by key, and the one that a TLS client is shown.
import { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { CertificateBundle, CertificateKey } from '../../plan/routing-table.ts';

interface Loaded {
  readonly bundle: CertificateBundle;
  readonly leaf: X509Certificate;
}

/** Server names come from clients: no more than this many answers are remembered. */
const MAX_REMEMBERED = 4096;

/**
 * Holds the certificates of a worker. A replaced certificate is shown in the next handshake; connections that exist
 * are not touched.
 */
export class Certificates {
  readonly #loaded = new Map<CertificateKey, Loaded>();
  readonly #contexts = new Map<string, SecureContext>();
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
   * The context for a server name among a listener's certificates: those that cover the name, else the first. One of
   * each key type is loaded, so that clients get ECDSA or RSA as they like. Undefined when none is there.
   */
  contextFor(keys: readonly CertificateKey[], serverName: string | undefined): SecureContext | undefined {
    const id = `${serverName ?? ''} ${keys.join(' ')}`;
    const known = this.#contexts.get(id);
    if (known !== undefined) return known;
    const bundles = this.pemsFor(keys, serverName);
    if (bundles.length === 0) return undefined;
    const context = createSecureContext(contextOptions(bundles));
    if (this.#contexts.size >= MAX_REMEMBERED) this.#contexts.clear();
    this.#contexts.set(id, context);
    return context;
  }

  /** The certificates behind contextFor. */
  pemsFor(keys: readonly CertificateKey[], serverName: string | undefined): readonly CertificateBundle[] {
    const present = keys.flatMap((key) => this.#loaded.get(key) ?? []);
    const covering = serverName === undefined ? [] : present.filter(({ leaf }) => covers(leaf, serverName));
    const preferred = covering.length > 0 ? covering : present.slice(0, 1);
    return oneOfEachKeyType(preferred).map(({ bundle }) => bundle);
  }
}

/** Options of a context or server that shows these certificates. */
export function contextOptions(bundles: readonly CertificateBundle[]): {
  cert: string[];
  key: string[];
  minVersion: 'TLSv1.2';
} {
  return {
    cert: bundles.map(({ certificatePem }) => certificatePem),
    key: bundles.map(({ privateKeyPem }) => privateKeyPem),
    minVersion: 'TLSv1.2',
  };
}

function covers(leaf: X509Certificate, serverName: string): boolean {
  return leaf.checkHost(serverName) !== undefined;
}

function oneOfEachKeyType(candidates: readonly Loaded[]): readonly Loaded[] {
  const typeOf = ({ leaf }: Loaded): string | undefined => leaf.publicKey.asymmetricKeyType;
  return candidates.filter((one, index) => candidates.findIndex((other) => typeOf(other) === typeOf(one)) === index);
}
