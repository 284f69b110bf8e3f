// From changes of the store to the events that one watcher sees.
import type { JsonObject } from '../json.ts';
import { withMetadata } from '../object.ts';
import type { Scope } from '../reads/list.ts';
import type { Change } from '../storage/journal.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: JsonObject;
}

/**
 * What a change means to a watcher of this scope: an object that comes to match is ADDED, one that stops matching is
 * DELETED (in its last matching state, with the revision of the change), the rest is invisible.
 */
export function eventOf(change: Change, { kind, matches }: Scope): WatchEvent | undefined {
  if (change.resource !== kind.storage) return undefined;
  const object = kind.fromStorage(change.object);
  const previous = change.previous === undefined ? undefined : kind.fromStorage(change.previous);
  const did = previous !== undefined && matches(previous);
  const does = change.type !== 'DELETED' && matches(object);
  if (does) return { type: did ? 'MODIFIED' : 'ADDED', object };
  if (!did) return undefined;
  if (change.type === 'DELETED') return { type: 'DELETED', object };
  return { type: 'DELETED', object: withMetadata(previous, 'resourceVersion', String(change.revision)) };
}

/** "You have seen everything up to this revision." */
export function bookmarkOf({ kind }: Scope, revision: number, annotations?: JsonObject): WatchEvent {
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const metadata = {
    resourceVersion: String(revision),
    creationTimestamp: null,
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { type: 'BOOKMARK', object: { kind: kind.kind, apiVersion, metadata } };
}
