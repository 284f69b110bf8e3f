// Keeps a store equal to what the API server has of one kind, through every way in which that can break.
import type { KindRow } from '../api/kinds.ts';
import { type KubeObject, objectKey } from '../api/meta.ts';
import { backoff } from '../runtime/backoff.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { pause } from '../runtime/sleep.ts';
import { ApiError, ApiProtocolError, isApiStatus } from './api-error.ts';
import type { KubeApi, Query } from './client.ts';
import { listPages } from './list-pages.ts';
import type { ObjectStore, Refusal } from './object-store.ts';
import { readRawObject, readResourceVersion } from './raw-object.ts';
import { collectionPath } from './resource-path.ts';
import type { WatchEvent } from './watch-event.ts';

export interface ListWatchOptions<T extends KubeObject> {
  readonly client: KubeApi;
  readonly kind: KindRow<T>;
  readonly store: ObjectStore<T>;
  /** Called after each change that mattered, and once after the first list. Must not throw. */
  readonly onChange: () => void;
  readonly log: Logger;
  /** Only this namespace; all when absent. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** How long the server shall keep a watch open; silence beyond it is a dead connection. */
  readonly watchSeconds?: number;
  readonly maxBackoffMs?: number;
  readonly clock?: Clock;
}

/** Where a list-watch stands, for the debug socket. */
export type ListWatchState =
  | { readonly kind: 'listing' }
  | { readonly kind: 'watching'; readonly since: number }
  | { readonly kind: 'waiting'; readonly error: string };

/** After so many failed resumptions the resourceVersion itself is under suspicion: list again. */
const RESUME_TRIES = 3;
/** A watch that ends sooner, without an event, counts as a failure, or we would spin. */
const SHORT_WATCH_MS = 1000;

export class ListWatch<T extends KubeObject> {
  /** Resolves after the first complete list, and when `run` ends. */
  readonly synced: Promise<void>;
  readonly #options: ListWatchOptions<T>;
  readonly #clock: Clock;
  readonly #markSynced: () => void;
  #hasSynced = false;
  #failures = 0;
  #resourceVersion: string | undefined;
  #state: ListWatchState = { kind: 'listing' };

  constructor(options: ListWatchOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#markSynced = resolve;
  }

  get state(): ListWatchState {
    return this.#state;
  }

  /** Lists and watches until the signal aborts. Never rejects: every failure ends in a wait and another try. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#resourceVersion ??= await this.#list(signal);
        await this.#watch(this.#resourceVersion, signal);
      } catch (error) {
        await this.#recover(error, signal);
      }
    }
    this.#markSynced();
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { client, store, kind, namespace } = this.#options;
    this.#state = { kind: 'listing' };
    const objects: T[] = [];
    const refusals: Refusal[] = [];
    const path = collectionPath(kind, namespace);
    const resourceVersion = await listPages({ client, path, query: this.#selectors() }, signal, (items) => {
      for (const item of items) this.#sort(item, { objects, refusals });
    });
    const mattered = store.replace(objects, refusals);
    this.#firstListIsComplete(mattered);
    return resourceVersion;
  }

  #firstListIsComplete(mattered: boolean): void {
    const isFirst = !this.#hasSynced;
    this.#hasSynced = true;
    if (isFirst || mattered) this.#options.onChange();
    this.#markSynced();
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, kind, namespace, watchSeconds = 60 } = this.#options;
    const openedAt = this.#clock.monotonic();
    this.#state = { kind: 'watching', since: this.#clock.now() };
    const events = client.watch(
      collectionPath(kind, namespace),
      { ...this.#selectors(), resourceVersion, allowWatchBookmarks: true, timeoutSeconds: watchSeconds },
      signal,
    );
    let sawEvents = false;
    for await (const event of events) {
      this.#take(event);
      sawEvents = true;
      this.#failures = 0;
    }
    if (!sawEvents && this.#clock.monotonic() - openedAt < SHORT_WATCH_MS) {
      throw new ApiProtocolError('the API server ended the watch at once');
    }
    this.#failures = 0;
  }

  #take(event: WatchEvent): void {
    if (event.type !== 'BOOKMARK' && this.#changeStore(event)) this.#options.onChange();
    this.#resourceVersion = readResourceVersion(event.object) ?? this.#resourceVersion;
  }

  #changeStore({ type, object }: WatchEvent): boolean {
    const { store } = this.#options;
    if (type === 'DELETED') {
      const raw = readRawObject(object);
      if (raw === undefined) throw new ApiProtocolError('a DELETED event without an object');
      return store.remove(objectKey(raw.metadata.namespace, raw.metadata.name), raw.metadata.resourceVersion);
    }
    const objects: T[] = [];
    const refusals: Refusal[] = [];
    this.#sort(object, { objects, refusals });
    return (
      objects.map((one) => store.upsert(one)).includes(true) || refusals.map((one) => store.refuse(one)).includes(true)
    );
  }

  /** Parses an item into one of the two lists. What has no name is no object and is left out, with a line in the log. */
  #sort(item: unknown, into: { readonly objects: T[]; readonly refusals: Refusal[] }): void {
    const { kind, log } = this.#options;
    const typed = typeof item === 'object' ? { ...item, kind: kind.kind, apiVersion: kind.apiVersion } : item;
    const parsed = kind.parse(typed);
    if (parsed.ok) return void into.objects.push(parsed.value);
    const raw = readRawObject(item);
    if (raw === undefined) return log.warn({ kind: kind.kind }, 'the API server sent an object without a name');
    const { name, namespace, uid, resourceVersion } = raw.metadata;
    const key = objectKey(namespace, name);
    log.warn({ kind: kind.kind, object: key, errors: parsed.errors }, 'object refused');
    into.refusals.push({ kind: kind.kind, key, uid, resourceVersion, errors: parsed.errors });
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { kind, log, maxBackoffMs = 30_000 } = this.#options;
    const text = Error.isError(error) ? error.message : String(error);
    this.#failures++;
    if (mustRelist(error) || this.#failures >= RESUME_TRIES) this.#resourceVersion = undefined;
    if (isApiStatus(error, 404) && !this.#hasSynced) this.#firstListIsComplete(false);
    this.#state = { kind: 'waiting', error: text };
    const retryAfterMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const waitMs = Math.max(backoff(this.#failures - 1, { maxMs: maxBackoffMs }), retryAfterMs);
    log.warn(
      { kind: kind.kind, error: text, waitMs, relist: this.#resourceVersion === undefined },
      'list-watch broken',
    );
    await pause(waitMs, signal);
  }

  #selectors(): Query {
    const { labelSelector, fieldSelector } = this.#options;
    return { labelSelector, fieldSelector };
  }
}

/** 410: our resourceVersion is compacted away. Garbage: resuming would only meet it again. */
function mustRelist(error: unknown): boolean {
  return isApiStatus(error, 410) || error instanceof ApiProtocolError;
}
