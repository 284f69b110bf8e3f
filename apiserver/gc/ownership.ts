// Who owns what, kept up to date change by change, so that nobody has to look at everything.
import type { JsonObject } from '../json.ts';
import { nameOf, namespaceOf, ownersOf, uidOf } from '../object.ts';

/** Where an object is, or was, in the store. */
export interface Place {
  readonly storage: string;
  readonly namespace: string;
  readonly name: string;
}

export function placeOf(storage: string, object: JsonObject): Place {
  return { storage, namespace: namespaceOf(object), name: nameOf(object) };
}

export function placeKey({ storage, namespace, name }: Place): string {
  return `${storage}\0${namespace}\0${name}`;
}

export class Ownership {
  readonly #byUid = new Map<string, Place>();
  readonly #dependants = new Map<string, Map<string, Place>>();

  /** Takes note of an object as it is now; `previous` is what it was. */
  note(storage: string, object: JsonObject, previous?: JsonObject): void {
    if (previous !== undefined) this.forget(storage, previous);
    const place = placeOf(storage, object);
    this.#byUid.set(uidOf(object), place);
    for (const { uid } of ownersOf(object)) {
      const places = this.#dependants.get(uid) ?? new Map<string, Place>();
      this.#dependants.set(uid, places.set(placeKey(place), place));
    }
  }

  forget(storage: string, object: JsonObject): void {
    const key = placeKey(placeOf(storage, object));
    this.#byUid.delete(uidOf(object));
    for (const { uid } of ownersOf(object)) {
      const places = this.#dependants.get(uid);
      places?.delete(key);
      if (places?.size === 0) this.#dependants.delete(uid);
    }
  }

  find(uid: string): Place | undefined {
    return this.#byUid.get(uid);
  }

  dependantsOf(uid: string): readonly Place[] {
    return [...(this.#dependants.get(uid)?.values() ?? [])];
  }
}
