// Events are one store with two faces: v1, which is how they are kept, and events.k8s.io/v1.
import { type Json, type JsonObject } from '../../json.ts';

/** Field of v1 to field of events.k8s.io/v1. */
const NEW_NAMES: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
};
const OLD_NAMES = Object.fromEntries(Object.entries(NEW_NAMES).map(([old, fresh]) => [fresh, old]));

export function eventFromStorage(event: JsonObject): JsonObject {
  return { ...rename(event, NEW_NAMES), apiVersion: 'events.k8s.io/v1' };
}

export function eventToStorage(event: JsonObject): JsonObject {
  return { ...rename(event, OLD_NAMES), apiVersion: 'v1' };
}

function rename(object: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]): [string, Json] => [names[key] ?? key, value]));
}
