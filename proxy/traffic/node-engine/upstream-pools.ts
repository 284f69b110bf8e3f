import { isIPv6 } from 'node:net';
import { Pool } from 'undici';
import type { Endpoint } from '../../plan/routing-table.ts';
import type { TrafficSettings } from '../traffic-settings.ts';

/** Shorter than the idle timeout of most servers, so that we rarely send on a connection that is just being closed. */
const UPSTREAM_KEEP_ALIVE_MS = 15_000;
const MAX_ANSWER_HEAD_BYTES = 65_536;

/** Kept-alive connections to endpoints, a pool for each. */
export class UpstreamPools {
  readonly #pools = new Map<string, Pool>();
  readonly #settings: TrafficSettings;

  constructor(settings: TrafficSettings) {
    this.#settings = settings;
  }

  poolOf(endpoint: Endpoint): Pool {
    const origin = originOf(endpoint);
    const present = this.#pools.get(origin);
    if (present !== undefined) return present;
    const pool = new Pool(origin, {
      connections: null,
      pipelining: 1,
      allowH2: false,
      connect: { timeout: this.#settings.connectTimeoutMs },
      headersTimeout: this.#settings.upstreamIdleMs,
      bodyTimeout: this.#settings.upstreamIdleMs,
      keepAliveTimeout: UPSTREAM_KEEP_ALIVE_MS,
      keepAliveMaxTimeout: UPSTREAM_KEEP_ALIVE_MS,
      maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
    });
    this.#pools.set(origin, pool);
    return pool;
  }

  /** Closes the pools of endpoints that are not in the list, each when its last request has ended. */
  keepOnly(endpoints: readonly Endpoint[]): void {
    const kept = new Set(endpoints.map(originOf));
    for (const [origin, pool] of this.#pools) {
      if (kept.has(origin)) continue;
      this.#pools.delete(origin);
      // Rejects only when it is destroyed meanwhile, which is another way to be closed.
      pool.close().catch(() => {});
    }
  }
}

/** `address:port` as in a URL. */
export function endpointName({ address, port }: Endpoint): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

function originOf(endpoint: Endpoint): string {
  return `http://${endpointName(endpoint)}`;
}
