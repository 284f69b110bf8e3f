// What the store needs of a disk: every change is written down before it is acknowledged, and can be read back.
import type { JsonObject } from '../json.ts';

/** One change of one object. `object` is its new state, or its last one when it was deleted. */
export interface Change {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
  /** The state before; undefined for ADDED. */
  readonly previous: JsonObject | undefined;
}

export interface JournalContent {
  /** The oldest revision from which changes can still be replayed. */
  readonly compacted: number;
  readonly revision: number;
  /** Every object as it is now. */
  readonly objects: readonly { readonly resource: string; readonly object: JsonObject }[];
  /** Changes after `compacted`, oldest first. */
  readonly changes: readonly Change[];
}

/** Raised when a change could not be made durable. Nothing of it is kept. */
export class JournalError extends Error {
  readonly code: 'DISK_FULL' | 'IO';

  constructor(code: 'DISK_FULL' | 'IO', message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'JournalError';
    this.code = code;
  }
}

export interface Journal {
  load(): JournalContent;
  /** Durable when it returns; throws JournalError otherwise. */
  append(change: Change): void;
  /** Forgets changes up to and including that revision. */
  compact(revision: number): void;
  close(): void;
}

/** A journal that keeps nothing: for tests and throw-away servers. */
export function memoryJournal(): Journal {
  return {
    load: () => ({ compacted: 0, revision: 0, objects: [], changes: [] }),
    append: () => {},
    compact: () => {},
    close: () => {},
  };
}
