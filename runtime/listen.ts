import { once } from 'node:events';
import type { ListenOptions, Server } from 'node:net';

/** Listens and closes again when the signal aborts. Rejects with the system's error (`code`) when it cannot listen. */
export async function listen(server: Server, where: ListenOptions, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const listening = once(server, 'listening');
  server.listen(where);
  await listening;
  signal.addEventListener('abort', () => server.close(), { once: true });
  if (signal.aborted) server.close();
}
