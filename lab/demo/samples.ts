// The manifests of the demonstration and what is in them.
import { join } from 'node:path';
import { productFolder } from '../state.ts';

export const HOST = 'shop.example.test';
export const INGRESS_HOST = 'legacy.example.test';
/** The first address of the pool: no other Gateway or Service asks for one. */
export const ADDRESS = '203.0.113.0';

export function samplesFolder(): string {
  return join(productFolder(), 'config/samples/first-light');
}

/** The CA that signed the certificate of the samples. */
export function caFile(): string {
  return join(samplesFolder(), 'test-certificates/ca.crt');
}
