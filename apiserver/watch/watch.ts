// One watch: what happened since, what happens now, bookmarks in quiet times, and an orderly end.
import type { RequestQuery } from '../http/query.ts';
import { parseRevision, revisionStatus, type Scope } from '../reads/list.ts';
import { badRequest, statusOf } from '../status-error.ts';
import type { Change } from '../storage/journal.ts';
import { RevisionError, type Store } from '../storage/store.ts';
import { bookmarkOf, eventOf, type WatchEvent } from './watch-events.ts';

const BOOKMARK_EVERY_MS = 60_000;
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/** Where events go. */
export interface WatchSink {
  /** False when the client cannot keep up and the watch must end. */
  send(event: WatchEvent): boolean;
  /** Waits until the client has taken what was sent; undefined when it has. Rejects when aborted. */
  ready(signal: AbortSignal): Promise<unknown> | undefined;
}

interface Watched {
  readonly store: Store;
  readonly scope: Scope;
  readonly query: RequestQuery;
}

/** Resolves when the watch is over: time is up, the client is gone (signal), or it cannot go on. Throws 400. */
export async function watch(watched: Watched, sink: WatchSink, signal: AbortSignal): Promise<void> {
  const { store, scope, query } = watched;
  const start = parseRevision(query.resourceVersion);
  checkInitialEvents(query);
  const end = new AbortController();
  using held = new DisposableStack();
  held.adopt(
    setTimeout(() => end.abort(), timeoutMs(query)),
    clearTimeout,
  );
  const over = AbortSignal.any([signal, end.signal]);
  const send = (event: WatchEvent): void => {
    if (!sink.send(event)) end.abort();
  };
  let sent = start ?? 0;
  const bookmark = (): void => {
    sent = store.revision;
    send(bookmarkOf(scope, sent));
  };
  try {
    held.use(await catchUp(watched, start, { send, ready: () => sink.ready(over) }));
    if (query.allowWatchBookmarks) held.adopt(setInterval(bookmark, BOOKMARK_EVERY_MS).unref(), clearInterval);
    await aborted(over);
    if (query.allowWatchBookmarks && !signal.aborted && store.revision > sent) bookmark();
  } catch (error) {
    if (error instanceof RevisionError) send({ type: 'ERROR', object: statusOf(revisionStatus(error)) });
    else if (!over.aborted) throw error;
  }
}

interface Output {
  readonly send: (event: WatchEvent) => void;
  readonly ready: () => Promise<unknown> | undefined;
}

/**
 * Sends what is there, or what happened since the start, no faster than the client takes it; then follows. What happens
 * meanwhile waits in the store, not in memory of this watch. Throws RevisionError when it is forgotten by then.
 */
async function catchUp(
  { store, scope, query }: Watched,
  start: number | undefined,
  output: Output,
): Promise<Disposable> {
  const { send, ready } = output;
  let reached = start ?? 0;
  if (query.sendInitialEvents || reached === 0) {
    const { items, revision } = store.list(scope.kind.storage);
    for (const item of items) {
      const object = scope.kind.fromStorage(item);
      if (!scope.matches(object)) continue;
      send({ type: 'ADDED', object });
      await ready();
    }
    reached = revision;
    if (query.sendInitialEvents && query.allowWatchBookmarks) send(bookmarkOf(scope, reached, INITIAL_EVENTS_END));
  }
  const tell = (change: Change): void => {
    const event = eventOf(change, scope);
    if (event !== undefined) send(event);
  };
  for (;;) {
    const changes = store.changesSince(reached);
    // In the same turn: nothing is missed in between.
    if (changes.length === 0) return { [Symbol.dispose]: store.subscribe(tell) };
    for (const change of changes) {
      tell(change);
      reached = change.revision;
      await ready();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}

function checkInitialEvents({ sendInitialEvents, resourceVersionMatch }: RequestQuery): void {
  if (sendInitialEvents && resourceVersionMatch !== 'NotOlderThan')
    throw badRequest('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (!sendInitialEvents && resourceVersionMatch !== '')
    throw badRequest('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
}

/** As long as the client asks; else half an hour to an hour, so that not all clients return at once. */
function timeoutMs({ timeoutSeconds }: RequestQuery): number {
  if (timeoutSeconds !== undefined && timeoutSeconds > 0) return Math.min(timeoutSeconds * 1000, 2_000_000_000);
  return 1_800_000 * (1 + Math.random());
}
