// All objects in memory under one growing revision, with the recent changes, so that a list is one moment, a watch
// begins where a list ended, and an older moment can be seen again while a client pages through it.
import type { JsonObject } from '../json.ts';
import { nameOf, namespaceOf, withMetadata } from '../object.ts';
import type { Change, Journal } from './journal.ts';
import { ObjectTable, orderKey, orderKeyOf } from './object-table.ts';

export interface Snapshot {
  readonly revision: number;
  /** In order of namespace, then name. */
  readonly items: readonly JsonObject[];
}

/** The revision asked for is older than what is kept, or is not there yet. */
export class RevisionError extends Error {
  readonly code: 'COMPACTED' | 'FUTURE';

  constructor(code: 'COMPACTED' | 'FUTURE', message: string) {
    super(message);
    this.name = 'RevisionError';
    this.code = code;
  }
}

export type ChangeListener = (change: Change) => void;

export class Store {
  readonly #journal: Journal;
  readonly #objects = new Map<string, ObjectTable>();
  readonly #listeners = new Set<ChangeListener>();
  #changes: Change[];
  #revision: number;
  #compacted: number;

  constructor(journal: Journal) {
    this.#journal = journal;
    const { compacted, revision, objects, changes } = journal.load();
    this.#compacted = compacted;
    // Revision 1 is the empty store, so that "0" can go on meaning "any" in requests.
    this.#revision = Math.max(1, revision);
    this.#changes = [...changes];
    for (const { resource, object } of objects) this.#tableOf(resource).set(orderKeyOf(object), object);
  }

  get revision(): number {
    return this.#revision;
  }

  /** Changes up to this revision are forgotten. */
  get compacted(): number {
    return this.#compacted;
  }

  get(resource: string, namespace: string, name: string): JsonObject | undefined {
    return this.#objects.get(resource)?.get(orderKey(namespace, name));
  }

  /** How many objects of a resource there are. */
  count(resource: string): number {
    return this.#objects.get(resource)?.size ?? 0;
  }

  /** All resources that hold an object. */
  resources(): readonly string[] {
    return [...this.#objects].filter(([, table]) => table.size > 0).map(([resource]) => resource);
  }

  /** The objects of a resource at one moment, now or an earlier one. Throws RevisionError. */
  list(resource: string, at: number = this.#revision): Snapshot {
    this.#check(at);
    const now = this.#tableOf(resource);
    const later = this.#changes.slice(firstAfter(this.#changes, at)).filter((change) => change.resource === resource);
    if (later.length === 0) return { revision: at, items: now.items() };
    const then = now.copy();
    for (const { namespace, name, previous } of later.toReversed()) {
      if (previous === undefined) then.delete(orderKey(namespace, name));
      else then.set(orderKey(namespace, name), previous);
    }
    return { revision: at, items: then.items() };
  }

  /** Stores an object as it is given, apart from its new resourceVersion. Throws JournalError; then nothing changed. */
  put(resource: string, object: JsonObject): JsonObject {
    const revision = this.#revision + 1;
    const stored = withMetadata(object, 'resourceVersion', String(revision));
    const previous = this.#objects.get(resource)?.get(orderKeyOf(object));
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    this.#commit({ revision, type, resource, ...identityOf(object), object: stored, previous });
    return stored;
  }

  /** Removes an object; its last state, with the revision of the deletion, is what watchers get. */
  delete(resource: string, object: JsonObject): JsonObject {
    const revision = this.#revision + 1;
    const previous = this.#objects.get(resource)?.get(orderKeyOf(object));
    const last = withMetadata(object, 'resourceVersion', String(revision));
    this.#commit({ revision, type: 'DELETED', resource, ...identityOf(object), object: last, previous });
    return last;
  }

  /** Changes after that revision, oldest first. Throws RevisionError when some are forgotten already. */
  changesSince(revision: number): readonly Change[] {
    this.#check(revision);
    return this.#changes.slice(firstAfter(this.#changes, revision));
  }

  /** Calls the listener after each change, in order. Returns how to stop. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets changes up to a revision; older moments and watches from there end with RevisionError. */
  compact(revision: number): void {
    if (revision <= this.#compacted || revision > this.#revision) return;
    this.#journal.compact(revision);
    this.#compacted = revision;
    this.#changes = this.#changes.slice(firstAfter(this.#changes, revision));
  }

  close(): void {
    this.#journal.close();
  }

  #commit(change: Change): void {
    this.#journal.append(change);
    this.#revision = change.revision;
    this.#changes.push(change);
    const key = orderKey(change.namespace, change.name);
    if (change.type === 'DELETED') this.#tableOf(change.resource).delete(key);
    else this.#tableOf(change.resource).set(key, change.object);
    for (const listener of this.#listeners) listener(change);
  }

  #check(revision: number): void {
    if (revision < this.#compacted)
      throw new RevisionError('COMPACTED', `too old resource version: ${revision} (${this.#compacted})`);
    if (revision > this.#revision)
      throw new RevisionError('FUTURE', `Too large resource version: ${revision}, current: ${this.#revision}`);
  }

  #tableOf(resource: string): ObjectTable {
    const known = this.#objects.get(resource);
    if (known !== undefined) return known;
    const table = new ObjectTable();
    this.#objects.set(resource, table);
    return table;
  }
}

function identityOf(object: JsonObject): { readonly namespace: string; readonly name: string } {
  return { namespace: namespaceOf(object), name: nameOf(object) };
}

/** Index of the first change after that revision, by halving: revisions only grow. */
function firstAfter(changes: readonly Change[], revision: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.revision ?? 0) <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
