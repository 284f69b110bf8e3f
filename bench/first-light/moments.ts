import { ApiError } from '../../kube/api-error.ts';
import type { KubeClient } from '../../kube/client.ts';
import { sleep } from '../../runtime/sleep.ts';

/** The clock that all processes of the machine share, in ms since the epoch. */
export function now(): number {
  return Date.now();
}

/** Resolves when the object is no longer there. */
export async function fetchGone(client: KubeClient, path: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await client.request('GET', path, { signal });
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return;
      throw error;
    }
    await sleep(20, signal);
  }
}
