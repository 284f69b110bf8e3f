import { readFile } from 'node:fs/promises';
import type { Clock } from '../runtime/clock.ts';
import type { ClusterAccess } from './access.ts';

/** As client-go: a projected token is rotated long before it expires, so a minute of cache is safe. */
const CACHE_MS = 60_000;

/** Credentials from a token file that others rotate: read again each minute, and after the server refused it. */
export function tokenFile(path: string, clock: Clock): Pick<ClusterAccess, 'authorization' | 'forget'> {
  let cached: { readonly header: string; readonly readAt: number } | undefined;
  return {
    async authorization() {
      if (cached === undefined || clock.monotonic() - cached.readAt > CACHE_MS) {
        cached = { header: `Bearer ${(await readFile(path, 'utf8')).trim()}`, readAt: clock.monotonic() };
      }
      return cached.header;
    },
    forget() {
      cached = undefined;
    },
  };
}
