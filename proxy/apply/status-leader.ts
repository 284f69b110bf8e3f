// The duties of the one proxy that holds the lease: to write what the objects' status shall say.
import type { StatusPatch } from '../../kube/status-writer.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ReconcileLoop } from '../../runtime/reconcile-loop.ts';
import type { ProxyEvent } from '../plan/events.ts';

export interface StatusLeaderOptions {
  /** Writes what differs. */
  readonly write: (patches: readonly StatusPatch[], signal: AbortSignal) => Promise<void>;
  readonly record: (event: ProxyEvent) => void;
  readonly log: Logger;
}

export class StatusLeader {
  readonly #options: StatusLeaderOptions;
  #patches: readonly StatusPatch[] = [];
  #events: readonly ProxyEvent[] = [];
  #recorded: ReadonlySet<string> = new Set();
  #loop: ReconcileLoop | undefined;

  constructor(options: StatusLeaderOptions) {
    this.#options = options;
  }

  /** What shall be written from now on, by us when we lead; later values replace earlier ones that were not written. */
  set(patches: readonly StatusPatch[], events: readonly ProxyEvent[]): void {
    this.#patches = patches;
    this.#events = events;
    this.#loop?.wake();
  }

  /** Writes until the signal aborts: run it while the lease is held. */
  async lead(signal: AbortSignal): Promise<void> {
    const { write, record, log } = this.#options;
    const loop = new ReconcileLoop({
      settleMs: 0,
      reconcile: async (pass) => {
        this.#recordNew(record);
        await write(this.#patches, pass);
      },
      onError: (error) => log.warn({ err: error }, 'status could not be written: trying again'),
    });
    this.#loop = loop;
    loop.wake();
    await loop.run(signal);
    this.#loop = undefined;
  }

  /** What was wrong before is no news. What has healed and broken again is. */
  #recordNew(record: (event: ProxyEvent) => void): void {
    const known = this.#recorded;
    for (const event of this.#events) if (!known.has(JSON.stringify(event))) record(event);
    this.#recorded = new Set(this.#events.map((event) => JSON.stringify(event)));
  }
}
