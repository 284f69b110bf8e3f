// What the server does behind the requests: dependants of deleted owners, content of deleted namespaces and definitions.

import { CRD_STORAGE } from '../crd/registrar.ts';
import { arrayAt, equals } from '../json.ts';
import { isBeingDeleted, ownersOf, uidOf } from '../object.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { Change } from '../storage/journal.ts';
import type { Store } from '../storage/store.ts';
import { TURN_MS } from '../turns.ts';
import type { Writer } from '../writes/writer.ts';
import { collect } from './collect.ts';
import { Ownership, type Place, placeKey, placeOf } from './ownership.ts';

const RETRY_MS = 1000;

export interface CollectorParts {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly writer: Writer;
  readonly onError: (error: unknown) => void;
}

/** Looks again at every object that a change may concern, in short turns between requests. */
export class GarbageCollector {
  readonly #parts: CollectorParts;
  readonly #ownership = new Ownership();
  readonly #waiting = new Map<string, Place>();
  readonly #unsubscribe: () => void;
  #current: { readonly place: Place; readonly steps: Generator<void> } | undefined;
  #next: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
    this.#readAll();
    this.#unsubscribe = parts.store.subscribe((change) => {
      this.#note(change);
      this.#enqueue(concerned(change, this.#ownership));
    });
  }

  stop(): void {
    this.#unsubscribe();
    clearImmediate(this.#next);
    clearTimeout(this.#retry);
  }

  /** What was left undone when the server last stopped is among it. */
  #readAll(): void {
    for (const storage of this.#parts.store.resources())
      for (const object of this.#parts.store.list(storage).items) {
        this.#ownership.note(storage, object);
        if (isBeingDeleted(object) || ownersOf(object).length > 0) this.#enqueue([placeOf(storage, object)]);
      }
  }

  #note({ type, resource, object, previous }: Change): void {
    if (type === 'DELETED') this.#ownership.forget(resource, previous ?? object);
    else this.#ownership.note(resource, object, previous);
  }

  #enqueue(places: readonly Place[]): void {
    for (const place of places) this.#waiting.set(placeKey(place), place);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#retry !== undefined || (this.#waiting.size === 0 && this.#current === undefined)) return;
    this.#next ??= setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#next = undefined;
    const end = performance.now() + TURN_MS;
    try {
      while (performance.now() < end && this.#step());
    } catch (error) {
      this.#parts.onError(error);
      this.#tryLater();
    }
    this.#schedule();
  }

  /** False when nothing is left to do. */
  #step(): boolean {
    this.#current ??= this.#take();
    if (this.#current?.steps.next().done === true) this.#current = undefined;
    return this.#current !== undefined || this.#waiting.size > 0;
  }

  #take(): { readonly place: Place; readonly steps: Generator<void> } | undefined {
    for (const [key, place] of this.#waiting) {
      this.#waiting.delete(key);
      return { place, steps: collect({ ...this.#parts, ownership: this.#ownership }, place) };
    }
    return undefined;
  }

  /** Whatever could not be written now (a full disk) holds everything up, for a moment. */
  #tryLater(): void {
    const { place } = this.#current ?? {};
    this.#current = undefined;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#enqueue(place === undefined ? [] : [place]);
    }, RETRY_MS).unref();
  }
}

/** The objects whose fate may depend on a change. */
function concerned({ type, resource, object, previous }: Change, ownership: Ownership): readonly Place[] {
  const hasOtherOwners = !equals(
    arrayAt(object, 'metadata', 'ownerReferences'),
    arrayAt(previous ?? {}, 'metadata', 'ownerReferences'),
  );
  if (type !== 'DELETED' && !isBeingDeleted(object) && !hasOtherOwners) return [];
  const itself = placeOf(resource, object);
  const owners = [object, previous ?? object].flatMap((state) =>
    ownersOf(state).flatMap(({ uid }) => ownership.find(uid) ?? []),
  );
  if (type !== 'DELETED') return [itself, ...owners, ...ownership.dependantsOf(uidOf(object))];
  return [
    ...owners,
    ...ownership.dependantsOf(uidOf(object)),
    { storage: 'namespaces', namespace: '', name: itself.namespace },
    { storage: CRD_STORAGE, namespace: '', name: resource },
  ];
}
