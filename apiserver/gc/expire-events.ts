// Events are news: an hour after they last happened they go, as on a real server.
import type { JsonObject } from '../json.ts';
import { stringAt } from '../json.ts';
import type { Store } from '../storage/store.ts';

const EVENT_LIFE_MS = 3_600_000;

/** Removes the Events that have not happened for an hour. Throws JournalError. */
export function expireEvents(store: Store, nowMs: number): void {
  for (const event of store.list('events').items)
    if (lastTimeOf(event) < nowMs - EVENT_LIFE_MS) store.delete('events', event);
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
