import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../runtime/clock.ts';
import type { ClusterAccess, TlsMaterial } from './access.ts';

/** Certificates are renewed days before they expire: a minute of cache is safe. */
const CACHE_MS = 60_000;

/**
 * TLS material from files that others rotate: read again each minute, and after the server refused us. While it cannot
 * be read (a rotation is half done) what was read last stays. Rejects with what `read` throws when the first reading fails.
 */
export async function tlsFiles(
  read: () => Promise<TlsMaterial>,
  clock: Clock,
): Promise<Pick<ClusterAccess, 'tls' | 'forget'>> {
  let known = await read();
  let readAt = clock.monotonic();
  return {
    async tls() {
      if (clock.monotonic() - readAt <= CACHE_MS) return known;
      readAt = clock.monotonic();
      const found = await read().catch(() => known);
      if (!isDeepStrictEqual(found, known)) known = found;
      return known;
    },
    forget() {
      readAt = Number.NEGATIVE_INFINITY;
    },
  };
}
