// Certificates of test/support/tls: an own CA (its key was thrown away) and leaves that are good for a hundred years.
// `weak` has a key of 1024 bits, which can be read and is no good for TLS.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', 'tls');

export type LeafName = 'shop' | 'shop-rsa' | 'shop-renewed' | 'wildcard' | 'weak';

export const testCa = (): string => readFileSync(join(FOLDER, 'ca.crt'), 'utf8');

export function leafPem(name: LeafName): { readonly certificatePem: string; readonly privateKeyPem: string } {
  return {
    certificatePem: readFileSync(join(FOLDER, `${name}.crt`), 'utf8'),
    privateKeyPem: readFileSync(join(FOLDER, `${name}.key`), 'utf8'),
  };
}

/** The data of a kubernetes.io/tls Secret. */
export function tlsSecretData(name: LeafName): { readonly 'tls.crt': string; readonly 'tls.key': string } {
  const { certificatePem, privateKeyPem } = leafPem(name);
  return {
    'tls.crt': Buffer.from(certificatePem).toString('base64'),
    'tls.key': Buffer.from(privateKeyPem).toString('base64'),
  };
}

/** A loopback address that no other test uses: 127.a.b.c. */
export function freshLoopback(): string {
  const part = (): number => 2 + Math.floor(Math.random() * 250);
  return `127.${part()}.${part()}.${part()}`;
}
