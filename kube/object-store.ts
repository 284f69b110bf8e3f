// What we know of one kind. Answers for every change whether it mattered, so that noise ends here.
import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, keyOf, type ObjectKey } from '../api/meta.ts';
import type { FieldError } from '../api/parsed.ts';

/** An object that does not parse. It is not in the store: plans do not see it, `fairlead explain` does. */
export interface Refusal {
  readonly kind: string;
  readonly key: ObjectKey;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly errors: readonly FieldError[];
}

export interface ObjectStoreOptions<T> {
  /** Objects for which this is false before and after a change are kept, but their changes do not matter. */
  readonly matters?: (object: T) => boolean;
}

export class ObjectStore<T extends KubeObject> {
  readonly #matters: (object: T) => boolean;
  #objects = new Map<ObjectKey, T>();
  #refusals = new Map<ObjectKey, Refusal>();
  #sorted: readonly T[] | undefined;

  constructor({ matters = () => true }: ObjectStoreOptions<T> = {}) {
    this.#matters = matters;
  }

  /**
   * Takes in a new or changed object. False when it did not matter: nothing but its resourceVersion differs, it is
   * older than what we have, or it is irrelevant. The same name with a new uid is another object and matters.
   */
  upsert(object: T): boolean {
    const key = keyOf(object);
    if (this.#isOlder(key, object.metadata.resourceVersion)) return false;
    const before = this.#objects.get(key);
    const wasRefused = this.#refusals.delete(key);
    this.#objects.set(key, object);
    this.#sorted = undefined;
    return wasRefused || this.#differs(before, object);
  }

  /** Takes note of an object that does not parse; a good one of that name is no longer in force. */
  refuse(refusal: Refusal): boolean {
    if (this.#isOlder(refusal.key, refusal.resourceVersion)) return false;
    const before = this.#refusals.get(refusal.key);
    const wasKnown = this.#objects.delete(refusal.key);
    this.#refusals.set(refusal.key, refusal);
    this.#sorted = undefined;
    return wasKnown || !isDeepStrictEqual(before?.errors, refusal.errors) || before?.uid !== refusal.uid;
  }

  /** Forgets an object, unless we know a newer one than the deleted (`resourceVersion` of the DELETED event). */
  remove(key: ObjectKey, resourceVersion = ''): boolean {
    if (this.#isOlder(key, resourceVersion)) return false;
    const before = this.#objects.get(key);
    const wasRefused = this.#refusals.delete(key);
    this.#objects.delete(key);
    this.#sorted = undefined;
    return wasRefused || (before !== undefined && this.#matters(before));
  }

  /** Takes a complete list as the truth, whatever its resourceVersions (a restored server counts from an earlier one). */
  replace(objects: readonly T[], refusals: readonly Refusal[] = []): boolean {
    const before = { objects: this.#objects, refusals: this.#refusals };
    this.#objects = new Map(objects.map((object) => [keyOf(object), object]));
    this.#refusals = new Map(refusals.map((refusal) => [refusal.key, refusal]));
    this.#sorted = undefined;
    const isGone = (object: T): boolean => !this.#objects.has(keyOf(object)) && this.#matters(object);
    return (
      [...before.objects.values()].some(isGone) ||
      objects.some((object) => this.#differs(before.objects.get(keyOf(object)), object)) ||
      !isDeepStrictEqual(errorsByKey(before.refusals), errorsByKey(this.#refusals))
    );
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(key);
  }

  /** All objects in the order of their keys. The array is a snapshot: later changes do not show in it. */
  list(): readonly T[] {
    this.#sorted ??= [...this.#objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    return this.#sorted;
  }

  refusals(): readonly Refusal[] {
    return [...this.#refusals.values()];
  }

  #isOlder(key: ObjectKey, resourceVersion: string): boolean {
    const known = this.#objects.get(key)?.metadata.resourceVersion ?? this.#refusals.get(key)?.resourceVersion;
    return known !== undefined && isOlderVersion(resourceVersion, known);
  }

  #differs(before: T | undefined, after: T): boolean {
    if (before === undefined) return this.#matters(after);
    if (isDeepStrictEqual(withoutVersion(before), withoutVersion(after))) return false;
    return this.#matters(before) || this.#matters(after);
  }
}

const DECIMAL = /^[1-9]\d*$/;

/** Kubernetes promises (KEP-5504) that resourceVersions of one kind are decimal numbers that grow; others we take as newer. */
function isOlderVersion(candidate: string, known: string): boolean {
  return DECIMAL.test(candidate) && DECIMAL.test(known) && BigInt(candidate) < BigInt(known);
}

function withoutVersion(object: KubeObject): object {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '' } };
}

function errorsByKey(refusals: ReadonlyMap<ObjectKey, Refusal>): ReadonlyMap<ObjectKey, readonly FieldError[]> {
  return new Map([...refusals].map(([key, { errors }]) => [key, errors]));
}
