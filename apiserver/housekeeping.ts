// Once a minute: changes that nobody will ask for any more are forgotten, old Events go.
import type { Logger } from '../runtime/logger.ts';
import { expireEvents } from './gc/expire-events.ts';
import type { Store } from './storage/store.ts';

const EVERY_MS = 60_000;
/** A watch may come back after this long and miss nothing. */
const KEEP_CHANGES_MS = 300_000;

interface Mark {
  readonly at: number;
  readonly revision: number;
}

/** Starts it; dispose to stop. What fails is logged and tried again a minute later. */
export function keepHouse(store: Store, log: Logger): Disposable {
  const compact = compaction(store);
  const run = async (): Promise<void> => {
    // Not the time of day: a clock that is set must neither forget early nor keep for hours.
    compact(performance.now());
    await expireEvents(store, Date.now());
  };
  const timer = setInterval(() => {
    run().catch((error: unknown) => {
      log.warn({ err: error }, 'old changes and events stay until they can be removed');
    });
  }, EVERY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Call it from time to time: it forgets what was already old when it was called long enough ago. */
export function compaction(store: Store): (nowMs: number) => void {
  const marks: Mark[] = [];
  return (nowMs) => {
    marks.push({ at: nowMs, revision: store.revision });
    const old = marks.filter(({ at }) => at <= nowMs - KEEP_CHANGES_MS);
    const newest = old.at(-1);
    if (newest === undefined) return;
    store.compact(newest.revision);
    marks.splice(0, old.length);
  };
}
