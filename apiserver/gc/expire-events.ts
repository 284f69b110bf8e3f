// Events are news: an hour after they last happened they go, as on a real server.
import type { JsonObject } from '../json.ts';
import { stringAt } from '../json.ts';
import { nameOf, namespaceOf } from '../object.ts';
import type { Store } from '../storage/store.ts';
import { inTurns } from '../turns.ts';

const EVENT_LIFE_MS = 3_600_000;

/** Removes the Events that have not happened for an hour. Rejects with JournalError. */
export async function expireEvents(store: Store, nowMs: number): Promise<void> {
  const old = store.list('events').items.filter((event) => lastTimeOf(event) < nowMs - EVENT_LIFE_MS);
  await inTurns(old, (event) => {
    // It may have happened again, or have been deleted, since the turn before.
    if (store.get('events', namespaceOf(event), nameOf(event)) === event) store.delete('events', event);
  });
}

function lastTimeOf(event: JsonObject): number {
  const times = [
    stringAt(event, 'series', 'lastObservedTime'),
    stringAt(event, 'lastTimestamp'),
    stringAt(event, 'eventTime'),
    stringAt(event, 'metadata', 'creationTimestamp'),
  ];
  return Math.max(...times.map((time) => (time === undefined ? 0 : Date.parse(time) || 0)));
}
