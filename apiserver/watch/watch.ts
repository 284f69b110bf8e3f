// One watch: what happened since, what happens now, bookmarks in quiet times, and an orderly end.
import type { RequestQuery } from '../http/query.ts';
import { parseRevision, revisionStatus, type Scope } from '../reads/list.ts';
import { badRequest, statusOf } from '../status-error.ts';
import type { Store } from '../storage/store.ts';
import { bookmarkOf, eventOf, type WatchEvent } from './watch-events.ts';

const BOOKMARK_EVERY_MS = 60_000;
const INITIAL_EVENTS_END = { 'k8s.io/initial-events-end': 'true' };

/** Where events go. `send` returns false when the client cannot keep up and the watch must end. */
export interface WatchSink {
  send(event: WatchEvent): boolean;
}

/** Resolves when the watch is over: time is up, the client is gone (signal), or it cannot go on. Throws 400. */
export async function watch(
  { store, scope, query }: { readonly store: Store; readonly scope: Scope; readonly query: RequestQuery },
  sink: WatchSink,
  signal: AbortSignal,
): Promise<void> {
  const start = parseRevision(query.resourceVersion);
  checkInitialEvents(query);
  const ended = Promise.withResolvers<void>();
  let sent = start ?? 0;
  const send = (event: WatchEvent): void => {
    if (!sink.send(event)) ended.resolve();
  };
  const bookmark = (annotations?: typeof INITIAL_EVENTS_END): void => {
    sent = store.revision;
    send(bookmarkOf(scope, sent, annotations));
  };
  const unsubscribe = store.subscribe((change) => {
    const event = eventOf(change, scope);
    if (event !== undefined) send(event);
  });
  const bookmarks = query.allowWatchBookmarks ? setInterval(bookmark, BOOKMARK_EVERY_MS).unref() : undefined;
  const end = setTimeout(ended.resolve, timeoutMs(query));
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  try {
    if (!sendPast({ store, scope, query }, start, send)) return;
    if (query.sendInitialEvents && query.allowWatchBookmarks) bookmark(INITIAL_EVENTS_END);
    await ended.promise;
    if (query.allowWatchBookmarks && !signal.aborted && store.revision > sent) bookmark();
  } finally {
    unsubscribe();
    clearTimeout(end);
    clearInterval(bookmarks);
  }
}

/** Sends what is there, or what happened since the start. False when that moment is forgotten; the client was told. */
function sendPast(
  { store, scope, query }: { readonly store: Store; readonly scope: Scope; readonly query: RequestQuery },
  start: number | undefined,
  send: (event: WatchEvent) => void,
): boolean {
  if (query.sendInitialEvents || start === undefined || start === 0) {
    for (const item of store.list(scope.kind.storage).items) {
      const object = scope.kind.fromStorage(item);
      if (scope.matches(object)) send({ type: 'ADDED', object });
    }
    return true;
  }
  try {
    for (const change of store.changesSince(start)) {
      const event = eventOf(change, scope);
      if (event !== undefined) send(event);
    }
    return true;
  } catch (error) {
    send({ type: 'ERROR', object: statusOf(revisionStatus(error)) });
    return false;
  }
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
